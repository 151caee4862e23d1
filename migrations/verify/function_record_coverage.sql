BEGIN;
SELECT from_time, to_time FROM flux_ops.record_coverage('verify', '{2000-01-01}', '{2000-01-02}', '{2000-01-03}', '{1}', '{1}', '{0}', '{0}', '{0}', '{NULL}', 'verify');
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.record_coverage(text, timestamptz[], timestamptz[], timestamptz[], integer[], integer[], integer[], integer[], integer[], interval[], text)') IS NOT NULL, 'function_record_coverage is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.record_coverage(text, timestamptz[], timestamptz[], timestamptz[], integer[], integer[], integer[], integer[], integer[], interval[], text)', 'EXECUTE'), 'flux_collector cannot execute record_coverage';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.record_coverage(text, timestamptz[], timestamptz[], timestamptz[], integer[], integer[], integer[], integer[], integer[], interval[], text)', 'EXECUTE'), 'flux_reader can execute record_coverage';
END $$;
ROLLBACK;
