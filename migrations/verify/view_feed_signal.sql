BEGIN;
SELECT feed, type, first_time, last_time, published_after, cadence, expected_after, asked_every, is_estimate FROM flux.feed_signal WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.feed_signal', 'SELECT'), 'flux_reader cannot read feed_signal';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.feed_signal', 'INSERT, UPDATE, DELETE'), 'flux_reader can change feed_signal';
END $$;
ROLLBACK;
