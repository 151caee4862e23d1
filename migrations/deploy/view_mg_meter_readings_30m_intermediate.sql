-- The printed columns, from the readings themselves: an average of averages would be another number.
\ir ../engine/rollups.psql
BEGIN;
SET LOCAL client_min_messages = 'warning';
:head flux.mg_meter_readings_30m_intermediate
:kind AS
SELECT
    :before '30 minutes' :after AS time_b,
    r.device_id,
    avg(r.frequency) AS frequency_avg,
    avg(r.voltage_line_average) AS voltage_line_average_avg,
    avg(r.current_phase_average) AS current_phase_average_avg,
    avg(r.power_total_active) AS power_total_active_avg,
    avg(r.power_total_reactive) AS power_total_reactive_avg,
    avg(r.power_factor_total) AS power_factor_total_avg,
    min(r.energy_imported_active) AS energy_imported_active_min,
    max(r.energy_imported_active) AS energy_imported_active_max,
    min(r.energy_exported_active) AS energy_exported_active_min,
    max(r.energy_exported_active) AS energy_exported_active_max,
    :imported AS energy_imported_active_counter_agg,
    :exported AS energy_exported_active_counter_agg
FROM flux.mg_meter_readings r
GROUP BY 1, 2
:tail;
\if :continuous
DO $$ BEGIN
  ALTER MATERIALIZED VIEW flux.mg_meter_readings_30m_intermediate OWNER TO flux_rollups;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'flux.mg_meter_readings_30m_intermediate stays %''s: flux_owner will not be able to refresh it', current_user
    USING HINT = 'A superuser may say ALTER MATERIALIZED VIEW flux.mg_meter_readings_30m_intermediate OWNER TO flux_rollups.';
END $$;
-- How few buckets there are: without it the planner takes them for as many as there are readings, and no plan is parallel.
CREATE STATISTICS flux.mg_meter_readings_30m_buckets (ndistinct)
  ON (:before '30 minutes' :after), device_id FROM flux.mg_meter_readings;
COMMENT ON STATISTICS flux.mg_meter_readings_30m_buckets IS 'How many buckets of 30 minutes the readings of a meter fall into: ANALYZE flux.mg_meter_readings counts them.';
\else
-- A view's condition on time_b is one on this expression: without an index a device's whole history would be read.
-- BRIN costs next to nothing where readings come roughly in order of time.
CREATE INDEX mg_meter_readings_rollup_idx ON flux.mg_meter_readings USING brin (
  date_bin('5 minutes', "time", timestamptz '2000-01-03 00:00:00+00'),
  date_bin('30 minutes', "time", timestamptz '2000-01-03 00:00:00+00')
) WITH (pages_per_range = 32, autosummarize = on);
COMMENT ON INDEX flux.mg_meter_readings_rollup_idx IS 'A range of time of the roll-ups, which are views here.';
\endif
COMMENT ON VIEW flux.mg_meter_readings_30m_intermediate IS 'The meters'' readings in 30 minutes: averages, and the energy counters. Late readings appear by themselves.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.time_b IS 'The start of the 30 minutes, aligned to UTC.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.device_id IS 'The meter: flux.mg_device_registry.id.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.frequency_avg IS 'Mean frequency of the readings, Hz.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.voltage_line_average_avg IS 'Mean line voltage, V.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.current_phase_average_avg IS 'Mean current, A.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.power_total_active_avg IS 'Mean active power, kW; positive is import.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.power_total_reactive_avg IS 'Mean reactive power, kvar.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.power_factor_total_avg IS 'Mean power factor; no unit.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.energy_imported_active_min IS 'Lowest reading of the import counter, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.energy_imported_active_max IS 'Highest reading of the import counter, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.energy_exported_active_min IS 'Lowest reading of the export counter, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.energy_exported_active_max IS 'Highest reading of the export counter, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.energy_imported_active_counter_agg IS 'The import counter, kWh, for delta, interpolated_delta, num_resets and rollup; NULL without a reading of it.';
COMMENT ON COLUMN flux.mg_meter_readings_30m_intermediate.energy_exported_active_counter_agg IS 'The export counter, kWh, likewise.';
GRANT SELECT ON flux.mg_meter_readings_30m_intermediate TO flux_reader, flux_collector, flux_telemetry;
COMMIT;
