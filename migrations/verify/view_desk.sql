BEGIN;
SELECT type, name, unit, "time", value, metadata, observed_at, age, previous_time, previous_value, replaced_value,
  replaced_observed_at, next_time, next_value, state, is_estimate, is_revised, cadence, due_at, reason, feed, asked_at
FROM flux.desk WHERE false;
DO $$ BEGIN
  ASSERT has_function_privilege('flux_reader', 'flux.desk_values()', 'EXECUTE'), 'flux_reader cannot call desk_values';
  ASSERT has_table_privilege('flux_reader', 'flux.desk', 'SELECT'), 'flux_reader cannot read desk';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.desk', 'INSERT, UPDATE, DELETE'), 'flux_reader can change desk';
END $$;
ROLLBACK;
