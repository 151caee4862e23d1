-- The printed columns, from the readings themselves: an average of averages would be another number.
\ir ../engine/rollups.psql
BEGIN;
SET LOCAL client_min_messages = 'warning';
:head flux.mg_meter_readings_5m_intermediate
:kind AS
SELECT
    :before '5 minutes' :after AS time_b,
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
  ALTER MATERIALIZED VIEW flux.mg_meter_readings_5m_intermediate OWNER TO flux_rollups;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'flux.mg_meter_readings_5m_intermediate stays %''s: flux_owner will not be able to refresh it', current_user
    USING HINT = 'A superuser may say ALTER MATERIALIZED VIEW flux.mg_meter_readings_5m_intermediate OWNER TO flux_rollups.';
END $$;
-- How few buckets there are: without it the planner takes them for as many as there are readings, and no plan is parallel.
CREATE STATISTICS flux.mg_meter_readings_5m_buckets (ndistinct)
  ON (:before '5 minutes' :after), device_id FROM flux.mg_meter_readings;
COMMENT ON STATISTICS flux.mg_meter_readings_5m_buckets IS 'How many buckets of 5 minutes the readings of a meter fall into: ANALYZE flux.mg_meter_readings counts them.';
\endif
COMMENT ON VIEW flux.mg_meter_readings_5m_intermediate IS 'The meters'' readings in 5 minutes: averages, and the energy counters. Late readings appear by themselves.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.time_b IS 'The start of the 5 minutes, aligned to UTC.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.device_id IS 'The meter: flux.mg_device_registry.id.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.frequency_avg IS 'Mean frequency of the readings, Hz.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.voltage_line_average_avg IS 'Mean line voltage, V.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.current_phase_average_avg IS 'Mean current, A.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.power_total_active_avg IS 'Mean active power, kW; positive is import.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.power_total_reactive_avg IS 'Mean reactive power, kvar.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.power_factor_total_avg IS 'Mean power factor; no unit.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.energy_imported_active_min IS 'Lowest reading of the import counter, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.energy_imported_active_max IS 'Highest reading of the import counter, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.energy_exported_active_min IS 'Lowest reading of the export counter, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.energy_exported_active_max IS 'Highest reading of the export counter, kWh.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.energy_imported_active_counter_agg IS 'The import counter, kWh, for delta, interpolated_delta, num_resets and rollup; NULL without a reading of it.';
COMMENT ON COLUMN flux.mg_meter_readings_5m_intermediate.energy_exported_active_counter_agg IS 'The export counter, kWh, likewise.';
GRANT SELECT ON flux.mg_meter_readings_5m_intermediate TO flux_reader, flux_collector, flux_telemetry;
COMMIT;
