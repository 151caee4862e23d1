BEGIN;
SELECT feed, state, last_attempt_at, last_success_at, age, newest_time, lag, consecutive_failures, last_error, next_due_at, rejects_today, flags_today FROM flux.feed_health WHERE false;
DO $$ BEGIN
  ASSERT to_regclass('flux_ops.flags_feed_last_seen_idx') IS NOT NULL, 'the index of flags is missing';
  ASSERT has_table_privilege('flux_reader', 'flux.feed_health', 'SELECT'), 'flux_reader cannot read feed_health';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.feed_health', 'INSERT, UPDATE, DELETE'), 'flux_reader can change feed_health';
END $$;
ROLLBACK;
