-- What the trading desk sees, in the database: terminal, API and page all read this one view.
BEGIN;
-- Four probes of market_data_type_time_idx a signal, for the reasons and by the means of market_data_latest_values.
CREATE FUNCTION flux.desk_values()
RETURNS TABLE (type integer, "time" timestamptz, value real, metadata jsonb, observed_at timestamptz,
  previous_time timestamptz, previous_value real, replaced_value real, replaced_observed_at timestamptz,
  next_time timestamptz, next_value real)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
SET search_path = pg_catalog, pg_temp SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT t.id, l."time", l.value, l.metadata, l.created_at, p."time", p.value, r.value, r.created_at, n."time", n.value
  FROM flux.market_data_types t
  LEFT JOIN LATERAL (
    SELECT m."time", m.value, m.metadata, m.created_at FROM flux.market_data m
    WHERE m.type = t.id AND m."time" <= now()
    ORDER BY m."time" DESC, coalesce(m.created_at, '-infinity') DESC LIMIT 1
  ) l ON true
  LEFT JOIN LATERAL (
    SELECT m."time", m.value FROM flux.market_data m
    WHERE m.type = t.id AND m."time" < l."time"
    ORDER BY m."time" DESC, coalesce(m.created_at, '-infinity') DESC LIMIT 1
  ) p ON true
  -- Equal neighbours are one version: the one before is the newest that differs.
  LEFT JOIN LATERAL (
    SELECT m.value, m.created_at FROM flux.market_data m
    WHERE m.type = t.id AND m."time" = l."time" AND (m.value, m.metadata) IS DISTINCT FROM (l.value, l.metadata)
    ORDER BY coalesce(m.created_at, '-infinity') DESC LIMIT 1
  ) r ON true
  LEFT JOIN LATERAL (
    SELECT m."time", m.value FROM flux.market_data m
    WHERE m.type = t.id AND m."time" > now()
    ORDER BY m."time", coalesce(m.created_at, '-infinity') DESC LIMIT 1
  ) n ON true;
END $$;
COMMENT ON FUNCTION flux.desk_values() IS
  'For each signal its newest value at or before now, the value of the time before, the version that it replaced, and the next value of the future; the view desk adds what they are worth.';
REVOKE ALL ON FUNCTION flux.desk_values() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.desk_values() TO flux_reader, flux_collector;

CREATE VIEW flux.desk AS
SELECT t.id AS type, t.name, t.unit, v."time", v.value, v.metadata, v.observed_at, now() - v."time" AS age,
  v.previous_time, v.previous_value, v.replaced_value, v.replaced_observed_at, v.next_time, v.next_value,
  d.state, coalesce(s.is_estimate, false) AS is_estimate, v.replaced_value IS NOT NULL AS is_revised, s.cadence, d.due_at,
  CASE
    WHEN d.state = 'fresh' THEN NULL
    WHEN s.feeds IS NULL THEN 'no feed is known to yield it'
    WHEN s.asked_every IS NULL THEN 'it is fetched by hand alone'
    WHEN h.state = 'failing' THEN h.feed || ' fails: ' || h.last_error
    WHEN h.state = 'late' THEN 'no collector asks ' || h.feed || ', which was due at ' || d.due
    WHEN h.last_success_at IS NULL THEN concat_ws(', ', VARIADIC s.feeds) || ' has not been asked yet'
    WHEN v."time" IS NULL THEN h.feed || ' has not given any yet'
    WHEN s.expected_after IS NULL THEN h.feed || ' did not answer since ' || d.answered
    ELSE h.feed || ' answers, without the value that was expected by ' || d.expected
  END AS reason,
  h.feed, h.last_success_at AS asked_at
