BEGIN;
CREATE TABLE flux.mg_bess_readings (
    "time" timestamp with time zone NOT NULL,
    device_id uuid NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    soe real,
    target_power real,
    available_inverter_blocks smallint,
    command_source smallint
);
DO $$ BEGIN
  -- A week a chunk, as for the meters. The printed indexes have the names that
  -- TimescaleDB would give its own.
  IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'timescaledb')
     AND coalesce(pg_catalog.current_setting('flux.timescaledb', true), '') NOT IN ('off', 'false', 'no', '0') THEN
    PERFORM create_hypertable('flux.mg_bess_readings', 'time',
      chunk_time_interval => coalesce(nullif(pg_catalog.current_setting('flux.readings_chunk', true), ''), '7 days')::interval,
      create_default_indexes => false);
  END IF;
END $$;
CREATE UNIQUE INDEX mg_bess_readings_deviceid_time_idx
    ON flux.mg_bess_readings (device_id, "time");
CREATE INDEX mg_bess_readings_time_idx
    ON flux.mg_bess_readings ("time" DESC);
COMMENT ON TABLE flux.mg_bess_readings IS 'What the batteries report: a row a battery and time.';
COMMENT ON COLUMN flux.mg_bess_readings."time" IS 'When it was measured.';
COMMENT ON COLUMN flux.mg_bess_readings.device_id IS 'The device: flux.mg_device_registry.id.';
COMMENT ON COLUMN flux.mg_bess_readings.id IS 'A name of the row: random by default; ids that grow with time (UUID version 7) compress better.';
COMMENT ON COLUMN flux.mg_bess_readings.created_at IS 'When the row was written.';
COMMENT ON COLUMN flux.mg_bess_readings.soe IS 'State of energy, % of the usable capacity, 0 to 100.';
COMMENT ON COLUMN flux.mg_bess_readings.target_power IS 'The power commanded, kW; positive is discharge.';
COMMENT ON COLUMN flux.mg_bess_readings.available_inverter_blocks IS 'How many inverter blocks can be used.';
COMMENT ON COLUMN flux.mg_bess_readings.command_source IS 'Which control mode gave the command: the number that the controller uses.';
COMMENT ON INDEX flux.mg_bess_readings_deviceid_time_idx IS 'One reading a device and time; one device''s readings of a range.';
COMMENT ON INDEX flux.mg_bess_readings_time_idx IS 'The newest readings of all devices.';
GRANT SELECT ON flux.mg_bess_readings TO flux_reader, flux_collector;
GRANT SELECT, INSERT ON flux.mg_bess_readings TO flux_telemetry;
GRANT SELECT, INSERT, UPDATE, DELETE ON flux.mg_bess_readings TO flux_owner;
COMMIT;
