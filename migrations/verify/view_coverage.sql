BEGIN;
SELECT feed, from_time, to_time, observed_at, fetches, records, observations, rejected, filtered, outside, least_age, source FROM flux.coverage WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.coverage', 'SELECT'), 'flux_reader cannot read coverage';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.coverage', 'INSERT, UPDATE, DELETE'), 'flux_reader can change coverage';
END $$;
ROLLBACK;
