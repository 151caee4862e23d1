BEGIN;
SELECT feed, type, first_time, last_time, published_after FROM flux_ops.feed_signal WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.feed_signal', 'INSERT'), 'flux_collector cannot say what its feeds supply';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.feed_signal', 'INSERT, UPDATE, DELETE'), 'flux_reader can change what feeds supply';
END $$;
ROLLBACK;
