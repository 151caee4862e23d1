-- The toolkit's delta, num_resets and interpolated_delta, for a database without it. Bodies of SQL: no search_path
-- bends them, and the planner inlines them.
SELECT flux_ops.toolkit_schema() IS NULL AS ours \gset
BEGIN;
\if :ours
CREATE FUNCTION flux.delta(summary flux.countersummary) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (summary).last_val + (summary).reset_sum - (summary).first_val;
COMMENT ON FUNCTION flux.delta(flux.countersummary) IS 'How far the counter went from the first reading to the last, restarts counted from 0; in the counter''s unit.';

CREATE FUNCTION flux.num_resets(summary flux.countersummary) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (summary).num_resets;
COMMENT ON FUNCTION flux.num_resets(flux.countersummary) IS 'How often the counter started again.';

-- On the line from (time_1, value_1) to (time_2, value_2), in microseconds and in this order of operations: the
-- toolkit's, so that the bits are equal.
CREATE FUNCTION flux.counter_at(time_1 timestamptz, value_1 double precision, time_2 timestamptz, value_2 double precision, at timestamptz)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (value_2 - value_1) * round(date_part('epoch', at - time_1) * 1e6) / round(date_part('epoch', time_2 - time_1) * 1e6) + value_1;
COMMENT ON FUNCTION flux.counter_at(timestamptz, double precision, timestamptz, double precision, timestamptz) IS
  'A part of interpolated_delta: the straight line through two readings, at another time.';

CREATE FUNCTION flux.interpolated_delta(
  summary flux.countersummary, start timestamptz, duration interval, prev flux.countersummary, next flux.countersummary
) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
  -- The value at the end: after the last reading on the way to the next summary's first, which lies below it where the
  -- counter has started again in between.
  WHEN (next).first_time IS NULL THEN (summary).last_val + (summary).reset_sum
  WHEN (summary).last_val > (next).first_val THEN
    flux.counter_at((summary).last_time, 0, (next).first_time, (next).first_val, start + duration)
      + ((summary).reset_sum + (summary).last_val)
  ELSE flux.counter_at((summary).last_time, (summary).last_val, (next).first_time, (next).first_val, start + duration)
    + (summary).reset_sum
  END - CASE
  -- The value at the start, in the same way.
  WHEN (prev).first_time IS NULL OR (summary).first_time <= start THEN (summary).first_val
  WHEN (prev).last_val > (summary).first_val THEN
    flux.counter_at((prev).last_time, 0, (summary).first_time, (summary).first_val, start)
  ELSE flux.counter_at((prev).last_time, (prev).last_val, (summary).first_time, (summary).first_val, start)
  END;
COMMENT ON FUNCTION flux.interpolated_delta(flux.countersummary, timestamptz, interval, flux.countersummary, flux.countersummary) IS
  'How far the counter went from start for duration: beyond the summary''s own readings on straight lines to those of its neighbours; without a neighbour the summary''s own reading counts. In the counter''s unit.';
REVOKE ALL ON FUNCTION flux.delta(flux.countersummary), flux.num_resets(flux.countersummary),
  flux.counter_at(timestamptz, double precision, timestamptz, double precision, timestamptz),
  flux.interpolated_delta(flux.countersummary, timestamptz, interval, flux.countersummary, flux.countersummary) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.delta(flux.countersummary), flux.num_resets(flux.countersummary),
  flux.counter_at(timestamptz, double precision, timestamptz, double precision, timestamptz),
  flux.interpolated_delta(flux.countersummary, timestamptz, interval, flux.countersummary, flux.countersummary)
  TO flux_reader, flux_collector, flux_telemetry;
\endif
COMMIT;
