BEGIN;
CREATE SCHEMA flux;
COMMENT ON SCHEMA flux IS 'Electricity market signals: every value with the time it was learnt.';
GRANT USAGE ON SCHEMA flux TO flux_collector, flux_reader;
COMMIT;
