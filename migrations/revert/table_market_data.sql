BEGIN;
DROP TABLE flux.market_data;
COMMIT;
