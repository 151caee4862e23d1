BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.move_up()') IS NOT NULL, 'move_up is missing';
  ASSERT NOT has_function_privilege('flux_collector', 'flux_ops.move_up()', 'EXECUTE'), 'flux_collector can execute move_up itself';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.move_up()', 'EXECUTE'), 'flux_reader can execute move_up';
END $$;
ROLLBACK;
