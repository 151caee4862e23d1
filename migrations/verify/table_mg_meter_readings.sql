BEGIN;
SELECT "time", device_id, id, created_at, frequency, voltage_line_average, current_phase_a, current_phase_b, current_phase_c, current_phase_average, power_phase_a_active, power_phase_b_active, power_phase_c_active, power_total_active, power_total_reactive, power_total_apparent, power_factor_total, energy_imported_active, energy_exported_active, energy_imported_phase_a_active, energy_exported_phase_a_active, energy_imported_phase_b_active, energy_exported_phase_b_active, energy_imported_phase_c_active, energy_exported_phase_c_active, energy_imported_reactive, energy_exported_reactive, energy_imported_apparent, energy_exported_apparent FROM flux.mg_meter_readings WHERE false;
DO $$ BEGIN
  ASSERT to_regclass('flux.mg_meter_readings_deviceid_time_idx') IS NOT NULL AND to_regclass('flux.mg_meter_readings_time_idx') IS NOT NULL,
    'an index of mg_meter_readings is missing';
  ASSERT has_table_privilege('flux_telemetry', 'flux.mg_meter_readings', 'INSERT'), 'flux_telemetry cannot insert mg_meter_readings';
  ASSERT NOT has_table_privilege('flux_telemetry', 'flux.mg_meter_readings', 'UPDATE, DELETE, TRUNCATE'), 'flux_telemetry can change mg_meter_readings';
  ASSERT has_table_privilege('flux_reader', 'flux.mg_meter_readings', 'SELECT'), 'flux_reader cannot read mg_meter_readings';
END $$;
ROLLBACK;
