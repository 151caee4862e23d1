BEGIN;
CREATE VIEW flux.open_gaps AS
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
COMMENT ON VIEW flux.open_gaps IS 'What is missing of the signals of half hours since they were first asked for or stored, as ranges; without what is accepted and what is not due yet. Ask for one signal by its type: each costs a walk down its index.';
COMMENT ON COLUMN flux.open_gaps.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux.open_gaps.from_time IS 'Start of the first half hour that is missing.';
COMMENT ON COLUMN flux.open_gaps.to_time IS 'End of the last one, excluded.';
COMMENT ON COLUMN flux.open_gaps.kind IS 'never fetched since its value was out; empty: fetched, and the source had nothing; rejected.';
COMMENT ON COLUMN flux.open_gaps.reason IS 'Of what was rejected why; else NULL.';
GRANT SELECT ON flux.open_gaps TO flux_reader, flux_collector;
COMMIT;
