-- What each role can do, and what it can not.
BEGIN;
SELECT plan(90);
CREATE ROLE flux_test_upstream;
GRANT USAGE ON SCHEMA flux TO flux_test_upstream;
GRANT EXECUTE ON FUNCTION flux.insert_market_data_batch TO flux_test_upstream;
GRANT SELECT, INSERT ON flux.market_data TO flux_test_upstream;
GRANT flux_test_upstream, flux_collector, flux_reader, flux_telemetry, flux_owner, flux_rollups TO CURRENT_USER;

SET ROLE flux_collector;
SELECT lives_ok($$SELECT flux.insert_market_data_batch('{"(2024-01-01Z,3,1)"}', '2024-06-01Z')$$, 'flux_collector loads');
SELECT lives_ok($$SELECT * FROM flux_ops.record_coverage('f', '{2024-01-01Z}', '{2024-01-02Z}', '{2024-06-01Z}', '{1}', '{1}', '{0}', '{0}', '{0}', '{NULL}', 's')$$, 'flux_collector notes coverage');
SELECT lives_ok($$SELECT flux_ops.record_rejects('f', now(), '[{"place": "p", "time": null, "field": "f", "value": "v", "reason": "r"}]')$$, 'flux_collector keeps rejects');
SELECT lives_ok($$SELECT flux_ops.record_flags('f', now(), '[{"type": 3, "time": "2024-01-01Z", "value": 1, "reason": "r"}]')$$, 'flux_collector keeps flags');
SELECT lives_ok($$INSERT INTO flux_ops.feed_state (feed, last_attempt_at) VALUES ('f', now()) ON CONFLICT (feed) DO UPDATE SET last_attempt_at = excluded.last_attempt_at$$, 'flux_collector notes how a feed fares');
SELECT lives_ok($$SELECT flux.add_signal('own', 'MW', 'mine')$$, 'flux_collector registers a signal');
SELECT lives_ok('SELECT FROM ' || v, 'flux_collector reads ' || v) FROM unnest(ARRAY['flux.market_data', 'flux.market_data_current', 'flux.market_data_latest', 'flux.market_data_revisions', 'flux.coverage', 'flux.updates', 'flux.loads', 'flux.feed_signal', 'flux.market_data_as_of(now(), now(), now())']) v;
SELECT throws_ok(s, '42501', NULL, 'flux_collector can not: ' || s) FROM unnest(ARRAY[
  'UPDATE flux.market_data SET value = 0', 'DELETE FROM flux.market_data', 'TRUNCATE flux.market_data', 'UPDATE flux.market_data_types SET unit = NULL',
  'DELETE FROM flux_ops.coverage', 'INSERT INTO flux_ops.load (observed_at, source, types, first_times, last_times, received, inserted, revised) VALUES (now(), '''', ''{}'', ''{}'', ''{}'', ''{}'', ''{}'', ''{}'')',
  'CREATE TABLE flux.mine ()', 'SELECT flux_ops.insert_by_key(''{}'', now(), NULL)']) s;

SET ROLE flux_reader;
SELECT lives_ok('SELECT FROM ' || v, 'flux_reader reads ' || v) FROM unnest(ARRAY['flux.market_data_types', 'flux.market_data', 'flux.market_data_current', 'flux.market_data_latest', 'flux.market_data_revisions', 'flux.coverage', 'flux.updates', 'flux.loads', 'flux.feed_signal', 'flux.market_data_as_of(now(), now(), now())']) v;
SELECT throws_ok(s, '42501', NULL, 'flux_reader can not: ' || s) FROM unnest(ARRAY[
  $$SELECT flux.insert_market_data_batch('{"(2024-01-01Z,3,2)"}')$$, $$INSERT INTO flux.market_data (time, type, value) VALUES (now(), 3, 1)$$,
  'DELETE FROM flux.market_data', 'SELECT FROM flux_ops.load', $$SELECT flux.add_signal('mine', 'MW')$$]) s;

SELECT lives_ok('SELECT FROM ' || v, 'flux_reader reads ' || v) FROM unnest(ARRAY['flux.mg_meter_readings', 'flux.mg_bess_readings', 'flux.mg_device_registry', 'flux.mg_meter_readings_5m_intermediate', 'flux.get_meter_readings_30m()', 'flux.signal_at(1, now())', 'flux.get_bess_readings_with_signal(1)']) v;
SELECT throws_ok(s, '42501', NULL, 'flux_reader can not: ' || s) FROM unnest(ARRAY[
  'INSERT INTO flux.mg_meter_readings ("time", device_id) VALUES (now(), gen_random_uuid())', 'SELECT FROM flux_ops.policy', 'CALL flux.refresh_rollups(now() - interval ''1 day'', now())']) s;

SET ROLE flux_telemetry;
SELECT lives_ok(s, 'flux_telemetry does: ' || s) FROM unnest(ARRAY[
  'INSERT INTO flux.mg_meter_readings ("time", device_id, energy_imported_active) VALUES (now(), gen_random_uuid(), 1) ON CONFLICT DO NOTHING',
  'INSERT INTO flux.mg_bess_readings ("time", device_id) VALUES (now(), gen_random_uuid())',
  'SELECT FROM flux.mg_meter_readings', 'SELECT * FROM flux.mg_meter_readings_30m_intermediate', 'SELECT * FROM flux.get_meter_readings_30m()']) s;
SELECT throws_ok(s, '42501', NULL, 'flux_telemetry can not: ' || s) FROM unnest(ARRAY[
  'UPDATE flux.mg_meter_readings SET frequency = 0', 'DELETE FROM flux.mg_bess_readings', 'TRUNCATE flux.mg_meter_readings',
  'INSERT INTO flux.mg_device_registry (name, type, site) VALUES ('''', '''', '''')', 'SELECT FROM flux.market_data', 'SELECT flux_ops.set_policy(''readings.keep'', ''1 day'')']) s;

