BEGIN;
CREATE TABLE flux.mg_meter_readings (
    "time" timestamp with time zone NOT NULL,
    device_id uuid NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    frequency real,
    voltage_line_average real,
    current_phase_a real,
    current_phase_b real,
    current_phase_c real,
    current_phase_average real,
    power_phase_a_active real,
    power_phase_b_active real,
    power_phase_c_active real,
    power_total_active real,
    power_total_reactive real,
    power_total_apparent real,
    power_factor_total real,
    energy_imported_active real,
    energy_exported_active real,
    energy_imported_phase_a_active real,
    energy_exported_phase_a_active real,
    energy_imported_phase_b_active real,
    energy_exported_phase_b_active real,
    energy_imported_phase_c_active real,
    energy_exported_phase_c_active real,
    energy_imported_reactive real,
    energy_exported_reactive real,
    energy_imported_apparent real,
    energy_exported_apparent real
);
DO $$ BEGIN
  -- A week a chunk is right up to some 200 devices every 10 s; very busy sites take a day. The printed indexes have the names that
  -- TimescaleDB would give its own.
  IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'timescaledb')
     AND coalesce(pg_catalog.current_setting('flux.timescaledb', true), '') NOT IN ('off', 'false', 'no', '0') THEN
    PERFORM create_hypertable('flux.mg_meter_readings', 'time',
      chunk_time_interval => coalesce(nullif(pg_catalog.current_setting('flux.readings_chunk', true), ''), '7 days')::interval,
      create_default_indexes => false);
  END IF;
END $$;
CREATE UNIQUE INDEX mg_meter_readings_deviceid_time_idx
    ON flux.mg_meter_readings (device_id, "time");
CREATE INDEX mg_meter_readings_time_idx
    ON flux.mg_meter_readings ("time" DESC);
CREATE INDEX mg_meter_readings_device_time_idx
    ON flux.mg_meter_readings (device_id, "time" DESC);
COMMENT ON TABLE flux.mg_meter_readings IS 'What the meters measure: a row a meter and time.';
COMMENT ON COLUMN flux.mg_meter_readings."time" IS 'When it was measured.';
COMMENT ON COLUMN flux.mg_meter_readings.device_id IS 'The device: flux.mg_device_registry.id.';
COMMENT ON COLUMN flux.mg_meter_readings.id IS 'A name of the row: random by default; ids that grow with time (UUID version 7) compress better.';
COMMENT ON COLUMN flux.mg_meter_readings.created_at IS 'When the row was written.';
COMMENT ON COLUMN flux.mg_meter_readings.frequency IS 'Frequency of the grid, Hz.';
COMMENT ON COLUMN flux.mg_meter_readings.voltage_line_average IS 'Mean of the three line voltages, V.';
COMMENT ON COLUMN flux.mg_meter_readings.current_phase_a IS 'Current of phase A, A.';
COMMENT ON COLUMN flux.mg_meter_readings.current_phase_b IS 'Current of phase B, A.';
COMMENT ON COLUMN flux.mg_meter_readings.current_phase_c IS 'Current of phase C, A.';
COMMENT ON COLUMN flux.mg_meter_readings.current_phase_average IS 'Mean current of the phases, A.';
COMMENT ON COLUMN flux.mg_meter_readings.power_phase_a_active IS 'Active power of phase A, kW; positive is import.';
COMMENT ON COLUMN flux.mg_meter_readings.power_phase_b_active IS 'Active power of phase B, kW; positive is import.';
COMMENT ON COLUMN flux.mg_meter_readings.power_phase_c_active IS 'Active power of phase C, kW; positive is import.';
COMMENT ON COLUMN flux.mg_meter_readings.power_total_active IS 'Active power, kW; positive is import.';
COMMENT ON COLUMN flux.mg_meter_readings.power_total_reactive IS 'Reactive power, kvar.';
COMMENT ON COLUMN flux.mg_meter_readings.power_total_apparent IS 'Apparent power, kVA.';
COMMENT ON COLUMN flux.mg_meter_readings.power_factor_total IS 'Power factor; no unit.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_imported_active IS 'Counter of the active energy imported, kWh; starts again at 0 when the meter does. A real keeps 24 bits: steps of 0.0078 kWh at 100,000 kWh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_exported_active IS 'Counter of the active energy exported, kWh; starts again at 0 when the meter does. A real keeps 24 bits: steps of 0.0078 kWh at 100,000 kWh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_imported_phase_a_active IS 'Counter of the active energy imported on phase A, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_exported_phase_a_active IS 'Counter of the active energy exported on phase A, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_imported_phase_b_active IS 'Counter of the active energy imported on phase B, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_exported_phase_b_active IS 'Counter of the active energy exported on phase B, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_imported_phase_c_active IS 'Counter of the active energy imported on phase C, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_exported_phase_c_active IS 'Counter of the active energy exported on phase C, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_imported_reactive IS 'Counter of the reactive energy imported, kvarh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_exported_reactive IS 'Counter of the reactive energy exported, kvarh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_imported_apparent IS 'Counter of the apparent energy imported, kVAh.';
COMMENT ON COLUMN flux.mg_meter_readings.energy_exported_apparent IS 'Counter of the apparent energy exported, kVAh.';
COMMENT ON INDEX flux.mg_meter_readings_deviceid_time_idx IS 'One reading a device and time; one device''s readings of a range.';
COMMENT ON INDEX flux.mg_meter_readings_time_idx IS 'The newest readings of all devices.';
COMMENT ON INDEX flux.mg_meter_readings_device_time_idx IS 'One device''s newest readings. The unique index answers the same read backwards: whoever must load faster may drop this one.';
GRANT SELECT ON flux.mg_meter_readings TO flux_reader, flux_collector, flux_rollups;
GRANT SELECT, INSERT ON flux.mg_meter_readings TO flux_telemetry;
GRANT SELECT, INSERT, UPDATE, DELETE ON flux.mg_meter_readings TO flux_owner;
COMMIT;
