BEGIN;
DROP VIEW flux.market_data_latest;
COMMIT;
