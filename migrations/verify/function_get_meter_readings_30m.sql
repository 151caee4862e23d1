BEGIN;
SELECT time_b, device_id, power_total_active_avg, energy_imported_active_delta, energy_exported_active_delta
FROM flux.get_meter_readings_30m(start_time => '2024-01-01', end_time => '2024-01-02', device_ids => '{}');
DO $$ BEGIN
  ASSERT has_function_privilege('flux_reader', 'flux.get_meter_readings_30m(timestamptz, timestamptz, uuid[])', 'EXECUTE'), 'flux_reader cannot execute get_meter_readings_30m';
  ASSERT NOT has_function_privilege('public', 'flux.get_meter_readings_30m(timestamptz, timestamptz, uuid[])', 'EXECUTE'), 'everybody can execute get_meter_readings_30m';
END $$;
ROLLBACK;
