-- A year of three meters, irregular, with restarts, gaps, duplicates, late readings and both clock changes, against a slow,
-- obvious model. In no transaction, so that the roll-ups can be kept where they are; it cleans up after itself.
\set ON_ERROR_STOP 1
SET client_min_messages = 'warning';
SELECT plan(12);
CREATE TEMP TABLE made AS
SELECT d, '2024-01-01Z'::timestamptz + n / 4 * interval '50 minutes' + n % 4 * interval '100 seconds' + (abs(hashint4(n * 3 + d)) % 90) * interval '1.003 seconds' AS at, n,
  abs(hashint4(n * 5 + d)) % 1000 AS r
FROM generate_series(1, 3) d, generate_series(0, 42160) n
WHERE (n / 700) % 11 <> d;  -- four readings in seven minutes, then none for forty; gaps of six days
CREATE TEMP TABLE meter AS
SELECT ('00000000-0000-0000-0000-' || lpad(d::text, 12, '0'))::uuid AS device_id, at AS "time", (r / 10.0)::real AS power,
  -- A restart every few days; meter 2 leaves readings out, meter 3 has no export counter.
  CASE WHEN d = 2 AND r % 9 = 0 THEN NULL ELSE (((n + d * 100) % (1500 + d)) * 0.25 + (r % 10) * 0.02)::real END AS imported,
  CASE WHEN d = 3 THEN NULL ELSE (n * 0.125 + d)::real END AS exported, r % 10 = 0 AS is_late
FROM made;
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, energy_imported_active, energy_exported_active)
SELECT "time", device_id, power, imported, exported FROM meter WHERE NOT is_late ORDER BY "time", device_id;
CALL flux.refresh_rollups(NULL, NULL);
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, energy_imported_active, energy_exported_active)
SELECT "time", device_id, power, imported, exported FROM meter WHERE is_late ORDER BY hashtext("time"::text);
SELECT throws_ok('INSERT INTO flux.mg_meter_readings ("time", device_id) SELECT "time", device_id FROM meter WHERE is_late LIMIT 1', '23505', NULL, 'a duplicate is refused');
WITH again AS (INSERT INTO flux.mg_meter_readings ("time", device_id) SELECT "time", device_id FROM meter WHERE is_late LIMIT 1000 ON CONFLICT DO NOTHING RETURNING 1)
SELECT is(count(*)::int, 0, 'or left out') FROM again;
SELECT is((SELECT count(*) FROM flux.mg_meter_readings), (SELECT count(*) FROM meter), 'nothing is lost');
ANALYZE flux.mg_meter_readings;

-- The model: a meter's total is the sum of its rises, a fall being a rise from 0. The total at a border of a period lies
-- on the line between the readings on both sides; where the period before or after has no reading, or is a day away or
-- more, the period's own first or last reading counts.
CREATE FUNCTION pg_temp.model(counter text) RETURNS TABLE (time_b timestamptz, device_id uuid, energy double precision) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE replace($sql$
    WITH period AS (
      SELECT DISTINCT date_bin('30 minutes', "time", '2000-01-03Z') AS b, device_id FROM meter
    ), numbered AS (SELECT p.*, row_number() OVER (PARTITION BY p.device_id ORDER BY p.b) AS n FROM period p
    ), total AS (
      SELECT q."time", q.device_id, sum(q.rise) OVER (PARTITION BY q.device_id ORDER BY q."time") AS total FROM (
        SELECT m."time", m.device_id, CASE WHEN m.COUNTER::float8 >= lag(m.COUNTER::float8) OVER w THEN m.COUNTER::float8 - lag(m.COUNTER::float8) OVER w
            ELSE m.COUNTER::float8 END AS rise
        FROM meter m WHERE m.COUNTER IS NOT NULL WINDOW w AS (PARTITION BY m.device_id ORDER BY m."time")) q
    ), ends AS (
      SELECT n.b, n.device_id, n.n, min(t."time") AS first_time, max(t."time") AS last_time, min(t.total) AS first, max(t.total) AS last
      FROM numbered n LEFT JOIN total t ON t.device_id = n.device_id AND date_bin('30 minutes', t."time", '2000-01-03Z') = n.b
      GROUP BY 1, 2, 3
    )
    SELECT e.b, e.device_id,
      CASE WHEN a.b <= e.b + interval '24 hours' AND a.first IS NOT NULL
        THEN e.last + (a.first - e.last) * date_part('epoch', e.b + interval '30 minutes' - e.last_time) / date_part('epoch', a.first_time - e.last_time) ELSE e.last END
      - CASE WHEN p.b >= e.b - interval '24 hours' AND p.last IS NOT NULL
        THEN p.last + (e.first - p.last) * date_part('epoch', e.b - p.last_time) / date_part('epoch', e.first_time - p.last_time) ELSE e.first END
    FROM ends e LEFT JOIN ends p ON p.device_id = e.device_id AND p.n = e.n - 1 LEFT JOIN ends a ON a.device_id = e.device_id AND a.n = e.n + 1
  $sql$, 'COUNTER', counter);
