-- One lock a feed, taken after the loader's own: of two replies the second to come sees the first, so one of them
-- is told. It also keeps the rows' locks in one order.
BEGIN;
CREATE FUNCTION flux_ops.record_coverage(
  feed text, from_times timestamptz[], to_times timestamptz[], observed_at timestamptz[],
  records integer[], observations integer[], rejected integer[], filtered integer[], outside integer[],
  least_age interval[], source text
) RETURNS TABLE (from_time timestamptz, to_time timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  first timestamptz;
  last timestamptz;
  earliest timestamptz;
  are_apart boolean;
BEGIN
  PERFORM pg_advisory_xact_lock((7158::bigint << 48) | (hashtext($1)::bigint & 4294967295));
  -- Windows of one call seldom overlap each other.
  SELECT min(w.from_time), max(w.to_time), min(w.observed_at), bool_and(w.end_before <= w.from_time) IS NOT FALSE
  INTO first, last, earliest, are_apart
  FROM (
    SELECT w.*, max(w.to_time) OVER (ORDER BY w.from_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS end_before
    FROM unnest($2, $3, $4) AS w(from_time, to_time, observed_at)
  ) w;
  -- One read of what overlaps them all: a search for each window costs more than the rows that it finds. By their times
  -- alone: of the feed there are as many windows as it has days.
  RETURN QUERY
  WITH later AS MATERIALIZED (
    SELECT c.from_time, c.to_time, c.observed_at FROM flux_ops.coverage c
    WHERE (c.feed = $1) IS TRUE AND tstzrange(c.from_time, c.to_time) && tstzrange(first, greatest(first, last))
      AND c.observed_at > earliest
    UNION ALL
    SELECT w.* FROM unnest($2, $3, $4) AS w(from_time, to_time, observed_at) WHERE NOT are_apart
  )
  SELECT DISTINCT w.from_time, w.to_time FROM unnest($2, $3, $4) AS w(from_time, to_time, observed_at)
  WHERE EXISTS (
    SELECT FROM later c
    WHERE c.from_time < w.to_time AND c.to_time > w.from_time AND c.observed_at > w.observed_at)
  ORDER BY 1, 2;

  INSERT INTO flux_ops.coverage AS c (feed, from_time, to_time, observed_at, fetches, records, observations, rejected,
    filtered, outside, least_age, source)
  SELECT DISTINCT ON (w.from_time, w.to_time) $1, w.from_time, w.to_time, w.observed_at,
    count(*) OVER (PARTITION BY w.from_time, w.to_time), w.records, w.observations, w.rejected, w.filtered, w.outside,
    w.least_age, $11
  FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) AS w(from_time, to_time, observed_at, records, observations,
    rejected, filtered, outside, least_age)
  ORDER BY w.from_time, w.to_time, w.observed_at DESC
  ON CONFLICT (feed, from_time, to_time) DO UPDATE SET
    fetches = c.fetches + excluded.fetches,
    observed_at = greatest(c.observed_at, excluded.observed_at),
    records = CASE WHEN excluded.observed_at >= c.observed_at THEN excluded.records ELSE c.records END,
    observations = CASE WHEN excluded.observed_at >= c.observed_at THEN excluded.observations ELSE c.observations END,
    rejected = CASE WHEN excluded.observed_at >= c.observed_at THEN excluded.rejected ELSE c.rejected END,
    filtered = CASE WHEN excluded.observed_at >= c.observed_at THEN excluded.filtered ELSE c.filtered END,
    outside = CASE WHEN excluded.observed_at >= c.observed_at THEN excluded.outside ELSE c.outside END,
    least_age = CASE WHEN excluded.observed_at >= c.observed_at THEN excluded.least_age ELSE c.least_age END,
    source = CASE WHEN excluded.observed_at >= c.observed_at THEN excluded.source ELSE c.source END;
END $$;
COMMENT ON FUNCTION flux_ops.record_coverage(text, timestamptz[], timestamptz[], timestamptz[], integer[], integer[], integer[], integer[], integer[], interval[], text) IS
  'Notes replies of a feed, one element a window; the row of a window keeps the reply observed last and counts all. Returns the windows of which a later reply had been loaded before: an older, different value may have become current, so ask for them again.';
REVOKE ALL ON FUNCTION flux_ops.record_coverage(text, timestamptz[], timestamptz[], timestamptz[], integer[], integer[], integer[], integer[], integer[], interval[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.record_coverage(text, timestamptz[], timestamptz[], timestamptz[], integer[], integer[], integer[], integer[], integer[], interval[], text) TO flux_collector;
COMMIT;
