BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.record_round(text, text, text, bigint, timestamptz, text, timestamptz, timestamptz)') IS NOT NULL, 'record_round is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.record_round(text, text, text, bigint, timestamptz, text, timestamptz, timestamptz)', 'EXECUTE'), 'flux_collector cannot execute record_round';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.record_round(text, text, text, bigint, timestamptz, text, timestamptz, timestamptz)', 'EXECUTE'), 'flux_reader can execute record_round';
END $$;
ROLLBACK;
