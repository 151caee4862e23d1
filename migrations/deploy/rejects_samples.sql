BEGIN;
ALTER TABLE flux_ops.rejects ADD COLUMN from_time timestamp with time zone, ADD COLUMN to_time timestamp with time zone;
COMMENT ON TABLE flux_ops.rejects IS 'Records, or values of them, that were refused while their neighbours went in, and replies of which nothing could be used. The newest 10,000 of a feed are kept, the newest 1,000 with their samples.';
COMMENT ON COLUMN flux_ops.rejects.from_time IS 'The beginning of the window that was asked for; NULL where the request named none.';
COMMENT ON COLUMN flux_ops.rejects.to_time IS 'Its end, excluded.';
COMMENT ON COLUMN flux_ops.rejects.sample IS 'The record, or how the reply begins, without secrets; NULL where none was kept, or newer ones took its place.';
CREATE OR REPLACE FUNCTION flux_ops.record_rejects(feed text, observed_at timestamptz, rejects jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock((7158::bigint << 48) | (hashtext($1)::bigint & 4294967295));
  INSERT INTO flux_ops.rejects AS r (feed, url, observed_at, from_time, to_time, place, record_time, field, value, reason,
    sample, first_seen, last_seen, times, digest)
  SELECT $1, min(n.url), $2, min(n.from_time), min(n.to_time), min(n.place), n.time, n.field, n.value, n.reason,
    (array_agg(left(n.sample, 4096) ORDER BY n.place))[1], $2, $2, count(*), n.digest
  FROM (
    -- Where the time is known the place is not: the same record moves down the reply as newer ones come.
    SELECT e.*, sha256(convert_to(jsonb_build_array($1, e.time, CASE WHEN e.time IS NULL THEN e.place END, e.field,
      e.value, e.reason)::text, 'UTF8')) AS digest
    FROM jsonb_to_recordset($3) AS e(place text, time text, field text, value text, reason text, url text, sample text,
      from_time timestamptz, to_time timestamptz)
  ) n
  GROUP BY n.digest, n.time, n.field, n.value, n.reason
  ORDER BY n.digest
  ON CONFLICT (digest) DO UPDATE SET
    times = r.times + excluded.times,
    first_seen = least(r.first_seen, excluded.first_seen),
    last_seen = greatest(r.last_seen, excluded.last_seen),
    observed_at = greatest(r.observed_at, excluded.observed_at),
    -- All that is of one reply is of the newest.
    (place, url, from_time, to_time, sample) = (SELECT
      CASE WHEN is_newer THEN excluded.place ELSE r.place END,
      CASE WHEN is_newer THEN coalesce(excluded.url, r.url) ELSE r.url END,
      CASE WHEN is_newer THEN excluded.from_time ELSE r.from_time END,
      CASE WHEN is_newer THEN excluded.to_time ELSE r.to_time END,
      CASE WHEN is_newer THEN coalesce(excluded.sample, r.sample) ELSE r.sample END
      FROM (SELECT excluded.observed_at >= r.observed_at AS is_newer) newer),
    -- What was retried and comes again is open again; what somebody discarded stays so.
    state = CASE WHEN r.state = 'retried' AND excluded.observed_at > r.last_seen THEN 'open' ELSE r.state END;
  DELETE FROM flux_ops.rejects WHERE id IN (
    SELECT o.id FROM flux_ops.rejects o WHERE o.feed = $1 ORDER BY o.last_seen DESC, o.id DESC OFFSET 10000);
  -- A sample is kilobytes, a reject a line.
  UPDATE flux_ops.rejects SET sample = NULL WHERE sample IS NOT NULL AND id IN (
    SELECT o.id FROM flux_ops.rejects o WHERE o.feed = $1 ORDER BY o.last_seen DESC, o.id DESC OFFSET 1000);
END $$;
COMMENT ON FUNCTION flux_ops.record_rejects(text, timestamptz, jsonb) IS
  'Keeps what was refused of a reply: [{"place", "time" or null, "field", "value", "reason"}], and where they are known "url", "sample", "from_time" and "to_time". The same one seen again counts up and takes the newest sample; the newest 10,000 of a feed are kept, the newest 1,000 with samples.';
COMMIT;
