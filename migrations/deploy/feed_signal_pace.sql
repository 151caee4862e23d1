BEGIN;
ALTER TABLE flux_ops.feed_signal
  ADD COLUMN cadence interval,
  ADD COLUMN expected_after interval,
  ADD COLUMN asked_every interval,
  ADD COLUMN is_estimate boolean NOT NULL DEFAULT false;
-- What was recorded until now are signals of half hours; the slack of another half hour was in published_after already.
UPDATE flux_ops.feed_signal SET cadence = '30 minutes', expected_after = published_after - interval '30 minutes';
COMMENT ON TABLE flux_ops.feed_signal IS 'Which feed supplies which signal, and at what pace, as the feed files of whoever fetched last say.';
COMMENT ON COLUMN flux_ops.feed_signal.published_after IS 'How long after a half hour''s start its value counts as missing; NULL where that cannot be said, as of a file that is whatever it is.';
COMMENT ON COLUMN flux_ops.feed_signal.cadence IS 'The time between two values; NULL for a schedule, whose values hold until the next.';
COMMENT ON COLUMN flux_ops.feed_signal.expected_after IS 'How long after a value''s own time it should be here where all goes well; NULL as published_after.';
COMMENT ON COLUMN flux_ops.feed_signal.asked_every IS 'How often the service asks the feed; NULL where it is only asked by hand.';
COMMENT ON COLUMN flux_ops.feed_signal.is_estimate IS 'Whether the feed gives estimates of what another signal will say.';

CREATE OR REPLACE VIEW flux.open_gaps AS
SELECT s.type, g.from_time, g.to_time, g.kind, g.reason
FROM (
  SELECT f.type, array_agg(f.feed ORDER BY f.feed) AS feeds, min(f.published_after) AS published_after,
    min(coalesce(f.first_time, '-infinity')) AS first_time, max(coalesce(f.last_time, 'infinity')) AS last_time
  FROM flux_ops.feed_signal f WHERE f.cadence = interval '30 minutes' GROUP BY f.type
) s
CROSS JOIN LATERAL (SELECT flux.known_since(s.type, s.feeds) AS since) k
CROSS JOIN LATERAL flux.gaps(s.type, s.feeds, s.published_after, CASE WHEN k.since IS NOT NULL THEN
  greatest(s.first_time, k.since) END, least(s.last_time, now())) g
WHERE g.kind NOT IN ('not yet', 'accepted');
COMMIT;
