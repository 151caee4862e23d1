BEGIN;
DROP INDEX flux.market_data_type_time_idx;
DROP INDEX flux.market_data_time_idx;
COMMIT;
