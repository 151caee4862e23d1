BEGIN;
DROP FUNCTION flux_ops.insert_by_range(flux.market_data_input[], timestamptz, flux_ops.batch_part[]);
COMMIT;
