-- Ten million readings, with the settings as they come: what reads much may be read by several workers.
BEGIN;
SELECT plan(5);

-- The tests before leave the empty chunks of a year, each of which the planner takes for one with as many buckets.
TRUNCATE flux.mg_meter_readings;
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, energy_imported_active)
SELECT t, ('00000000-0000-0000-0000-' || lpad(d::text, 12, '0'))::uuid, (d % 7) + extract(minute FROM t), n
FROM generate_series(1, 50) d,
  LATERAL (SELECT '2024-01-01Z'::timestamptz + n * interval '10 seconds' AS t, n FROM generate_series(1, 200000) n) s;
ANALYZE flux.mg_meter_readings;

CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; lines text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP lines := lines || line || E'\n'; END LOOP;
  RETURN lines;
END $$;

SELECT is((SELECT count(*) FROM flux.mg_meter_readings), 10000000::bigint, 'ten million readings are there');
SELECT matches(pg_temp.plan_of('SELECT count(*) FROM flux.mg_meter_readings'), 'Gather', 'they are counted in parallel');
SELECT matches(
  pg_temp.plan_of('SELECT device_id, avg(power_total_active) FROM flux.mg_meter_readings GROUP BY device_id'),
  'Gather', 'the mean power of each meter is taken in parallel');
-- In the words of the roll-ups, whose buckets the engine has counted.
SELECT CASE WHEN flux_ops.timescaledb_schema() IS NULL THEN 'date_bin(%L, "time", timestamptz ''2000-01-03 00:00:00+00'')'
  ELSE flux_ops.timescaledb_schema() || '.time_bucket(%L, "time")' END AS bucket \gset
SELECT matches(
  pg_temp.plan_of(format('SELECT ' || :'bucket' || ', device_id, avg(power_total_active), max(energy_imported_active)
    FROM flux.mg_meter_readings GROUP BY 1, 2', width)),
  'Gather', 'buckets of ' || width || ' are averaged in parallel')
FROM unnest(ARRAY['5 minutes', '30 minutes']) width;

SELECT * FROM finish();
ROLLBACK;
