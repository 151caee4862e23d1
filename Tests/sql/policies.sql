-- How long what is kept, and how: the settings, and what each engine makes of them.
BEGIN;
SELECT plan(28);
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS ts \gset
CREATE FUNCTION pg_temp.setting(wanted text) RETURNS text LANGUAGE sql AS $$ SELECT value FROM flux_ops.policies() WHERE name = wanted $$;
SELECT bag_eq($$SELECT name, value FROM flux_ops.policies()$$,
  $$VALUES ('market_data.chunk', '365 days'), ('market_data.compress_after', 'never'), ('market_data.keep', 'never'),
    ('mg_bess_readings.chunk', '7 days'), ('mg_bess_readings.compress_after', '7 days'), ('mg_bess_readings.keep', 'never'),
    ('mg_meter_readings.chunk', '7 days'), ('mg_meter_readings.compress_after', '7 days'), ('mg_meter_readings.keep', 'never')$$,
  'as deployed readings are compressed after a week and nothing is ever dropped');
SELECT lives_ok($$SELECT flux_ops.set_policy('readings.keep', '2 years')$$, 'one call says how long readings are kept');
SELECT is(pg_temp.setting('mg_meter_readings.keep') || ', ' || pg_temp.setting('mg_bess_readings.keep'), '2 years, 2 years', 'those of meters and batteries');
SELECT is(pg_temp.setting('market_data.keep'), 'never', 'market data stays');
SELECT throws_ok(format('SELECT flux_ops.set_policy(%L, %L)', n, v), '22023', NULL, format('%s = %s is refused', n, v))
FROM (VALUES ('readings.kept', '1 day'), ('readings', '1 day'), ('weather.keep', '1 day'), ('readings.keep', 'a while'), ('readings.keep', '1 hour'), ('readings.chunk', 'never'), ('readings.keep.now', '1 day')) v(n, v);
SELECT ok(flux_ops.refresh_from() BETWEEN now() - interval '2 years' AND now() - interval '2 years' + interval '2 hours', 'a refresh begins inside what is kept');
SELECT flux_ops.set_policy('mg_meter_readings.keep', '30 days') \g /dev/null
SELECT flux_ops.set_policy('mg_meter_readings.keep', 'never') \g /dev/null
SELECT is(pg_temp.setting('mg_meter_readings.keep'), 'never', 'never turns it off');
SELECT is(flux_ops.refresh_from(), NULL, 'and as nothing had gone by then everything is rolled up');
UPDATE flux_ops.policy SET kept_from = now() - interval '20 days' WHERE relation = 'mg_meter_readings';
SELECT is(flux_ops.refresh_from(), now() - interval '20 days', 'but what has gone is not forgotten');
SELECT flux_ops.set_policy('mg_meter_readings.keep', '60 days') \g /dev/null
\if :ts
SELECT results_eq($$SELECT hypertable_name::text COLLATE "default", proc_name::text COLLATE "default" FROM timescaledb_information.jobs WHERE hypertable_schema = 'flux' AND proc_name <> 'policy_refresh_continuous_aggregate' OR proc_schema = 'flux_ops' ORDER BY 1, 2$$,
  $$VALUES ('mg_bess_readings', 'policy_compression'), ('mg_bess_readings', 'policy_retention'), ('mg_meter_readings', 'policy_compression'), (NULL, 'retire_readings')$$,
  'TimescaleDB has a job for each setting');
