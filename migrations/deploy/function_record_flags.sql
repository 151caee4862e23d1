BEGIN;
CREATE FUNCTION flux_ops.record_flags(feed text, observed_at timestamptz, flags jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO flux_ops.flags AS f (type, "time", value, reason, feed, first_seen, last_seen)
  SELECT DISTINCT ON (n.type, n."time", n.value) n.type, n."time", n.value, n.reason, $1, $2, $2
  FROM jsonb_to_recordset($3) AS n(type integer, "time" timestamptz, value real, reason text)
  ORDER BY n.type, n."time", n.value
  ON CONFLICT (type, "time", value) DO UPDATE SET
    first_seen = least(f.first_seen, excluded.first_seen),
    last_seen = greatest(f.last_seen, excluded.last_seen),
    reason = CASE WHEN excluded.last_seen >= f.last_seen THEN excluded.reason ELSE f.reason END,
    feed = CASE WHEN excluded.last_seen >= f.last_seen THEN excluded.feed ELSE f.feed END;
END $$;
COMMENT ON FUNCTION flux_ops.record_flags(text, timestamptz, jsonb) IS
  'Keeps values outside their plausible range: [{"type", "time", "value", "reason"}]; the same one once.';
REVOKE ALL ON FUNCTION flux_ops.record_flags(text, timestamptz, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.record_flags(text, timestamptz, jsonb) TO flux_collector;
COMMIT;
