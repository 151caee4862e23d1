-- Continuous aggregates against the readings: late ones, and retention. A refresh is no part of a transaction, so this
-- test has none and cleans up after itself; its times are of its own.
\set ON_ERROR_STOP 1
SET client_min_messages = 'warning';
SELECT plan(11);
SELECT flux_ops.timescaledb_schema() IS NOT NULL AS continuous \gset
CREATE TEMP VIEW wanted AS SELECT date_bin('30 minutes', time, '2000-01-03Z') AS time_b, device_id, avg(power_total_active) AS power,
  flux_ops.timescaledb_schema() IS NOT NULL AS continuous FROM flux.mg_meter_readings GROUP BY 1, 2;
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, energy_imported_active)
SELECT t, '00000000-0000-0000-0000-00000000aaaa', date_part('epoch', t)::bigint / 60 % 100, date_part('epoch', t - '2024-01-01Z') / 60
FROM generate_series('2024-01-01Z'::timestamptz, '2024-01-31Z', interval '1 minute') t ORDER BY hashtext(t::text);
CREATE TEMP TABLE before AS SELECT * FROM flux.get_meter_readings_30m('2024-01-01Z', '2024-02-01Z');
-- As the role that may: TimescaleDB asks whose the roll-ups are.
SET ROLE flux_owner;
CALL flux.refresh_rollups('2024-01-01Z', '2024-02-01Z');
RESET ROLE;
\if :continuous
SELECT is((SELECT count(*)::int FROM timescaledb_information.continuous_aggregates c CROSS JOIN LATERAL (
  SELECT (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I.%I', c.materialization_hypertable_schema, c.materialization_hypertable_name), false, true, '')))[1]::text::int AS rows) m
  WHERE c.view_schema = 'flux' AND m.rows > 1440), 2, 'a refresh keeps the roll-ups');
SELECT bag_eq('SELECT * FROM flux.get_meter_readings_30m(''2024-01-01Z'', ''2024-02-01Z'')', 'SELECT * FROM before', 'kept or computed, the numbers are the same');
-- Their counters roll up further, in a continuous aggregate of one.
SELECT coalesce(flux_ops.toolkit_schema(), 'flux') AS counters \gset
CREATE MATERIALIZED VIEW public.flux_test_days WITH (timescaledb.continuous) AS
SELECT public.time_bucket('1 day', time_b) AS day, device_id, :"counters".rollup(energy_imported_active_counter_agg) AS counter
FROM flux.mg_meter_readings_5m_intermediate GROUP BY 1, 2 WITH NO DATA;
CALL public.refresh_continuous_aggregate('public.flux_test_days', '2024-01-01Z', '2024-01-31Z');
SELECT is(count(*)::int, 30, 'a roll-up of a roll-up keeps its days') FROM public.flux_test_days;
SELECT is_empty(format('SELECT d.day FROM public.flux_test_days d JOIN (
    SELECT date_bin(''1 day'', "time", ''2000-01-03Z'') AS day, %1$I.counter_agg("time", energy_imported_active ORDER BY "time") AS counter
    FROM flux.mg_meter_readings GROUP BY 1) r USING (day) WHERE d.counter IS DISTINCT FROM r.counter', :'counters'), 'and its counters are those of the readings');
DROP MATERIALIZED VIEW public.flux_test_days;
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active) VALUES ('2024-01-02 00:00:30Z', '00000000-0000-0000-0000-00000000aaaa', 1000000);
CALL flux.refresh_rollups('2024-01-02 00:10Z', '2024-01-02 00:11Z');
SELECT ok(power_total_active_avg > 30000, 'a late reading is seen after refreshing its half hour') FROM flux.mg_meter_readings_30m_intermediate WHERE time_b = '2024-01-02Z';
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active) VALUES ('2024-01-03 00:00:30Z', '00000000-0000-0000-0000-00000000aaaa', 1000000);
SELECT format('CALL public.run_job(%s)', job_id) FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate' ORDER BY job_id \gexec
SELECT ok(power_total_active_avg > 30000, 'or when the policy runs, however late it is') FROM flux.mg_meter_readings_30m_intermediate WHERE time_b = '2024-01-03Z';
SELECT count(public.compress_chunk(c)) AS compressed FROM public.show_chunks('flux.mg_meter_readings') c \gset
INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active) VALUES ('2024-01-04 00:00:30Z', '00000000-0000-0000-0000-00000000aaaa', 1000000);
SELECT throws_ok('INSERT INTO flux.mg_meter_readings ("time", device_id) VALUES (''2024-01-04 00:01Z'', ''00000000-0000-0000-0000-00000000aaaa'')', '23505', NULL, 'a compressed chunk still refuses a second reading of a time');
CALL flux.refresh_rollups('2024-01-01Z', '2024-02-01Z');
SELECT is((SELECT count(*)::int FROM wanted w JOIN flux.mg_meter_readings_30m_intermediate v USING (time_b, device_id) WHERE abs(w.power - v.power_total_active_avg) < 1e-9 * abs(w.power)),
  1441, 'a late reading in a compressed chunk is seen, and every half hour is that of the readings');
-- Retention: the roll-ups of dropped readings stay, whatever is refreshed.
SELECT flux_ops.set_policy('mg_meter_readings.keep', '365 days') \g /dev/null
SELECT format('CALL public.run_job(%s)', job_id) FROM timescaledb_information.jobs WHERE proc_name = 'retire_readings' ORDER BY job_id \gexec
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings), 0, 'retention drops old readings');
CALL flux.refresh_rollups(NULL, NULL);
CALL flux.refresh_rollups('2024-01-01Z', '2024-02-01Z');
SELECT format('CALL public.run_job(%s)', job_id) FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate' ORDER BY job_id \gexec
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings_30m_intermediate), 1441, 'their roll-ups stay, though policies run and ranges are refreshed');
SELECT flux_ops.set_policy('mg_meter_readings.keep', 'never') \g /dev/null
CALL flux.refresh_rollups(NULL, NULL);
SELECT format('CALL public.run_job(%s)', job_id) FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate' ORDER BY job_id \gexec
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings_30m_intermediate), 1441, 'also after retention is turned off again');
UPDATE flux_ops.policy SET kept_from = NULL;
SELECT flux_ops.apply_policies() \g /dev/null
CALL flux.refresh_rollups(NULL, NULL);
\else
SELECT bag_eq('SELECT time_b, power_total_active_avg FROM flux.mg_meter_readings_30m_intermediate', 'SELECT time_b, power FROM wanted', 'views are always those of the readings');
SELECT skip('nothing is kept where the roll-ups are views', 10);
DELETE FROM flux.mg_meter_readings;
\endif
SELECT * FROM finish();