END $$;
CREATE TEMP TABLE imported AS SELECT * FROM pg_temp.model('imported');
CREATE TEMP TABLE exported AS SELECT * FROM pg_temp.model('exported');
CREATE FUNCTION pg_temp.check_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE answer AS SELECT * FROM flux.get_meter_readings_30m('2024-01-01Z', '2025-01-01Z');
  ANALYZE answer;
  RETURN NEXT is((SELECT count(*) FROM answer), (SELECT count(*) FROM imported), title || ': every half hour is there');
  RETURN NEXT is_empty($q$SELECT a.time_b, a.device_id, a.energy_imported_active_delta, i.energy, a.energy_exported_active_delta, e.energy
    FROM answer a LEFT JOIN imported i USING (time_b, device_id) LEFT JOIN exported e USING (time_b, device_id)
    WHERE (abs(a.energy_imported_active_delta - i.energy) < 1e-7) IS DISTINCT FROM CASE WHEN i.energy IS NULL THEN NULL ELSE true END
      OR (abs(a.energy_exported_active_delta - e.energy) < 1e-7) IS DISTINCT FROM CASE WHEN e.energy IS NULL THEN NULL ELSE true END
      OR (a.energy_imported_active_delta IS NULL) <> (i.energy IS NULL) OR (a.energy_exported_active_delta IS NULL) <> (e.energy IS NULL)$q$,
    title || ': every energy is the model''s');
  RETURN NEXT is_empty($q$SELECT * FROM (
      SELECT date_bin('5 minutes', "time", '2000-01-03Z') AS time_b, device_id, avg(power) AS power, min(imported) AS low, max(exported) AS high FROM meter GROUP BY 1, 2) m
    FULL JOIN flux.mg_meter_readings_5m_intermediate v USING (time_b, device_id)
    WHERE (abs(m.power - v.power_total_active_avg) < 1e-9) IS NOT TRUE OR m.low IS DISTINCT FROM v.energy_imported_active_min OR m.high IS DISTINCT FROM v.energy_exported_active_max$q$,
    title || ': every five minutes are those of the readings');
  DROP TABLE answer;
END $$;
-- What is kept is brought up to date by its policy, which here runs when it is told.
SELECT flux_ops.timescaledb_schema() IS NOT NULL AS continuous \gset
\if :continuous
SELECT format('CALL public.run_job(%s)', job_id) FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate' ORDER BY job_id \gexec
\endif
SELECT pg_temp.check_all('a year');
SELECT ok(abs(sum(a.energy_exported_active_delta) - (SELECT sum(energy) FROM exported)) < 1e-4, 'a year''s energy adds up') FROM flux.get_meter_readings_30m('2024-01-01Z', '2025-01-01Z') a;

CREATE TEMP TABLE serial AS SELECT * FROM flux.get_meter_readings_30m('2024-01-01Z', '2025-01-01Z');
-- Plans may be parallel: here at a size that is quick, with a start of workers that costs accordingly less.
SET random_page_cost = 1.1; SET parallel_setup_cost = 10; SET min_parallel_table_scan_size = '64kB'; SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; lines text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP lines := lines || line || E'\n'; END LOOP;
  RETURN lines;
END $$;
SET parallel_tuple_cost = 0.001;
SELECT matches(pg_temp.plan_of(q), 'Gather', 'a parallel plan: ' || q) FROM unnest(ARRAY[
  'SELECT count(power_total_active_avg) FROM flux.mg_meter_readings_30m_intermediate',
  'SELECT avg(power_total_active) FROM flux.mg_meter_readings',
  'SELECT * FROM flux.get_meter_readings_30m(''2024-01-01Z'', ''2025-01-01Z'')']) q;
CREATE TEMP TABLE parallel AS SELECT * FROM flux.get_meter_readings_30m('2024-01-01Z', '2025-01-01Z');
SELECT is_empty('(TABLE serial EXCEPT TABLE parallel) UNION ALL (TABLE parallel EXCEPT TABLE serial)', 'several workers give the same numbers, to the last bit');
DELETE FROM flux.mg_meter_readings;
CALL flux.refresh_rollups(NULL, NULL);
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings_5m_intermediate), 0, 'nothing is left');
SELECT * FROM finish();
