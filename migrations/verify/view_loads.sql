BEGIN;
SELECT id, xid, settled, stored_at, observed_at, source, types, first_times, last_times, received, inserted, revised
FROM flux.loads WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.loads', 'SELECT'), 'flux_reader cannot read loads';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.loads', 'INSERT, UPDATE, DELETE'), 'flux_reader can change loads';
END $$;
ROLLBACK;
