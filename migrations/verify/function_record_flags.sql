BEGIN;
SELECT flux_ops.record_flags('verify', now(), '[{"type": 3, "time": "2000-01-01T00:00:00Z", "value": 1, "reason": "r"}]');
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.record_flags(text, timestamptz, jsonb)') IS NOT NULL, 'function_record_flags is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.record_flags(text, timestamptz, jsonb)', 'EXECUTE'), 'flux_collector cannot execute record_flags';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.record_flags(text, timestamptz, jsonb)', 'EXECUTE'), 'flux_reader can execute record_flags';
END $$;
ROLLBACK;
