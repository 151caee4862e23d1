-- Both engines are right; where the extension is, it must answer.
BEGIN;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'timescaledb') THEN
    PERFORM FROM timescaledb_information.hypertables LIMIT 1;
  END IF;
END $$;
ROLLBACK;
