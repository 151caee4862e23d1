BEGIN;
SELECT holder, expires_at, wanted FROM flux_ops.collector WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.collector', 'SELECT'), 'flux_collector lacks SELECT on collector';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.collector', 'INSERT, UPDATE, DELETE, TRUNCATE'), 'flux_collector can do too much to collector';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.collector', 'SELECT'), 'flux_reader reads collector itself';
END $$;
ROLLBACK;
