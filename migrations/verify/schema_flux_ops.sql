BEGIN;
DO $$ BEGIN
  ASSERT has_schema_privilege('flux_collector', 'flux_ops', 'USAGE'), 'flux_collector cannot use schema flux_ops';
  ASSERT NOT has_schema_privilege('flux_reader', 'flux_ops', 'USAGE'), 'flux_reader can use schema flux_ops';
  ASSERT NOT has_schema_privilege('flux_collector', 'flux_ops', 'CREATE'), 'flux_collector can create in schema flux_ops';
END $$;
ROLLBACK;
