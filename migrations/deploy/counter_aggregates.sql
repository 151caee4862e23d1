-- The toolkit's counter_agg and rollup, for a database without it. A counter that falls has started again from 0.
SELECT flux_ops.toolkit_schema() IS NULL AS ours \gset
BEGIN;
\if :ours
CREATE TYPE flux.countersummary AS (
    first_time timestamp with time zone,
    first_val double precision,
    last_time timestamp with time zone,
    last_val double precision,
    reset_sum double precision,
    num_resets bigint,
    num_changes bigint,
    num_elements bigint
);
COMMENT ON TYPE flux.countersummary IS 'A stretch of a counter, as counter_agg makes it: read it with delta, interpolated_delta, num_resets; join stretches with rollup.';
COMMENT ON COLUMN flux.countersummary.first_time IS 'The time of the first reading.';
COMMENT ON COLUMN flux.countersummary.first_val IS 'The first reading, in the counter''s unit.';
COMMENT ON COLUMN flux.countersummary.last_time IS 'The time of the last reading.';
COMMENT ON COLUMN flux.countersummary.last_val IS 'The last reading, in the counter''s unit.';
COMMENT ON COLUMN flux.countersummary.reset_sum IS 'What had been reached before each restart, added up, in the counter''s unit.';
COMMENT ON COLUMN flux.countersummary.num_resets IS 'How often the counter started again.';
COMMENT ON COLUMN flux.countersummary.num_changes IS 'How often it differed from the reading before.';
COMMENT ON COLUMN flux.countersummary.num_elements IS 'How many readings.';

-- The form that the views use: nothing is done for each row but array_agg, and that in C. The arrays may come in any
-- order and with NULLs; what is in order already, which is nearly everything, is not sorted.
CREATE FUNCTION flux.counter_summary(times timestamptz[], readings double precision[]) RETURNS flux.countersummary
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  at timestamptz;
  last_at timestamptz;
  reading double precision;
  last double precision;
  restarted double precision := 0;
  resets bigint := 0;
  changes bigint := 0;
  in_order boolean := array_position(readings, NULL) IS NULL;
BEGIN
  IF in_order THEN
    -- A NULL or an equal time is no greater than the one before.
    FOREACH at IN ARRAY times LOOP
      IF at > last_at OR last_at IS NULL THEN last_at := at; ELSE in_order := false; EXIT; END IF;
    END LOOP;
    in_order := in_order AND last_at IS NOT NULL;
  END IF;
  IF NOT in_order THEN
    IF cardinality(array_remove(readings, NULL)) = 0 THEN RETURN NULL; END IF;
    -- Of two readings at one time the first counts.
    SELECT array_agg(s.at ORDER BY s.at), array_agg(s.reading ORDER BY s.at) INTO times, readings
    FROM (
      SELECT DISTINCT ON (u.at) u.at, u.reading FROM unnest(times, readings) WITH ORDINALITY AS u(at, reading, place)
      WHERE u.at IS NOT NULL AND u.reading IS NOT NULL ORDER BY u.at, u.place
    ) s;
    last_at := times[cardinality(times)];
  END IF;
  IF last_at IS NULL THEN RETURN NULL; END IF;
  FOREACH reading IN ARRAY readings LOOP
    IF reading <> last THEN
      changes := changes + 1;
      IF reading < last THEN
        restarted := restarted + last;
        resets := resets + 1;
      END IF;
    END IF;
    last := reading;
  END LOOP;
  RETURN ROW(times[1], readings[1], last_at, last, restarted, resets, changes, cardinality(readings)::bigint);
END $$;
COMMENT ON FUNCTION flux.counter_summary(timestamptz[], double precision[]) IS
  'The summary of a counter''s readings, in any order: flux.counter_summary(array_agg(time), array_agg(value)). NULLs are left out; of equal times the first counts; NULL without a reading.';

