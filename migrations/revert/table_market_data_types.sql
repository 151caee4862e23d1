BEGIN;
DROP TABLE flux.market_data_types;
COMMIT;
