BEGIN;
CREATE OR REPLACE FUNCTION flux_ops.record_rejects(feed text, observed_at timestamptz, rejects jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock((7158::bigint << 48) | (hashtext($1)::bigint & 4294967295));
  INSERT INTO flux_ops.rejects AS r (feed, observed_at, place, record_time, field, value, reason, first_seen, last_seen,
    times, digest)
  SELECT $1, $2, min(n.place), n.time, n.field, n.value, n.reason, $2, $2, count(*), n.digest
  FROM (
    -- Where the time is known the place is not: the same record moves down the reply as newer ones come.
    SELECT e.*, sha256(convert_to(jsonb_build_array($1, e.time, CASE WHEN e.time IS NULL THEN e.place END, e.field,
      e.value, e.reason)::text, 'UTF8')) AS digest
    FROM jsonb_to_recordset($3) AS e(place text, time text, field text, value text, reason text)
  ) n
  GROUP BY n.digest, n.time, n.field, n.value, n.reason
  ORDER BY n.digest
  ON CONFLICT (digest) DO UPDATE SET
    times = r.times + excluded.times,
    first_seen = least(r.first_seen, excluded.first_seen),
    last_seen = greatest(r.last_seen, excluded.last_seen),
    observed_at = greatest(r.observed_at, excluded.observed_at),
    place = CASE WHEN excluded.observed_at >= r.observed_at THEN excluded.place ELSE r.place END,
    -- What was retried and comes again is open again; what somebody discarded stays so.
    state = CASE WHEN r.state = 'retried' AND excluded.observed_at > r.last_seen THEN 'open' ELSE r.state END;
  DELETE FROM flux_ops.rejects WHERE id IN (
    SELECT o.id FROM flux_ops.rejects o WHERE o.feed = $1 ORDER BY o.last_seen DESC, o.id DESC OFFSET 10000);
END $$;
COMMENT ON FUNCTION flux_ops.record_rejects(text, timestamptz, jsonb) IS
  'Keeps what was refused of a reply: [{"place", "time" or null, "field", "value", "reason"}]. The same one seen again counts up; the newest 10,000 of a feed are kept.';
COMMENT ON TABLE flux_ops.rejects IS 'Records, or values of them, that were refused; their neighbours went in. The newest 10,000 of a feed are kept.';
COMMENT ON COLUMN flux_ops.rejects.sample IS 'A piece of the reply about it; NULL where none was kept.';
ALTER TABLE flux_ops.rejects DROP COLUMN from_time, DROP COLUMN to_time;
COMMIT;
