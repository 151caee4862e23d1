BEGIN;
SELECT flux_ops.timescaledb_schema(), flux_ops.toolkit_schema();
DO $$ BEGIN
  ASSERT NOT has_function_privilege('public', 'flux_ops.timescaledb_schema()', 'EXECUTE'), 'everybody can execute timescaledb_schema';
  ASSERT NOT has_function_privilege('public', 'flux_ops.toolkit_schema()', 'EXECUTE'), 'everybody can execute toolkit_schema';
END $$;
ROLLBACK;
