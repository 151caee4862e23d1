BEGIN;
DO $$ BEGIN
  ASSERT has_schema_privilege('flux_collector', 'flux', 'USAGE'), 'flux_collector cannot use schema flux';
  ASSERT has_schema_privilege('flux_reader', 'flux', 'USAGE'), 'flux_reader cannot use schema flux';
  ASSERT NOT has_schema_privilege('flux_collector', 'flux', 'CREATE'), 'flux_collector can create in schema flux';
END $$;
ROLLBACK;
