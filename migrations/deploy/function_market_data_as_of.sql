-- A body of SQL, resolved when it is made: no search_path can bend it, and the planner inlines it.
BEGIN;
CREATE FUNCTION flux.market_data_as_of(as_of timestamptz, from_time timestamptz, to_time timestamptz, types integer[] DEFAULT NULL)
RETURNS TABLE ("time" timestamptz, type integer, value real, metadata jsonb, created_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT DISTINCT ON (m.type, m."time") m."time", m.type, m.value, m.metadata, m.created_at
  FROM flux.market_data m
  WHERE m."time" >= $2 AND m."time" < $3 AND (m.created_at > $1) IS NOT TRUE
    AND ($4 IS NULL OR m.type = ANY ($4))
  ORDER BY m.type, m."time" DESC, coalesce(m.created_at, '-infinity') DESC;
END;
COMMENT ON FUNCTION flux.market_data_as_of(timestamptz, timestamptz, timestamptz, integer[]) IS
  'What was known at as_of: for each signal (all, or those of types) and time in [from_time, to_time) the newest revision observed at or before as_of.';
REVOKE ALL ON FUNCTION flux.market_data_as_of(timestamptz, timestamptz, timestamptz, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.market_data_as_of(timestamptz, timestamptz, timestamptz, integer[]) TO flux_reader, flux_collector;
COMMIT;
