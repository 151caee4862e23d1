-- One probe of market_data_type_time_idx a signal, however long the history.
BEGIN;
-- A signal that has no value yet looks, by the statistics, as likely in the next row of market_data_time_idx as any
-- other, and all of that index would be read in vain. Where pages cost nothing, as they do in memory, the index that
-- reads fewest rows is taken, on every engine and whatever random_page_cost the server has.
CREATE FUNCTION flux.market_data_latest_values()
RETURNS TABLE (type integer, "time" timestamptz, value real, metadata jsonb, created_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
SET search_path = pg_catalog, pg_temp SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT t.id, l."time", l.value, l.metadata, l.created_at
  FROM flux.market_data_types t
  CROSS JOIN LATERAL (
    SELECT m."time", m.value, m.metadata, m.created_at FROM flux.market_data m
    WHERE m.type = t.id AND m."time" <= now()
    ORDER BY m."time" DESC, coalesce(m.created_at, '-infinity') DESC LIMIT 1
  ) l;
END $$;
COMMENT ON FUNCTION flux.market_data_latest_values() IS
  'For each signal that has one, its newest value at or before now; market_data_latest adds name, unit and age.';
REVOKE ALL ON FUNCTION flux.market_data_latest_values() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.market_data_latest_values() TO flux_reader, flux_collector;

CREATE VIEW flux.market_data_latest AS
SELECT t.id AS type, t.name, t.unit, l."time", l.value, l.metadata, l.created_at AS observed_at, now() - l."time" AS age
FROM flux.market_data_types t LEFT JOIN flux.market_data_latest_values() l ON l.type = t.id;
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
