-- What a good SQL author writes first: one statement that reads the newest stored value of each (type, time) in the
-- batch's range and inserts what differs. No observed_at, no locks, no refusals, no record of the load.
CREATE FUNCTION benchmark.load_range(data flux.market_data_input[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  types integer[];
  first_time timestamptz;
  last_time timestamptz;
  inserted bigint;
BEGIN
  SELECT array_agg(DISTINCT d.type), min(d."time"), max(d."time") INTO types, first_time, last_time FROM unnest(data) d;
  WITH given AS (
    SELECT DISTINCT ON (d.type, d."time") d."time", d.type, d.value
    FROM unnest(data) WITH ORDINALITY AS d("time", type, value, place)
    ORDER BY d.type, d."time" DESC, d.place DESC
  ), stored AS (
    SELECT DISTINCT ON (m.type, m."time") m."time", m.type, m.value
    FROM flux.market_data m
    WHERE m.type = ANY (types) AND m."time" BETWEEN first_time AND last_time
    ORDER BY m.type, m."time" DESC, m.created_at DESC
  )
  INSERT INTO flux.market_data ("time", type, value)
  SELECT g."time", g.type, g.value
  FROM given g LEFT JOIN stored s USING ("time", type)
  WHERE s.value IS DISTINCT FROM g.value;
  GET DIAGNOSTICS inserted = ROW_COUNT;
  RETURN inserted;
END $$;
