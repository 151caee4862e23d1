BEGIN;
SELECT time_b,
  device_id,
  frequency_avg,
  voltage_line_average_avg,
  current_phase_average_avg,
  power_total_active_avg,
  power_total_reactive_avg,
  power_factor_total_avg,
  energy_imported_active_min,
  energy_imported_active_max,
  energy_exported_active_min,
  energy_exported_active_max,
  energy_imported_active_counter_agg,
  energy_exported_active_counter_agg
FROM flux.mg_meter_readings_5m_intermediate WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.mg_meter_readings_5m_intermediate', 'SELECT'), 'flux_reader cannot read it';
  ASSERT NOT has_table_privilege('flux_telemetry', 'flux.mg_meter_readings_5m_intermediate', 'INSERT, UPDATE, DELETE'), 'flux_telemetry can change it';
END $$;
ROLLBACK;
