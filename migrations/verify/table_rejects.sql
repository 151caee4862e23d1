BEGIN;
SELECT id, feed, url, observed_at, place, record_time, field, value, reason, sample, first_seen, last_seen, times, state, digest FROM flux_ops.rejects WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.rejects', 'SELECT'), 'flux_collector lacks SELECT on rejects';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.rejects', 'INSERT'), 'flux_collector lacks INSERT on rejects';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.rejects', 'UPDATE'), 'flux_collector lacks UPDATE on rejects';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.rejects', 'DELETE'), 'flux_collector lacks DELETE on rejects';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.rejects', 'TRUNCATE'), 'flux_collector can do too much to rejects';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.rejects', 'SELECT'), 'flux_reader reads rejects itself';
END $$;
ROLLBACK;
