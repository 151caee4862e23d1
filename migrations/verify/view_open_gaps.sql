BEGIN;
SELECT type, from_time, to_time, kind, reason FROM flux.open_gaps WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.open_gaps', 'SELECT'), 'flux_reader cannot read open_gaps';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.open_gaps', 'INSERT, UPDATE, DELETE'), 'flux_reader can change open_gaps';
END $$;
ROLLBACK;
