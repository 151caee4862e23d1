BEGIN;
CREATE OR REPLACE VIEW flux.open_gaps AS
SELECT s.type, g.from_time, g.to_time, g.kind, g.reason
FROM (
  SELECT f.type, array_agg(f.feed ORDER BY f.feed) AS feeds, min(f.published_after) AS published_after,
    min(coalesce(f.first_time, '-infinity')) AS first_time, max(coalesce(f.last_time, 'infinity')) AS last_time
  FROM flux_ops.feed_signal f GROUP BY f.type
) s
CROSS JOIN LATERAL (SELECT flux.known_since(s.type, s.feeds) AS since) k
CROSS JOIN LATERAL flux.gaps(s.type, s.feeds, s.published_after, CASE WHEN k.since IS NOT NULL THEN
  greatest(s.first_time, k.since) END, least(s.last_time, now())) g
WHERE g.kind NOT IN ('not yet', 'accepted');
DELETE FROM flux_ops.feed_signal WHERE cadence IS DISTINCT FROM interval '30 minutes';
ALTER TABLE flux_ops.feed_signal DROP COLUMN cadence, DROP COLUMN expected_after, DROP COLUMN asked_every, DROP COLUMN is_estimate;
COMMENT ON TABLE flux_ops.feed_signal IS 'Which feed supplies a signal with a value for every half hour, as the feed files of whoever fetched last say.';
COMMENT ON COLUMN flux_ops.feed_signal.published_after IS 'How long after a half hour''s start its value should be here; NULL where that cannot be said, as of a file that is whatever it is.';
COMMIT;
