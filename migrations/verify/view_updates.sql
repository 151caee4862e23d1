BEGIN;
SELECT id, xid, settled, stored_at, observed_at, source, type, first_time, last_time, received, inserted, revised FROM flux.updates WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.updates', 'SELECT'), 'flux_reader cannot read updates';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.updates', 'INSERT, UPDATE, DELETE'), 'flux_reader can change updates';
END $$;
ROLLBACK;
