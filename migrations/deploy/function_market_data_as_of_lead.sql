-- A body of SQL, resolved when it is made: no search_path can bend it, and the planner inlines it. Ordered by an
-- expression of created_at, as the views of market data are.
BEGIN;
CREATE FUNCTION flux.market_data_as_of_lead(lead interval, from_time timestamptz, to_time timestamptz, types integer[] DEFAULT NULL)
RETURNS TABLE ("time" timestamptz, type integer, value real, metadata jsonb, created_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT DISTINCT ON (m.type, m."time") m."time", m.type, m.value, m.metadata, m.created_at
  FROM flux.market_data m
  WHERE m."time" >= $2 AND m."time" < $3 AND (m.created_at > m."time" - $1) IS NOT TRUE
    AND ($4 IS NULL OR m.type = ANY ($4))
  ORDER BY m.type, m."time" DESC, coalesce(m.created_at, '-infinity') DESC;
END;
COMMENT ON FUNCTION flux.market_data_as_of_lead(interval, timestamptz, timestamptz, integer[]) IS
  'What was known of each value lead before its own time, after it where lead is negative: for each signal (all, or those of types) and time in [from_time, to_time) the newest revision observed at or before time - lead. For a backtest that decides so long before delivery. Say hours rather than days: a day is as long as your session''s TimeZone has it.';
REVOKE ALL ON FUNCTION flux.market_data_as_of_lead(interval, timestamptz, timestamptz, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.market_data_as_of_lead(interval, timestamptz, timestamptz, integer[]) TO flux_reader, flux_collector;
COMMIT;
