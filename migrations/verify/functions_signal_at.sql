BEGIN;
SELECT "time", value, metadata, created_at FROM flux.signal_at(1, now());
SELECT "time", device_id, soe, target_power, signal_time, value FROM flux.get_bess_readings_with_signal(1, now(), now());
DO $$ BEGIN
  ASSERT has_function_privilege('flux_reader', 'flux.signal_at(integer, timestamptz, timestamptz, interval)', 'EXECUTE'), 'flux_reader cannot execute signal_at';
  ASSERT NOT has_function_privilege('public', 'flux.signal_at(integer, timestamptz, timestamptz, interval)', 'EXECUTE'), 'everybody can execute signal_at';
END $$;
ROLLBACK;
