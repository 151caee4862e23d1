-- The roll-ups and the half hours, on whatever makes them here.
BEGIN;
SELECT plan(17);
CREATE FUNCTION pg_temp.d(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid $$;
-- Device 1 every minute for four hours; 2 without an export counter; 3 with a restart, a gap and a late, unordered half.
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, frequency, energy_imported_active, energy_exported_active)
SELECT '2024-01-01 00:00:20Z'::timestamptz + n * interval '1 minute', pg_temp.d(1), n % 7, 50, n * 0.5, n * 0.25 FROM generate_series(0, 239) n;
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, energy_imported_active)
SELECT '2024-01-01Z'::timestamptz + n * interval '5 minutes', pg_temp.d(2), 2, n FROM generate_series(0, 47) n;
INSERT INTO flux.mg_meter_readings ("time", device_id, energy_imported_active, energy_exported_active)
SELECT '2024-01-01Z'::timestamptz + n * interval '1 minute', pg_temp.d(3), CASE WHEN n < 45 THEN n ELSE n - 45 END, 0
FROM generate_series(0, 119) n WHERE n NOT BETWEEN 70 AND 100 ORDER BY n % 2 DESC, n DESC;

SELECT results_eq($$SELECT time_b, power_total_active_avg, energy_imported_active_min, energy_imported_active_max FROM flux.mg_meter_readings_5m_intermediate
    WHERE device_id = pg_temp.d(1) AND time_b < '2024-01-01 00:15Z' ORDER BY 1$$,
  $$VALUES ('2024-01-01 00:00Z'::timestamptz, 2::float8, 0::real, 2::real), ('2024-01-01 00:05Z', 2.8, 2.5, 4.5), ('2024-01-01 00:10Z', 3.6, 5, 7)$$,
  'five minutes have the averages and extremes of their readings');
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings_30m_intermediate WHERE device_id = pg_temp.d(1)), 8, 'four hours are eight half hours');
SELECT is((SELECT power_total_active_avg FROM flux.mg_meter_readings_30m_intermediate WHERE device_id = pg_temp.d(1) AND time_b = '2024-01-01Z'),
  (SELECT avg(n % 7)::float8 FROM generate_series(0, 29) n), 'an average is of the readings, not of averages');
SELECT results_eq($$SELECT round(energy_imported_active_delta::numeric, 9), round(energy_exported_active_delta::numeric, 9) FROM flux.get_meter_readings_30m('2024-01-01 01:00Z', '2024-01-01 01:00Z', ARRAY[pg_temp.d(1)])$$,
  $$VALUES (15.000000000, 7.500000000)$$, 'the energy of a half hour is that of the whole half hour');
SELECT results_eq($$SELECT power_total_active_avg, energy_imported_active_delta, energy_exported_active_delta FROM flux.get_meter_readings_30m('2024-01-01 01:00Z', '2024-01-01 01:00Z', ARRAY[pg_temp.d(2)])$$,
  $$VALUES (2::float8, 6::float8, NULL::float8)$$, 'a meter without an export counter exports NULL');
SELECT is((SELECT count(*)::int FROM flux.get_meter_readings_30m('2024-01-01Z', '2024-01-01 02:00Z', ARRAY[pg_temp.d(1)])), 5, 'both ends of the range are in it');
SELECT is((SELECT count(DISTINCT device_id)::int FROM flux.get_meter_readings_30m('2024-01-01Z', '2024-01-02Z')), 3, 'without devices all of them');
SELECT is_empty($$SELECT * FROM flux.get_meter_readings_30m(device_ids => ARRAY[pg_temp.d(1)])$$, 'without a range the last 24 hours');
-- The answer for a period does not depend on the range.
CREATE TEMP TABLE wide AS SELECT * FROM flux.get_meter_readings_30m('2023-12-31Z', '2024-01-02Z');
SELECT is_empty($$SELECT w.time_b, w.device_id, w.energy_imported_active_delta, n.energy_imported_active_delta FROM wide w
  CROSS JOIN LATERAL flux.get_meter_readings_30m(w.time_b, w.time_b, ARRAY[w.device_id]) n WHERE w IS DISTINCT FROM n$$,
  'each period asked for alone is the same as in a wide range');