SELECT ok(bool_and((config ->> 'start_offset')::interval < interval '60 days'), 'the roll-ups'' jobs begin inside what is kept') FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate';
UPDATE flux_ops.policy SET kept_from = NULL, keep = NULL;
SELECT flux_ops.set_policy('readings.compress_after', 'never') \g /dev/null
SELECT is((SELECT count(*)::int FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate' AND config ->> 'start_offset' IS NULL), 2, 'where nothing is dropped they begin at the beginning');
SELECT is((SELECT count(*)::int FROM timescaledb_information.jobs WHERE proc_name IN ('policy_compression', 'policy_retention') AND hypertable_schema = 'flux' OR proc_schema = 'flux_ops'), 0, 'a setting turned off takes its job away');
SELECT is((SELECT segmentby || ' by ' || orderby FROM timescaledb_information.hypertable_compression_settings WHERE hypertable = 'flux.mg_meter_readings'::regclass), 'device_id by "time"', 'readings are compressed by device, in order of time');
SELECT is(current_setting('timescaledb.compression_batch_size_limit'), '8000', 'a batch at a time of a day''s readings every ten seconds');
SELECT flux_ops.set_policy('readings.chunk', '1 day') \g /dev/null
SELECT is((SELECT array_agg(DISTINCT time_interval) FROM timescaledb_information.dimensions WHERE hypertable_schema = 'flux' AND hypertable_name LIKE 'mg\_%readings'), ARRAY[interval '1 day'], 'the length of chunks is a setting');
SELECT is((SELECT string_agg(says, '; ') FROM flux_ops.maintain() WHERE deleted > 0), NULL, 'there is nothing to maintain by hand');
SELECT matches(pg_get_functiondef('flux_ops.roll_up'::regproc), 'refresh_continuous_aggregate.*refresh_continuous_aggregate', 'refresh_rollups refreshes both');
SELECT is((SELECT count(*)::int FROM timescaledb_information.continuous_aggregates WHERE view_schema = 'flux' AND NOT materialized_only), 2, 'both roll-ups are continuous aggregates that show the newest readings too');
\else
INSERT INTO flux.mg_meter_readings ("time", device_id) SELECT now() - n * interval '1 day', gen_random_uuid() FROM generate_series(0, 99) n;
INSERT INTO flux.market_data ("time", type, value) VALUES ('1999-01-01Z', 3, 1);
SELECT results_eq($$SELECT deleted, more FROM flux_ops.maintain(25) WHERE relation = 'mg_meter_readings'$$, $$VALUES (25::bigint, true)$$, 'maintain deletes a batch, and says that there is more');
SELECT ok(min("time") > now() - interval '75 days', 'the oldest first') FROM flux.mg_meter_readings;
SELECT results_eq($$SELECT deleted, more FROM flux_ops.maintain(25) WHERE relation = 'mg_meter_readings'$$, $$VALUES (14::bigint, false)$$, 'then the rest');
SELECT is((SELECT count(*)::int FROM flux.mg_meter_readings WHERE "time" >= now() - interval '60 days'), 61, 'what is to be kept is kept');
SELECT is((SELECT count(*)::int FROM flux.market_data WHERE "time" = '1999-01-01Z'), 1, 'market data too');
SELECT matches(string_agg(says, ' '), 'roll-ups are views here.*does not compress', 'and it says what this engine does not do') FROM flux_ops.maintain();
SELECT is((SELECT count(*)::int FROM pg_db_role_setting, unnest(setconfig) c WHERE c ~ 'timescaledb'), 0, 'and nothing is set that only TimescaleDB reads');
SELECT throws_ok('SELECT flux_ops.maintain(0)', '22023', NULL, 'a batch of none is refused');
SELECT lives_ok('CALL flux.refresh_rollups(''2024-01-01Z'', NULL)', 'to refresh is nothing to do');
SELECT throws_ok('CALL flux.refresh_rollups(''2024-01-02Z'', ''2024-01-01Z'')', '22023', NULL, 'but not backwards');
\endif
SELECT bag_eq('SELECT name FROM flux_ops.self_test()', CASE WHEN :'ts' THEN $$VALUES ('newest revision'), ('revision as of an instant'), ('signal in force'), ('DISTINCT ON over compressed chunks')$$
  ELSE $$VALUES ('newest revision'), ('revision as of an instant'), ('signal in force')$$ END, 'the self-test tries every reader');
SELECT is_empty('SELECT flux_ops.conversion_due()', 'nothing waits to be converted');
CREATE SCHEMA late_kit;
CREATE FUNCTION late_kit.counter_agg_add(float8, timestamptz, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $3';
CREATE AGGREGATE late_kit.counter_agg(timestamptz, float8) (sfunc = late_kit.counter_agg_add, stype = float8);
CREATE FUNCTION late_kit.interpolated_delta(float8, timestamptz, interval, float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1';
SELECT matches((SELECT string_agg(d, ' ') FROM flux_ops.conversion_due() d), 'Toolkit is here', 'a toolkit that comes later is told of');
SELECT * FROM finish();
ROLLBACK;
