BEGIN;
SELECT flux_ops.record_rejects('verify', now(), '[{"place": "data[0]", "time": null, "field": "f", "value": "v", "reason": "r"}]');
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.record_rejects(text, timestamptz, jsonb)') IS NOT NULL, 'function_record_rejects is missing';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.record_rejects(text, timestamptz, jsonb)', 'EXECUTE'), 'flux_collector cannot execute record_rejects';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.record_rejects(text, timestamptz, jsonb)', 'EXECUTE'), 'flux_reader can execute record_rejects';
END $$;
ROLLBACK;
