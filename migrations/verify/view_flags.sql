BEGIN;
SELECT type, "time", value, reason, feed, first_seen, last_seen FROM flux.flags WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.flags', 'SELECT'), 'flux_reader cannot read flags';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.flags', 'INSERT, UPDATE, DELETE'), 'flux_reader can change flags';
END $$;
ROLLBACK;
