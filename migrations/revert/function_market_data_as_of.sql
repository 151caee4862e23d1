BEGIN;
DROP FUNCTION flux.market_data_as_of(timestamptz, timestamptz, timestamptz, integer[]);
COMMIT;
