BEGIN;
CREATE SCHEMA flux_ops;
COMMENT ON SCHEMA flux_ops IS 'The program''s own records: loads, coverage, rejects, flags, the state of feeds. Readers use the views in flux.';
GRANT USAGE ON SCHEMA flux_ops TO flux_collector;
COMMIT;
