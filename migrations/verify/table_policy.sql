BEGIN;
SELECT relation, chunk, compress_after, keep, kept_from FROM flux_ops.policy WHERE false;
DO $$ BEGIN
  ASSERT (SELECT count(*) = 3 FROM flux_ops.policy), 'a table has no policy';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.policy', 'INSERT, UPDATE, DELETE, TRUNCATE'), 'flux_collector can change policies';
END $$;
ROLLBACK;
