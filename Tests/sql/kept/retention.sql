-- What goes leaves its roll-ups behind, whenever it is said that it goes. A refresh is no part of a transaction, so this
-- test has none and cleans up after itself; its times are of its own.
\set ON_ERROR_STOP 1
SET client_min_messages = 'warning';
SELECT plan(12);
SELECT flux_ops.timescaledb_schema() IS NOT NULL AS continuous \gset
\if :continuous
CREATE FUNCTION pg_temp.jobs(name text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT format('CALL public.run_job(%s)', job_id) FROM timescaledb_information.jobs WHERE proc_name = name ORDER BY job_id $$;
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, energy_imported_active)
SELECT t, '00000000-0000-0000-0000-00000000bbbb'::uuid, date_part('epoch', t)::bigint / 600 % 100, date_part('epoch', t - '2023-01-01Z') / 600
FROM generate_series('2023-01-01Z'::timestamptz, '2023-02-28 23:50Z', interval '10 minutes') t
UNION ALL
SELECT now() - n * interval '10 minutes', '00000000-0000-0000-0000-00000000bbbb', 1, 10000 + n FROM generate_series(60, 500) n;
CREATE TEMP TABLE wanted AS SELECT date_bin('30 minutes', "time", '2000-01-03Z') AS time_b, avg(power_total_active) AS power FROM flux.mg_meter_readings GROUP BY 1;
CREATE TEMP VIEW halves AS SELECT time_b, power_total_active_avg AS power FROM flux.mg_meter_readings_30m_intermediate;
-- Before anything was ever refreshed it is said that a year is kept.
SELECT flux_ops.set_policy('mg_meter_readings.keep', '365 days') \g /dev/null
SELECT throws_ok('CALL flux_ops.retire_readings()', NULL, NULL, 'where they cannot be rolled up');
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings WHERE "time" < now() - interval '400 days'), 8496, 'no readings go');
SELECT pg_temp.jobs('policy_refresh_continuous_aggregate') \gexec
CALL flux.refresh_rollups(NULL, NULL);
SELECT pg_temp.jobs('policy_retention') \gexec
SELECT pg_temp.jobs('retire_readings') \gexec
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings WHERE "time" < now() - interval '400 days'), 0, 'a keep that is set before the first refresh drops what is older');
SELECT bag_eq('SELECT * FROM halves', 'SELECT * FROM wanted', 'and every half hour of it is in the roll-ups all the same');
SELECT is((SELECT kept_from FROM flux_ops.policy WHERE relation = 'mg_meter_readings') BETWEEN '2023-03-01Z' AND '2023-03-08Z', true, 'what has gone is known by the chunks that have');

-- Late beyond the keep: seen while its neighbours have not gone, and never the cause of a roll-up's going.
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active) VALUES
  ('2023-01-15 00:05:30Z', '00000000-0000-0000-0000-00000000bbbb', 1e6), ('2023-06-15 00:05:30Z', '00000000-0000-0000-0000-00000000bbbb', 7);
SELECT pg_temp.jobs('retire_readings') \gexec
SELECT pg_temp.jobs('policy_refresh_continuous_aggregate') \gexec
SELECT is((SELECT power FROM halves WHERE time_b = '2023-01-15Z'), (SELECT power FROM wanted WHERE time_b = '2023-01-15Z'), 'a reading of a time that has gone changes no roll-up');
SELECT is((SELECT power FROM halves WHERE time_b = '2023-06-15Z'), 7::float8, 'one that is past its keep only is rolled up');
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings WHERE "time" < now() - interval '400 days'), 0, 'and both go');

-- With no keep any more late readings of any age are seen, but for what has gone.
SELECT flux_ops.set_policy('mg_meter_readings.keep', 'never') \g /dev/null
SELECT ok(flux_ops.refresh_from() BETWEEN '2023-06-15Z' AND '2023-06-23Z', 'a refresh begins after what has gone');
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active) VALUES ('2023-09-15 00:05:30Z', '00000000-0000-0000-0000-00000000bbbb', 9);
SELECT count(a.job_id) AS narrowed FROM timescaledb_information.jobs j,
  LATERAL public.alter_job(j.job_id, config => jsonb_set(j.config, '{start_offset}', '"30 days"')) a WHERE j.proc_name = 'policy_refresh_continuous_aggregate' \gset
SELECT pg_temp.jobs('policy_refresh_continuous_aggregate') \gexec
SELECT pg_temp.jobs('retire_readings') \gexec
SELECT is((SELECT power FROM halves WHERE time_b = '2023-09-15Z'), 9::float8, 'also one older than the refresh policies look by then');
SELECT is((SELECT count(*)::int FROM halves WHERE time_b < '2023-03-01Z'), (SELECT count(*)::int FROM wanted WHERE time_b < '2023-03-01Z'), 'and the roll-ups of what has gone are still there');
DELETE FROM flux.mg_meter_readings;
UPDATE flux_ops.policy SET kept_from = NULL;
SELECT flux_ops.apply_policies() \g /dev/null
CALL flux.refresh_rollups(NULL, NULL);
SELECT is((SELECT count(*)::int FROM halves WHERE time_b < date_bin('30 minutes', now(), '2000-01-03Z')), 0, 'nothing is left');
\else
SELECT skip('nothing is kept where the roll-ups are views', 12);
\endif
SELECT * FROM finish();
