BEGIN;
SELECT "time", type, value FROM unnest(ARRAY[(now(), 3, 1)]::flux.market_data_input[]);
ROLLBACK;
