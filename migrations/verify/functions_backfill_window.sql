BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.begin_backfill_worker()') IS NOT NULL, 'begin_backfill_worker is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.begin_backfill_worker()', 'EXECUTE'), 'flux_collector cannot execute begin_backfill_worker';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.begin_backfill_worker()', 'EXECUTE'), 'flux_reader can execute begin_backfill_worker';
  ASSERT to_regprocedure('flux_ops.end_backfill_worker(bigint)') IS NOT NULL, 'end_backfill_worker is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.end_backfill_worker(bigint)', 'EXECUTE'), 'flux_collector cannot execute end_backfill_worker';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.end_backfill_worker(bigint)', 'EXECUTE'), 'flux_reader can execute end_backfill_worker';
  ASSERT to_regprocedure('flux_ops.claim_backfill_windows(bigint, bigint, timestamptz, integer, integer)') IS NOT NULL, 'claim_backfill_windows is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.claim_backfill_windows(bigint, bigint, timestamptz, integer, integer)', 'EXECUTE'), 'flux_collector cannot execute claim_backfill_windows';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.claim_backfill_windows(bigint, bigint, timestamptz, integer, integer)', 'EXECUTE'), 'flux_reader can execute claim_backfill_windows';
  ASSERT to_regprocedure('flux_ops.end_backfill_windows(bigint, integer[], integer[], integer[], bigint, bigint, bigint)') IS NOT NULL, 'end_backfill_windows is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.end_backfill_windows(bigint, integer[], integer[], integer[], bigint, bigint, bigint)', 'EXECUTE'), 'flux_collector cannot execute end_backfill_windows';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.end_backfill_windows(bigint, integer[], integer[], integer[], bigint, bigint, bigint)', 'EXECUTE'), 'flux_reader can execute end_backfill_windows';
  ASSERT to_regprocedure('flux_ops.fail_backfill_window(bigint, integer, text, timestamptz)') IS NOT NULL, 'fail_backfill_window is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.fail_backfill_window(bigint, integer, text, timestamptz)', 'EXECUTE'), 'flux_collector cannot execute fail_backfill_window';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.fail_backfill_window(bigint, integer, text, timestamptz)', 'EXECUTE'), 'flux_reader can execute fail_backfill_window';
END $$;
ROLLBACK;
