BEGIN;
SELECT from_time, to_time, url, sample FROM flux_ops.rejects WHERE false;
DO $$ BEGIN
  ASSERT (SELECT prosrc LIKE '%sample%' FROM pg_proc WHERE oid = 'flux_ops.record_rejects(text, timestamptz, jsonb)'::regprocedure), 'record_rejects keeps no samples';
  ASSERT has_function_privilege('flux_collector', 'flux_ops.record_rejects(text, timestamptz, jsonb)', 'EXECUTE'), 'flux_collector cannot execute record_rejects';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.record_rejects(text, timestamptz, jsonb)', 'EXECUTE'), 'flux_reader can execute record_rejects';
END $$;
ROLLBACK;
