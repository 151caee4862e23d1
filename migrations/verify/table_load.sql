BEGIN;
SELECT id, xid, stored_at, observed_at, source, types, first_times, last_times, received, inserted, revised FROM flux_ops.load WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.load', 'SELECT'), 'flux_collector lacks SELECT on load';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.load', 'INSERT, UPDATE, DELETE, TRUNCATE'), 'flux_collector can do too much to load';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.load', 'SELECT'), 'flux_reader reads load itself';
END $$;
ROLLBACK;
