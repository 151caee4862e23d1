BEGIN;
DROP FUNCTION flux.insert_market_data_batch(flux.market_data_input[], timestamptz, jsonb[]);
COMMIT;
