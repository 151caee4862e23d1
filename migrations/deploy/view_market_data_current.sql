-- Ordered by an expression of created_at: a row written without it counts as the oldest, and no index or compressed
-- chunk is taken to be in this order already.
BEGIN;
CREATE VIEW flux.market_data_current AS
SELECT DISTINCT ON (m.type, m."time") m.id, m."time", m.type, m.value, m.metadata, m.created_at
FROM flux.market_data m
ORDER BY m.type, m."time" DESC, coalesce(m.created_at, '-infinity') DESC;
COMMENT ON VIEW flux.market_data_current IS 'The newest revision of each time of each signal. Ask for a range of time; for the newest values there is market_data_latest.';
COMMENT ON COLUMN flux.market_data_current.id IS 'A random name of the revision.';
COMMENT ON COLUMN flux.market_data_current."time" IS 'What the value is of: the start of the settlement period, or the instant.';
COMMENT ON COLUMN flux.market_data_current.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux.market_data_current.value IS 'The value, in the unit of its signal.';
COMMENT ON COLUMN flux.market_data_current.metadata IS 'What the feed declares beside the value.';
COMMENT ON COLUMN flux.market_data_current.created_at IS 'When this value was first observed.';
GRANT SELECT ON flux.market_data_current TO flux_reader, flux_collector;
COMMIT;
