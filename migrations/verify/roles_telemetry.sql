BEGIN;
DO $$ BEGIN
  ASSERT (SELECT count(*) = 3 FROM pg_catalog.pg_roles WHERE rolname IN ('flux_telemetry', 'flux_owner', 'flux_rollups')),
    'flux_telemetry, flux_owner or flux_rollups is missing';
  ASSERT NOT (SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls) FROM pg_catalog.pg_roles
    WHERE rolname IN ('flux_telemetry', 'flux_owner', 'flux_rollups')), 'flux_telemetry, flux_owner or flux_rollups may do too much';
  ASSERT (SELECT rolconnlimit = 0 FROM pg_catalog.pg_roles WHERE rolname = 'flux_rollups'), 'flux_rollups can connect';
  ASSERT pg_has_role('flux_owner', 'flux_reader', 'USAGE') AND pg_has_role('flux_owner', 'flux_collector', 'USAGE')
    AND pg_has_role('flux_owner', 'flux_telemetry', 'USAGE') AND pg_has_role('flux_owner', 'flux_rollups', 'USAGE'),
    'flux_owner does not belong to the other roles';
  ASSERT NOT has_schema_privilege('flux_telemetry', 'flux_ops', 'USAGE'), 'flux_telemetry can use schema flux_ops';
END $$;
ROLLBACK;
