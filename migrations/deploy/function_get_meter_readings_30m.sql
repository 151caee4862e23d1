-- A body of SQL, resolved when it is made: no search_path bends it, and the planner sees the caller's range through it.
-- The neighbours of a period are looked for up to a day away and outside the range too, so a period's energy is the same
-- whatever range is asked for; one further away counts for no period.
SELECT coalesce(flux_ops.toolkit_schema(), 'flux') AS counters \gset
BEGIN;
CREATE FUNCTION flux.get_meter_readings_30m(
    start_time timestamptz DEFAULT now() - '24 hours'::interval,
    end_time timestamptz DEFAULT now(),
    device_ids uuid[] DEFAULT NULL
)
RETURNS TABLE (
    time_b timestamptz,
    device_id uuid,
    power_total_active_avg double precision,
    energy_imported_active_delta double precision,
    energy_exported_active_delta double precision,
    frequency_avg double precision,
    voltage_line_average_avg double precision,
    current_phase_average_avg double precision,
    power_total_reactive_avg double precision,
    power_factor_total_avg double precision,
    energy_imported_active_min real,
    energy_imported_active_max real,
    energy_exported_active_min real,
    energy_exported_active_max real
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT p.time_b, p.device_id, p.power_total_active_avg,
    CASE WHEN p.imported IS NOT NULL THEN :"counters".interpolated_delta(p.imported, p.time_b, '30m',
      CASE WHEN p.previous_b >= p.time_b - interval '24 hours' THEN p.previous_imported END,
      CASE WHEN p.next_b <= p.time_b + interval '24 hours' THEN p.next_imported END) END,
    CASE WHEN p.exported IS NOT NULL THEN :"counters".interpolated_delta(p.exported, p.time_b, '30m',
      CASE WHEN p.previous_b >= p.time_b - interval '24 hours' THEN p.previous_exported END,
      CASE WHEN p.next_b <= p.time_b + interval '24 hours' THEN p.next_exported END) END,
    p.frequency_avg, p.voltage_line_average_avg, p.current_phase_average_avg, p.power_total_reactive_avg,
    p.power_factor_total_avg, p.energy_imported_active_min, p.energy_imported_active_max,
    p.energy_exported_active_min, p.energy_exported_active_max
  FROM (
    SELECT t.*, t.energy_imported_active_counter_agg AS imported, t.energy_exported_active_counter_agg AS exported,
      lag(t.time_b) OVER w AS previous_b, lead(t.time_b) OVER w AS next_b,
      lag(t.energy_imported_active_counter_agg) OVER w AS previous_imported,
      lead(t.energy_imported_active_counter_agg) OVER w AS next_imported,
      lag(t.energy_exported_active_counter_agg) OVER w AS previous_exported,
      lead(t.energy_exported_active_counter_agg) OVER w AS next_exported
    FROM flux.mg_meter_readings_30m_intermediate t
    WHERE t.time_b BETWEEN start_time - interval '24 hours' AND end_time + interval '24 hours'
      AND (device_ids IS NULL OR t.device_id = ANY (device_ids))
    WINDOW w AS (PARTITION BY t.device_id ORDER BY t.time_b)
  ) p
  WHERE p.time_b BETWEEN start_time AND end_time;
END;
COMMENT ON FUNCTION flux.get_meter_readings_30m(timestamptz, timestamptz, uuid[]) IS
  'Half hours that start in [start_time, end_time], both included, of some meters or all: mean power (kW), energy imported and exported (kWh; NULL where the meter has no such counter), then the other columns of flux.mg_meter_readings_30m_intermediate.';
REVOKE ALL ON FUNCTION flux.get_meter_readings_30m(timestamptz, timestamptz, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.get_meter_readings_30m(timestamptz, timestamptz, uuid[]) TO flux_reader, flux_collector, flux_telemetry;
COMMIT;
