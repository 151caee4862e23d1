BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.is_in_force(integer, timestamptz[], real[], timestamptz)') IS NOT NULL, 'is_in_force is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.is_in_force(integer, timestamptz[], real[], timestamptz)', 'EXECUTE'), 'flux_collector cannot execute is_in_force';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.is_in_force(integer, timestamptz[], real[], timestamptz)', 'EXECUTE'), 'flux_reader can execute is_in_force';
END $$;
ROLLBACK;
