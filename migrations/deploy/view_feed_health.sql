BEGIN;
-- The flags of today are found as the rejects of today are.
CREATE INDEX flags_feed_last_seen_idx ON flux_ops.flags (feed, last_seen DESC);
CREATE VIEW flux.feed_health AS
SELECT s.feed,
  CASE
    -- Twice the time to the next round has passed: nobody asks this feed any more.
    WHEN now() > s.next_due_at + greatest(s.next_due_at - s.last_attempt_at, interval '1 minute') THEN 'late'
    WHEN s.consecutive_failures > 0 THEN 'failing'
    WHEN s.last_success_at IS NULL THEN 'never'
    ELSE 'healthy'
  END AS state,
  s.last_attempt_at, s.last_success_at, now() - s.last_success_at AS age, s.newest_time, now() - s.newest_time AS lag,
  s.consecutive_failures, s.last_error, s.next_due_at,
  (SELECT count(*) FROM flux_ops.rejects r
    WHERE r.feed = s.feed AND r.last_seen >= d.midnight AND r.state <> 'discarded') AS rejects_today,
  (SELECT count(*) FROM flux_ops.flags f WHERE f.feed = s.feed AND f.last_seen >= d.midnight) AS flags_today
FROM flux_ops.feed_state s CROSS JOIN (SELECT date_trunc('day', now(), 'Europe/London') AS midnight) d;
COMMENT ON VIEW flux.feed_health IS 'How each feed fares: a row for each that was ever asked.';
COMMENT ON COLUMN flux.feed_health.feed IS 'The feed''s id.';
COMMENT ON COLUMN flux.feed_health.state IS 'late: its next round is overdue by as long again, so no collector asks it; failing: the last round failed; never: it has not been asked yet; else healthy.';
COMMENT ON COLUMN flux.feed_health.last_attempt_at IS 'When it was last asked.';
COMMENT ON COLUMN flux.feed_health.last_success_at IS 'When it last answered as it should.';
COMMENT ON COLUMN flux.feed_health.age IS 'How long ago that was, by the database''s clock.';
COMMENT ON COLUMN flux.feed_health.newest_time IS 'The newest time that an observation of it is of.';
COMMENT ON COLUMN flux.feed_health.lag IS 'Now minus that time; negative where it is a schedule of the future.';
COMMENT ON COLUMN flux.feed_health.consecutive_failures IS 'Rounds that failed since the last success.';
COMMENT ON COLUMN flux.feed_health.last_error IS 'The last failure in one line, without secrets; NULL after a success.';
COMMENT ON COLUMN flux.feed_health.next_due_at IS 'When it will be asked again; NULL where nobody will by itself.';
COMMENT ON COLUMN flux.feed_health.rejects_today IS 'Rejects that were seen since midnight in London and are not discarded.';
COMMENT ON COLUMN flux.feed_health.flags_today IS 'Implausible values that were seen since midnight in London.';
GRANT SELECT ON flux.feed_health TO flux_reader, flux_collector;
COMMIT;