SET ROLE flux_owner;
SELECT lives_ok(s, 'flux_owner does: ' || s) FROM unnest(ARRAY[
  'INSERT INTO flux.mg_device_registry (name, type, site) VALUES (''m'', ''meter'', ''WLCE'')', 'SELECT flux_ops.set_policy(''readings.keep'', ''90 days'')',
  'SELECT * FROM flux_ops.policies()', 'SELECT * FROM flux_ops.maintain()']) s;
SELECT throws_ok(s, '42501', NULL, 'flux_owner can not: ' || s) FROM unnest(ARRAY['DELETE FROM flux.market_data', 'DROP TABLE flux.mg_meter_readings', 'UPDATE flux_ops.policy SET kept_from = NULL', 'SELECT flux_ops.apply_policies()',
  'ALTER VIEW flux.market_data_current SET (security_barrier)', 'CREATE TABLE flux.mine ()']) s;

-- Whose the kept roll-ups are, that flux_owner may refresh them: nobody's login, and nothing beside.
SET ROLE flux_rollups;
SELECT lives_ok('SELECT FROM flux.mg_meter_readings', 'flux_rollups reads what the roll-ups are computed from');
SELECT throws_ok(s, '42501', NULL, 'flux_rollups can not: ' || s) FROM unnest(ARRAY[
  'INSERT INTO flux.mg_meter_readings ("time", device_id) VALUES (now(), gen_random_uuid())', 'DELETE FROM flux.mg_meter_readings',
  'SELECT FROM flux.mg_bess_readings', 'SELECT FROM flux.market_data', 'SELECT FROM flux_ops.policy', 'CREATE TABLE flux.mine ()']) s;
RESET ROLE;
SELECT is((SELECT (rolconnlimit, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)::text FROM pg_roles WHERE rolname = 'flux_rollups'), '(0,f)', 'nor connects');
SELECT is((SELECT string_agg(m.member::regrole::text, ', ') FROM pg_auth_members m WHERE m.roleid = 'flux_rollups'::regrole AND m.member <> CURRENT_USER::regrole),
  'flux_owner', 'flux_owner alone belongs to it');
SELECT is_empty($$SELECT oid::regclass FROM pg_class WHERE relowner = 'flux_rollups'::regrole AND relnamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace)
  AND relname NOT IN ('mg_meter_readings_5m_intermediate', 'mg_meter_readings_30m_intermediate')$$, 'it owns the roll-ups and nothing else');
SELECT throws_ok('CALL flux.refresh_rollups(''2024-01-01Z'', ''2024-01-02Z'')', '42501', NULL, r || ' can not refresh the roll-ups')
FROM unnest(ARRAY['flux_reader', 'flux_collector', 'flux_telemetry']) r WHERE set_config('role', r, true) = r;
SET ROLE flux_owner;

SET ROLE flux_test_upstream;
SELECT lives_ok($$SELECT flux.insert_market_data_batch('{"(2024-01-02Z,3,1)"}')$$, 'a role with EXECUTE, SELECT and INSERT alone loads, as upstream''s callers do');
SELECT throws_ok('SELECT FROM flux_ops.load', '42501', NULL, 'and sees nothing of the program''s records');
RESET ROLE;
SELECT is((SELECT count(*)::int FROM flux_ops.load), 2, 'whose load is told of all the same');

CREATE SCHEMA evil;
CREATE TABLE evil.market_data_types (id integer);
SET search_path = evil, public;
CREATE FUNCTION evil.isfinite(timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT 1 / 0 = 0';
CREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$SELECT '-infinity'::timestamptz$$;
SELECT lives_ok($$SELECT flux.insert_market_data_batch('{"(2024-01-03Z,3,1)"}')$$, 'the caller''s search_path changes nothing');
RESET search_path;
SELECT is(age('2024-01-03Z'::timestamptz, max(time)), '0'::interval, 'and the row is there') FROM flux.market_data WHERE time < '2024-02-01Z';
SELECT is_empty($$SELECT rolname FROM pg_roles WHERE rolname IN ('flux_collector', 'flux_reader', 'flux_telemetry', 'flux_owner') AND (rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb)$$, 'the roles are nobody''s login');
SELECT ok(NOT has_schema_privilege('flux_reader', 'flux_ops', 'USAGE'), 'flux_reader can not use flux_ops');
SELECT ok(NOT has_schema_privilege('flux_collector', 'flux_ops', 'CREATE'), 'flux_collector creates nothing there');
SELECT * FROM finish();
ROLLBACK;
