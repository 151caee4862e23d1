BEGIN;
SELECT id, feed, request, from_time, to_time, mode, newest_first, plan, state, inserted, revised, unchanged, created_at, ended_at FROM flux_ops.backfill_job WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.backfill_job', 'SELECT'), 'flux_collector lacks SELECT on backfill_job';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.backfill_job', 'INSERT, UPDATE, DELETE, TRUNCATE'), 'flux_collector can do too much to backfill_job';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.backfill_job', 'SELECT'), 'flux_reader reads backfill_job itself';
END $$;
ROLLBACK;
