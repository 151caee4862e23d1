BEGIN;
SELECT feed, last_attempt_at, last_success_at, consecutive_failures, last_error, next_due_at FROM flux_ops.feed_state WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.feed_state', 'SELECT'), 'flux_collector lacks SELECT on feed_state';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.feed_state', 'INSERT'), 'flux_collector lacks INSERT on feed_state';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.feed_state', 'UPDATE'), 'flux_collector lacks UPDATE on feed_state';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.feed_state', 'DELETE, TRUNCATE'), 'flux_collector can do too much to feed_state';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.feed_state', 'SELECT'), 'flux_reader reads feed_state itself';
END $$;
ROLLBACK;
