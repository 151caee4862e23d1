BEGIN;
SELECT feed, from_time, to_time, observed_at, fetches, records, observations, rejected, filtered, outside, least_age, source FROM flux_ops.coverage WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.coverage', 'SELECT'), 'flux_collector lacks SELECT on coverage';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.coverage', 'INSERT'), 'flux_collector lacks INSERT on coverage';
  ASSERT has_table_privilege('flux_collector', 'flux_ops.coverage', 'UPDATE'), 'flux_collector lacks UPDATE on coverage';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.coverage', 'DELETE, TRUNCATE'), 'flux_collector can do too much to coverage';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.coverage', 'SELECT'), 'flux_reader reads coverage itself';
END $$;
ROLLBACK;
