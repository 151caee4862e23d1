-- Missing is what no value fills: one walk down the index of (type, time), whatever the range. The rest is arithmetic of
-- ranges. London's clock differs from UTC by whole hours, so its half hours are those of UTC, 46, 48 or 50 of them
-- between two of its midnights.
BEGIN;
CREATE FUNCTION flux.known_since(signal integer, feeds text[]) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT least(
    (SELECT min(c.from_time) FROM flux.coverage c WHERE c.feed = ANY ($2)),
    (SELECT min(m."time") FROM flux.market_data m WHERE m.type = $1));
END;
COMMENT ON FUNCTION flux.known_since(integer, text[]) IS 'The earliest time of a signal that is stored, or that one of these feeds was asked for; NULL where there is none.';
REVOKE ALL ON FUNCTION flux.known_since(integer, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.known_since(integer, text[]) TO flux_reader, flux_collector;

-- With its owner's rights: a reader sees why something is missing, not the rejects themselves.
CREATE FUNCTION flux.gaps(
  signal integer, feeds text[], published_after interval, since timestamptz, until timestamptz,
  at timestamptz DEFAULT now()
) RETURNS TABLE (from_time timestamptz, to_time timestamptz, kind text, reason text)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off SET max_parallel_workers_per_gather = 0 SET random_page_cost = 1.1
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
  half_hour CONSTANT interval := '30 minutes';
  origin CONSTANT timestamptz := '2000-01-01 00:00Z';
  almost CONSTANT interval := half_hour - interval '1 microsecond';
  -- The first half hour that begins in the range, and the first that begins after it.
  first CONSTANT timestamptz := date_bin(half_hour, since + almost, origin);
  last CONSTANT timestamptz := date_bin(half_hour, until + almost, origin);
  -- The end of the newest half hour in the range that has a value.
  known_to timestamptz;
  -- The first half hour whose value is not expected yet.
  due timestamptz;
  missing tstzmultirange;
BEGIN
  IF (first < last) IS NOT TRUE THEN RETURN; END IF;
  known_to := (SELECT date_bin(half_hour, m."time", origin) + half_hour FROM flux.market_data m
    WHERE m.type = signal AND m."time" >= first AND m."time" < last ORDER BY m."time" DESC LIMIT 1);
  -- Where nothing says when values come, those after the newest of all have not come yet.
  due := date_bin(half_hour, coalesce(at - published_after, (SELECT m."time" FROM flux.market_data m
    WHERE m.type = signal ORDER BY m."time" DESC LIMIT 1)), origin) + half_hour;
  missing := (
    SELECT coalesce(range_agg(tstzrange(b.before + half_hour, b."time")), '{}') FROM (
      SELECT v."time", lead(v."time", 1, first - half_hour) OVER (ORDER BY v."time" DESC) AS before FROM (
        SELECT date_bin(half_hour, m."time", origin) AS "time" FROM flux.market_data m
        WHERE m.type = signal AND m."time" >= first AND m."time" < last ORDER BY m."time" DESC
      ) v
    ) b WHERE b.before + half_hour < b."time"
  ) + tstzmultirange(tstzrange(coalesce(known_to, first), last));
  IF isempty(missing) THEN RETURN; END IF;
  RETURN QUERY
  -- Each claims what none before it has claimed: what was accepted first, what was refused last.
  WITH rejected AS (
    SELECT btrim(r.field || ' ' || r.reason) AS reason, r.last_seen, tstzrange(
      coalesce(t."time", date_bin(half_hour, r.from_time + almost, origin)),
      coalesce(t."time" + half_hour, date_bin(half_hour, r.to_time + almost, origin))) AS half_hours
    FROM flux_ops.rejects r CROSS JOIN LATERAL (SELECT CASE
      WHEN r.record_time ~ '^\d{4}-\d\d-\d\d period \d\d?$' THEN
        split_part(r.record_time, ' ', 1)::timestamp AT TIME ZONE 'Europe/London'
          + (split_part(r.record_time, ' ', 3)::integer - 1) * half_hour
      WHEN r.record_time ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$' THEN
        date_bin(half_hour, r.record_time::timestamptz, origin)
      END AS "time") t
    WHERE r.feed = ANY (feeds) AND r.state <> 'retried' AND coalesce(t."time", r.from_time) IS NOT NULL
      -- What was asked for again since and came without it is no longer refused.
      AND NOT EXISTS (
        SELECT FROM flux_ops.coverage c WHERE c.feed = r.feed AND c.observed_at > r.last_seen
          AND tstzrange(c.from_time, c.to_time) @> tstzrange(r.from_time, r.to_time))
  ), claims AS (
    SELECT 1 AS rank, extract(epoch FROM a.accepted_at) AS age, 'accepted' AS kind, a.reason,
      tstzmultirange(tstzrange(a.from_time, a.to_time)) AS half_hours
    FROM flux_ops.accepted_gap a WHERE a.type = signal AND a.from_time < last AND a.to_time > first
    UNION ALL SELECT 2, NULL, 'not yet', NULL, tstzmultirange(tstzrange(due, NULL)) WHERE due IS NOT NULL
    UNION ALL SELECT 3, -extract(epoch FROM max(r.last_seen)), 'rejected', r.reason, range_agg(r.half_hours)
    FROM rejected r WHERE r.half_hours && missing GROUP BY r.reason
    -- Asked before its value was out, a half hour was not really asked for.
    UNION ALL SELECT 4, NULL, 'empty', NULL, coalesce(range_agg(tstzrange(w.first, w.last)), '{}')
    FROM (
      SELECT date_bin(half_hour, c.from_time + almost, origin) AS first, least(
        date_bin(half_hour, c.to_time + almost, origin),
        date_bin(half_hour, c.observed_at - published_after, origin) + half_hour) AS last
      FROM flux_ops.coverage c WHERE c.feed = ANY (feeds) AND c.from_time < upper(missing) AND c.to_time > lower(missing)
    ) w WHERE w.first < w.last
    UNION ALL SELECT 5, NULL, 'never fetched', NULL, missing
  ), ranked AS (
    SELECT c.*, row_number() OVER (ORDER BY c.rank, c.age, c.reason) AS n FROM claims c
  )
  SELECT lower(g.half_hours), upper(g.half_hours), g.kind, g.reason
  FROM (
    SELECT r.kind, r.reason, unnest(missing * r.half_hours - coalesce(
      range_agg(r.half_hours) OVER (ORDER BY r.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '{}')) AS half_hours
    FROM ranked r
  ) g
  ORDER BY 1;
END $$;
COMMENT ON FUNCTION flux.gaps(integer, text[], interval, timestamptz, timestamptz, timestamptz) IS
  'What is missing of a signal of half hours that begin in [since, until), as ranges: never fetched by any of these feeds since its value was out; empty: fetched, and the source had nothing; rejected, with the reason; accepted, with the reason; not yet: at the instant at less than published_after has passed since the half hour began (where that is NULL: it is newer than the newest value).';
REVOKE ALL ON FUNCTION flux.gaps(integer, text[], interval, timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.gaps(integer, text[], interval, timestamptz, timestamptz, timestamptz) TO flux_reader, flux_collector;
COMMIT;
