BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.release_host(text, text, bigint)') IS NOT NULL, 'release_host is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.release_host(text, text, bigint)', 'EXECUTE'), 'flux_collector cannot execute release_host';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.release_host(text, text, bigint)', 'EXECUTE'), 'flux_reader can execute release_host';
  ASSERT to_regprocedure('flux_ops.leave_hosts(text)') IS NOT NULL, 'leave_hosts is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.leave_hosts(text)', 'EXECUTE'), 'flux_collector cannot execute leave_hosts';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.leave_hosts(text)', 'EXECUTE'), 'flux_reader can execute leave_hosts';
END $$;
ROLLBACK;
