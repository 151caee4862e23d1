BEGIN;
DROP FUNCTION flux_ops.insert_by_key(flux.market_data_input[], timestamptz, jsonb[]);
COMMIT;
