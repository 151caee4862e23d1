BEGIN;
CREATE VIEW flux.updates AS
SELECT l.id, l.xid, l.xid < pg_snapshot_xmin(pg_current_snapshot()) AS settled, l.stored_at, l.observed_at, l.source,
  p.type, p.first_time, p.last_time, p.received, p.inserted, p.revised
FROM flux_ops.load l
CROSS JOIN LATERAL unnest(l.types, l.first_times, l.last_times, l.received, l.inserted, l.revised)
  AS p(type, first_time, last_time, received, inserted, revised)
ORDER BY l.xid, l.id, p.type;
COMMENT ON VIEW flux.updates IS 'The feed of updates: a row for each signal of each batch that inserted something, in the order (xid, id). Go on after the last settled row that you saw: rows after it may come again, none is missed.';
COMMENT ON COLUMN flux.updates.id IS 'The batch: what NOTIFY flux_updates carries.';
COMMENT ON COLUMN flux.updates.xid IS 'The transaction that stored it.';
COMMENT ON COLUMN flux.updates.settled IS 'Whether no row before this one can still appear: a cursor may stand here.';
COMMENT ON COLUMN flux.updates.stored_at IS 'When it was stored, by the database''s clock.';
COMMENT ON COLUMN flux.updates.observed_at IS 'When the reply had arrived, by the collector''s clock.';
COMMENT ON COLUMN flux.updates.source IS 'Who loaded: collect FEED, backfill FEED, import FILE.';
COMMENT ON COLUMN flux.updates.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux.updates.first_time IS 'The earliest time inserted.';
COMMENT ON COLUMN flux.updates.last_time IS 'The latest time inserted; included.';
COMMENT ON COLUMN flux.updates.received IS 'How many elements the batch had.';
COMMENT ON COLUMN flux.updates.inserted IS 'How many revisions were inserted.';
COMMENT ON COLUMN flux.updates.revised IS 'How many of them replaced another value of the same time.';
GRANT SELECT ON flux.updates TO flux_reader, flux_collector;
COMMIT;
