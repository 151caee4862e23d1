BEGIN;
SELECT flux_ops.conversion_due();
DO $$ BEGIN
  ASSERT NOT has_function_privilege('public', 'flux_ops.conversion_due()', 'EXECUTE'), 'everybody can execute conversion_due';
END $$;
ROLLBACK;
