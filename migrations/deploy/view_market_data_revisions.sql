-- The collapsing comes first: the predecessor of a revision is the oldest of the equal neighbours before it.
BEGIN;
CREATE VIEW flux.market_data_revisions AS
SELECT r."time", r.type, r.value, r.metadata, r.created_at,
  row_number() OVER revisions AS revision,
  lag(r.value) OVER revisions AS previous_value,
  lag(r.metadata) OVER revisions AS previous_metadata,
  lag(r.created_at) OVER revisions AS previous_created_at
FROM (
  SELECT m.id, m."time", m.type, m.value, m.metadata, m.created_at,
    lag(m.id) OVER neighbours IS NULL OR m.value IS DISTINCT FROM lag(m.value) OVER neighbours
      OR m.metadata IS DISTINCT FROM lag(m.metadata) OVER neighbours AS differs
  FROM flux.market_data m
  WINDOW neighbours AS (PARTITION BY m.type, m."time" ORDER BY coalesce(m.created_at, '-infinity'), m.id)
) r
WHERE r.differs
WINDOW revisions AS (PARTITION BY r.type, r."time" ORDER BY coalesce(r.created_at, '-infinity'), r.id);
COMMENT ON VIEW flux.market_data_revisions IS 'Each version of each value exactly once, with its predecessor; equal neighbours are one. Ask for a range of time.';
COMMENT ON COLUMN flux.market_data_revisions."time" IS 'What the value is of: the start of the settlement period, or the instant.';
COMMENT ON COLUMN flux.market_data_revisions.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux.market_data_revisions.value IS 'The value, in the unit of its signal.';
COMMENT ON COLUMN flux.market_data_revisions.metadata IS 'What the feed declares beside the value.';
COMMENT ON COLUMN flux.market_data_revisions.created_at IS 'When this version was first observed.';
COMMENT ON COLUMN flux.market_data_revisions.revision IS '1 for the first version of this time.';
COMMENT ON COLUMN flux.market_data_revisions.previous_value IS 'The value before; NULL for the first version.';
COMMENT ON COLUMN flux.market_data_revisions.previous_metadata IS 'The metadata before.';
COMMENT ON COLUMN flux.market_data_revisions.previous_created_at IS 'When the version before was first observed.';
GRANT SELECT ON flux.market_data_revisions TO flux_reader, flux_collector;
COMMIT;