SELECT is_empty($$SELECT a.time_b FROM wide a JOIN flux.get_meter_readings_30m('2024-01-01 01:10Z', '2024-01-01 03:20Z') b USING (time_b, device_id)
  WHERE a.energy_imported_active_delta IS DISTINCT FROM b.energy_imported_active_delta$$, 'and in a range that begins inside a period');
INSERT INTO flux.mg_meter_readings ("time", device_id, energy_imported_active) VALUES
  ('2024-02-01 00:00Z', pg_temp.d(4), 0), ('2024-02-02 00:00Z', pg_temp.d(4), 48), ('2024-02-03 00:10Z', pg_temp.d(4), 96), ('2024-02-05 00:00Z', pg_temp.d(4), 200);
SELECT results_eq($$SELECT time_b, round(energy_imported_active_delta::numeric, 9) FROM flux.get_meter_readings_30m('2024-02-01Z', '2024-02-06Z', ARRAY[pg_temp.d(4)]) ORDER BY 1$$,
  $$VALUES ('2024-02-01Z'::timestamptz, 1::numeric), ('2024-02-02Z', round(48.0 / 1450 * 30, 9)), ('2024-02-03Z', round(48 - 48 * 1440.0 / 1450, 9)), ('2024-02-05Z', 0)$$,
  'a neighbour is found a day away, and none is looked for further');
SELECT is((SELECT round(sum(energy_imported_active_delta)::numeric, 9) FROM wide WHERE device_id = pg_temp.d(3)), (44 + 74)::numeric(20, 9),
  'unordered readings with a restart and a gap add up');
SELECT throws_ok(format($$INSERT INTO flux.mg_meter_readings ("time", device_id) VALUES ('2024-01-01Z', %L)$$, pg_temp.d(2)), '23505', NULL, 'a second reading of a meter and time is refused');
SELECT throws_ok(format($$INSERT INTO flux.mg_bess_readings ("time", device_id) SELECT '2024-01-01Z', %L FROM generate_series(1, 2)$$, pg_temp.d(2)), '23505', NULL, 'and of a battery');
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active) VALUES ('2024-01-01 00:02:20Z', pg_temp.d(2), 100);
SELECT is((SELECT power_total_active_avg FROM flux.mg_meter_readings_5m_intermediate WHERE device_id = pg_temp.d(2) AND time_b = '2024-01-01Z'), 51::float8, 'a late reading is in the roll-ups');
-- A local day is 46, 48 or 50 half hours.
INSERT INTO flux.mg_meter_readings ("time", device_id, energy_imported_active)
SELECT t, pg_temp.d(5), 1 FROM unnest(ARRAY['2024-03-31', '2024-10-27', '2024-07-01']) day,
  generate_series((day || ' 00:00 Europe/London')::timestamptz, ((day::date + 1) || ' 00:00 Europe/London')::timestamptz - interval '1 minute', interval '15 minutes') t;
SELECT results_eq($$SELECT (time_b AT TIME ZONE 'Europe/London')::date, count(*)::int FROM flux.mg_meter_readings_30m_intermediate WHERE device_id = pg_temp.d(5) GROUP BY 1 ORDER BY 1$$,
  $$VALUES ('2024-03-31'::date, 46), ('2024-07-01', 48), ('2024-10-27', 50)$$, 'the days of the clock changes have 46 and 50 settlement periods');
SET LOCAL search_path = pg_temp;
CREATE TEMP TABLE apart AS SELECT * FROM flux.get_meter_readings_30m('2024-01-01Z', '2024-01-01Z');
RESET search_path;
SELECT is((SELECT count(energy_imported_active_delta)::int FROM apart), 3, 'the caller''s search_path changes nothing');
SELECT * FROM finish();
ROLLBACK;
