BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.hold_hosts(text, text[], interval, text[], boolean, boolean)') IS NOT NULL, 'hold_hosts is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.hold_hosts(text, text[], interval, text[], boolean, boolean)', 'EXECUTE'), 'flux_collector cannot execute hold_hosts';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.hold_hosts(text, text[], interval, text[], boolean, boolean)', 'EXECUTE'), 'flux_reader can execute hold_hosts';
END $$;
ROLLBACK;
