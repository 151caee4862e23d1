BEGIN;
SELECT "time", device_id, id, created_at, soe, target_power, available_inverter_blocks, command_source FROM flux.mg_bess_readings WHERE false;
DO $$ BEGIN
  ASSERT to_regclass('flux.mg_bess_readings_deviceid_time_idx') IS NOT NULL AND to_regclass('flux.mg_bess_readings_time_idx') IS NOT NULL,
    'an index of mg_bess_readings is missing';
  ASSERT has_table_privilege('flux_telemetry', 'flux.mg_bess_readings', 'INSERT'), 'flux_telemetry cannot insert mg_bess_readings';
  ASSERT NOT has_table_privilege('flux_telemetry', 'flux.mg_bess_readings', 'UPDATE, DELETE, TRUNCATE'), 'flux_telemetry can change mg_bess_readings';
  ASSERT has_table_privilege('flux_reader', 'flux.mg_bess_readings', 'SELECT'), 'flux_reader cannot read mg_bess_readings';
END $$;
ROLLBACK;
