BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.self_test()') IS NOT NULL, 'self_test is missing';
  ASSERT NOT has_function_privilege('flux_collector', 'flux_ops.self_test()', 'EXECUTE'), 'flux_collector can execute self_test';
END $$;
ROLLBACK;
