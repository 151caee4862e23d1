BEGIN;
DROP VIEW flux.market_data_current;
COMMIT;
