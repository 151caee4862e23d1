BEGIN;
DO $$ BEGIN
  ASSERT (SELECT count(*) = 2 FROM pg_catalog.pg_roles WHERE rolname IN ('flux_telemetry', 'flux_owner')),
    'flux_telemetry or flux_owner is missing';
  ASSERT NOT (SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls) FROM pg_catalog.pg_roles
    WHERE rolname IN ('flux_telemetry', 'flux_owner')), 'flux_telemetry or flux_owner may do too much';
  ASSERT pg_has_role('flux_owner', 'flux_reader', 'USAGE') AND pg_has_role('flux_owner', 'flux_collector', 'USAGE')
    AND pg_has_role('flux_owner', 'flux_telemetry', 'USAGE'), 'flux_owner does not belong to the other roles';
  ASSERT NOT has_schema_privilege('flux_telemetry', 'flux_ops', 'USAGE'), 'flux_telemetry can use schema flux_ops';
END $$;
ROLLBACK;
