BEGIN;
SELECT job, number, from_time, to_time, state, worker, attempts, observations, rejected, last_error, next_try_at FROM flux_ops.backfill_window WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.backfill_window', 'SELECT'), 'flux_collector lacks SELECT on backfill_window';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.backfill_window', 'INSERT, UPDATE, DELETE, TRUNCATE'), 'flux_collector can do too much to backfill_window';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.backfill_window', 'SELECT'), 'flux_reader reads backfill_window itself';
END $$;
ROLLBACK;
