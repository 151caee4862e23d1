BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.take_permits(text, integer, interval, integer, integer)') IS NOT NULL, 'take_permits is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.take_permits(text, integer, interval, integer, integer)', 'EXECUTE'), 'flux_collector cannot execute take_permits';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.take_permits(text, integer, interval, integer, integer)', 'EXECUTE'), 'flux_reader can execute take_permits';
  ASSERT to_regprocedure('flux_ops.hold_host_calls(text, interval)') IS NOT NULL, 'hold_host_calls is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.hold_host_calls(text, interval)', 'EXECUTE'), 'flux_collector cannot execute hold_host_calls';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.hold_host_calls(text, interval)', 'EXECUTE'), 'flux_reader can execute hold_host_calls';
  ASSERT to_regprocedure('flux_ops.count_excess(text, bigint)') IS NOT NULL, 'count_excess is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.count_excess(text, bigint)', 'EXECUTE'), 'flux_collector cannot execute count_excess';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.count_excess(text, bigint)', 'EXECUTE'), 'flux_reader can execute count_excess';
END $$;
ROLLBACK;
