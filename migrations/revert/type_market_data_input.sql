BEGIN;
DROP TYPE flux.market_data_input;
COMMIT;
