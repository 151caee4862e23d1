BEGIN;
SELECT relation, deleted, more, says FROM flux_ops.maintain(1);
DO $$ BEGIN
  ASSERT has_function_privilege('flux_owner', 'flux_ops.maintain(integer)', 'EXECUTE'), 'flux_owner cannot execute maintain';
  ASSERT NOT has_function_privilege('flux_collector', 'flux_ops.maintain(integer)', 'EXECUTE'), 'flux_collector can execute maintain';
END $$;
ROLLBACK;
