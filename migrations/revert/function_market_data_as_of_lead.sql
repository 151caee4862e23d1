BEGIN;
DROP FUNCTION flux.market_data_as_of_lead(interval, timestamptz, timestamptz, integer[]);
COMMIT;
