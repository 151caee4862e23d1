BEGIN;
DO $$ BEGIN
  ASSERT (SELECT count(*) = 2 FROM pg_catalog.pg_roles WHERE rolname IN ('flux_collector', 'flux_reader')),
    'flux_collector or flux_reader is missing';
  ASSERT NOT (SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls) FROM pg_catalog.pg_roles
    WHERE rolname IN ('flux_collector', 'flux_reader')), 'flux_collector or flux_reader may do too much';
END $$;
ROLLBACK;