FROM flux.market_data_types t
JOIN flux.desk_values() v ON v.type = t.id
LEFT JOIN (
  SELECT f.type, array_agg(f.feed ORDER BY f.feed) FILTER (WHERE f.asked_every IS NOT NULL) AS asked, array_agg(f.feed ORDER BY f.feed) AS feeds,
    min(f.asked_every) AS asked_every, min(f.cadence) AS cadence, min(f.expected_after) AS expected_after,
    min(f.published_after) AS published_after, bool_and(f.is_estimate) AS is_estimate
  FROM flux_ops.feed_signal f GROUP BY f.type
) s ON s.type = t.id
-- Of several feeds that are asked for it the one that answered last.
LEFT JOIN LATERAL (
  SELECT h.feed, h.state, h.last_success_at, h.last_error, h.next_due_at FROM flux.feed_health h
  WHERE h.feed = ANY (s.asked) ORDER BY h.last_success_at DESC NULLS LAST LIMIT 1
) h ON true
CROSS JOIN LATERAL (
  SELECT e.*,
    CASE
      WHEN v."time" IS NULL THEN 'none'
      WHEN s.asked_every IS NULL THEN NULL
      WHEN s.expected_after IS NOT NULL THEN CASE
        WHEN now() <= e.due_at + interval '5 minutes' THEN 'fresh'
        WHEN now() <= v."time" + s.cadence + s.published_after THEN 'late'
        ELSE 'stale' END
      WHEN now() <= h.last_success_at + 2 * s.asked_every + interval '1 minute' THEN 'fresh'
      WHEN now() <= h.last_success_at + 5 * s.asked_every + interval '5 minutes' THEN 'late'
      ELSE 'stale'
    END AS state,
    to_char(h.next_due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS due,
    to_char(h.last_success_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS answered,
    to_char(e.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS expected
  FROM (SELECT CASE WHEN s.expected_after IS NOT NULL THEN v."time" + s.cadence + s.expected_after
    ELSE h.next_due_at END AS due_at) e
) d;
COMMENT ON VIEW flux.desk IS 'A row a signal, for the trading desk: its newest value at or before now, how it changed, and whether it can be relied on.';
COMMENT ON COLUMN flux.desk.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux.desk.name IS 'Its name.';
COMMENT ON COLUMN flux.desk.unit IS 'The unit of the values.';
COMMENT ON COLUMN flux.desk."time" IS 'What the value is of: the start of the settlement period, or the instant. NULL where there is no value.';
COMMENT ON COLUMN flux.desk.value IS 'The newest version of that time.';
COMMENT ON COLUMN flux.desk.metadata IS 'What the feed declares beside the value.';
COMMENT ON COLUMN flux.desk.observed_at IS 'When this value was first observed.';
COMMENT ON COLUMN flux.desk.age IS 'From time to now.';
COMMENT ON COLUMN flux.desk.previous_time IS 'The newest time before it that has a value; not always the half hour before.';
COMMENT ON COLUMN flux.desk.previous_value IS 'The value of that time.';
COMMENT ON COLUMN flux.desk.replaced_value IS 'The value that was known of this time before; NULL where there was none.';
COMMENT ON COLUMN flux.desk.replaced_observed_at IS 'When that had been observed.';
COMMENT ON COLUMN flux.desk.next_time IS 'The next time after now that has a value, as of a schedule.';
COMMENT ON COLUMN flux.desk.next_value IS 'The value of that time.';
COMMENT ON COLUMN flux.desk.state IS 'fresh: the next value is not overdue by more than 5 minutes; late: it is; stale: it is missing. A signal without a pace of its own is late when its feed has not answered for two rounds and a minute, stale for five rounds and five minutes. none: there is no value. NULL: nothing says when values come.';
COMMENT ON COLUMN flux.desk.is_estimate IS 'Whether it is an estimate of what another signal will say.';
COMMENT ON COLUMN flux.desk.is_revised IS 'Whether the value replaced another of the same time.';
COMMENT ON COLUMN flux.desk.cadence IS 'The time between two values; NULL for a schedule, whose values hold until the next.';
COMMENT ON COLUMN flux.desk.due_at IS 'When the next value should be here; of a signal without a pace of its own when its feed is asked next.';
COMMENT ON COLUMN flux.desk.reason IS 'Why it is not fresh, in words; NULL where it is.';
COMMENT ON COLUMN flux.desk.feed IS 'The feed that supplies it; of several the one that answered last.';
COMMENT ON COLUMN flux.desk.asked_at IS 'When that feed last answered as it should.';
GRANT SELECT ON flux.desk TO flux_reader, flux_collector;
COMMIT;
