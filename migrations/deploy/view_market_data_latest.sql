-- One probe of market_data_type_time_idx a signal, however long the history.
BEGIN;
CREATE VIEW flux.market_data_latest AS
SELECT t.id AS type, t.name, t.unit, l."time", l.value, l.metadata, l.created_at AS observed_at, now() - l."time" AS age
FROM flux.market_data_types t
LEFT JOIN LATERAL (
  SELECT m."time", m.value, m.metadata, m.created_at FROM flux.market_data m
  WHERE m.type = t.id AND m."time" <= now()
  ORDER BY m."time" DESC, coalesce(m.created_at, '-infinity') DESC LIMIT 1
) l ON true;
COMMENT ON VIEW flux.market_data_latest IS 'A row a signal: its newest value at or before now, NULL where it has none.';
COMMENT ON COLUMN flux.market_data_latest.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux.market_data_latest.name IS 'Its name.';
COMMENT ON COLUMN flux.market_data_latest.unit IS 'The unit of the value.';
COMMENT ON COLUMN flux.market_data_latest."time" IS 'What the value is of: the start of the settlement period, or the instant.';
COMMENT ON COLUMN flux.market_data_latest.value IS 'The newest revision of that time.';
COMMENT ON COLUMN flux.market_data_latest.metadata IS 'What the feed declares beside the value.';
COMMENT ON COLUMN flux.market_data_latest.observed_at IS 'When this value was first observed.';
COMMENT ON COLUMN flux.market_data_latest.age IS 'From time to now.';
GRANT SELECT ON flux.market_data_latest TO flux_reader, flux_collector;
COMMIT;
