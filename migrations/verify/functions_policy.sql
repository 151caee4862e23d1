BEGIN;
SELECT name, value, done_by, description FROM flux_ops.policies();
SELECT flux_ops.refresh_from();
DO $$ BEGIN
  ASSERT has_function_privilege('flux_owner', 'flux_ops.set_policy(text, text)', 'EXECUTE'), 'flux_owner cannot execute set_policy';
  ASSERT NOT has_function_privilege('flux_collector', 'flux_ops.set_policy(text, text)', 'EXECUTE'), 'flux_collector can execute set_policy';
  ASSERT NOT has_function_privilege('flux_owner', 'flux_ops.apply_policies()', 'EXECUTE'), 'flux_owner can execute apply_policies itself';
END $$;
ROLLBACK;
