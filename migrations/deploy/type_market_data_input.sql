BEGIN;
CREATE TYPE flux.market_data_input AS (
    "time" timestamp with time zone,
    type integer,
    value real
);
COMMENT ON TYPE flux.market_data_input IS 'One element of a batch for flux.insert_market_data_batch.';
COMMENT ON COLUMN flux.market_data_input."time" IS 'The start of the settlement period, or the instant.';
COMMENT ON COLUMN flux.market_data_input.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux.market_data_input.value IS 'The value, in the unit of its signal.';
COMMIT;
