BEGIN;
SELECT type, "time", value, reason, feed, first_seen, last_seen FROM flux_ops.flags WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.flags', 'SELECT'), 'flux_collector lacks SELECT on flags';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.flags', 'INSERT'), 'flux_collector lacks INSERT on flags';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.flags', 'UPDATE'), 'flux_collector lacks UPDATE on flags';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.flags', 'DELETE, TRUNCATE'), 'flux_collector can do too much to flags';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.flags', 'SELECT'), 'flux_reader reads flags itself';
END $$;
ROLLBACK;