CREATE FUNCTION flux.counter_agg_add(summary flux.countersummary, at timestamptz, reading double precision)
RETURNS flux.countersummary LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF at IS NULL OR reading IS NULL THEN RETURN summary; END IF;
  IF summary IS NULL THEN RETURN ROW(at, reading, at, reading, 0::double precision, 0::bigint, 0::bigint, 1::bigint); END IF;
  IF at > summary.last_time THEN
    IF reading < summary.last_val THEN
      RETURN ROW(summary.first_time, summary.first_val, at, reading, summary.reset_sum + summary.last_val,
        summary.num_resets + 1, summary.num_changes + 1, summary.num_elements + 1);
    END IF;
    RETURN ROW(summary.first_time, summary.first_val, at, reading, summary.reset_sum, summary.num_resets,
      summary.num_changes + (reading <> summary.last_val)::integer, summary.num_elements + 1);
  END IF;
  IF at < summary.last_time THEN
    RAISE EXCEPTION 'counter_agg got a reading of % after one of %', at, summary.last_time
      USING ERRCODE = '22023', HINT = 'Say counter_agg(time, value ORDER BY time).';
  END IF;
  RETURN summary;  -- of equal times the first counts
END $$;
COMMENT ON FUNCTION flux.counter_agg_add(flux.countersummary, timestamptz, double precision) IS 'A part of counter_agg: one more reading.';
-- No combine function: pieces of a parallel scan interleave. Restricted, as the toolkit's.
CREATE AGGREGATE flux.counter_agg(timestamptz, double precision) (
  sfunc = flux.counter_agg_add, stype = flux.countersummary, parallel = restricted);
COMMENT ON AGGREGATE flux.counter_agg(timestamptz, double precision) IS
  'The summary of a counter''s readings: counter_agg(time, value ORDER BY time). Readings out of order are an error, never a wrong number.';

CREATE FUNCTION flux.counter_fold(summaries flux.countersummary[]) RETURNS flux.countersummary
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  a flux.countersummary;
  b flux.countersummary;
  resets integer;
BEGIN
  FOR b IN SELECT u.* FROM unnest(summaries) u WHERE u.first_time IS NOT NULL ORDER BY u.first_time, u.last_time LOOP
    IF a IS NULL THEN a := b; CONTINUE; END IF;
    IF a.last_time >= b.first_time THEN
      RAISE EXCEPTION 'rollup got summaries that overlap: one ends at %, the next begins at %', a.last_time, b.first_time
        USING ERRCODE = '22023', HINT = 'Join summaries of one counter, each of its own stretch of time.';
    END IF;
    resets := (b.first_val < a.last_val)::integer;
    a := ROW(a.first_time, a.first_val, b.last_time, b.last_val,
      a.reset_sum + CASE resets WHEN 1 THEN a.last_val ELSE 0 END + b.reset_sum,
      a.num_resets + resets + b.num_resets, a.num_changes + (b.first_val <> a.last_val)::integer + b.num_changes,
      a.num_elements + b.num_elements);
  END LOOP;
  RETURN a;
END $$;
COMMENT ON FUNCTION flux.counter_fold(flux.countersummary[]) IS 'A part of rollup: joins summaries in the order of their times.';
CREATE AGGREGATE flux.rollup(flux.countersummary) (
  sfunc = array_append, stype = flux.countersummary[], finalfunc = flux.counter_fold, combinefunc = array_cat, parallel = safe);
COMMENT ON AGGREGATE flux.rollup(flux.countersummary) IS 'One summary of several stretches of a counter, in any order; stretches that overlap are an error.';
REVOKE ALL ON FUNCTION flux.counter_summary(timestamptz[], double precision[]), flux.counter_fold(flux.countersummary[]),
  flux.counter_agg_add(flux.countersummary, timestamptz, double precision), flux.counter_agg(timestamptz, double precision),
  flux.rollup(flux.countersummary) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.counter_summary(timestamptz[], double precision[]), flux.counter_fold(flux.countersummary[]),
  flux.counter_agg_add(flux.countersummary, timestamptz, double precision), flux.counter_agg(timestamptz, double precision),
  flux.rollup(flux.countersummary) TO flux_reader, flux_collector, flux_telemetry;
-- What the kept roll-ups are computed with.
GRANT EXECUTE ON FUNCTION flux.counter_summary(timestamptz[], double precision[]) TO flux_rollups;
\endif
COMMIT;
