BEGIN;
DROP VIEW flux.market_data_latest;
DROP FUNCTION flux.market_data_latest_values();
COMMIT;
