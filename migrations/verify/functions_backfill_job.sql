BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.begin_backfill(text, text, timestamptz, timestamptz, text, boolean, text, timestamptz[], timestamptz[])') IS NOT NULL, 'begin_backfill is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.begin_backfill(text, text, timestamptz, timestamptz, text, boolean, text, timestamptz[], timestamptz[])', 'EXECUTE'), 'flux_collector cannot execute begin_backfill';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.begin_backfill(text, text, timestamptz, timestamptz, text, boolean, text, timestamptz[], timestamptz[])', 'EXECUTE'), 'flux_reader can execute begin_backfill';
  ASSERT to_regprocedure('flux_ops.end_backfill(bigint)') IS NOT NULL, 'end_backfill is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.end_backfill(bigint)', 'EXECUTE'), 'flux_collector cannot execute end_backfill';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.end_backfill(bigint)', 'EXECUTE'), 'flux_reader can execute end_backfill';
  ASSERT to_regprocedure('flux_ops.cancel_backfill(bigint)') IS NOT NULL, 'cancel_backfill is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.cancel_backfill(bigint)', 'EXECUTE'), 'flux_collector cannot execute cancel_backfill';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.cancel_backfill(bigint)', 'EXECUTE'), 'flux_reader can execute cancel_backfill';
  ASSERT to_regprocedure('flux_ops.retry_backfill(bigint)') IS NOT NULL, 'retry_backfill is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.retry_backfill(bigint)', 'EXECUTE'), 'flux_collector cannot execute retry_backfill';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.retry_backfill(bigint)', 'EXECUTE'), 'flux_reader can execute retry_backfill';
END $$;
ROLLBACK;
