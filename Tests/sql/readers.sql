-- The ways out.
BEGIN;
SELECT plan(22);
DO $$ BEGIN
  PERFORM flux.insert_market_data_batch('{"(2024-01-01Z,3,1)","(2024-01-01 00:30Z,3,2)","(2024-01-01Z,2,9)","(2999-01-01Z,3,7)"}', '2024-06-01Z');
  PERFORM flux.insert_market_data_batch('{"(2024-01-01Z,3,4)"}', '2024-06-02Z');
  PERFORM flux.insert_market_data_batch('{"(2024-01-01Z,3,1)"}', '2024-06-03Z');
END $$;
SELECT results_eq($$SELECT time, type, value FROM flux.market_data_current WHERE type = 3 AND time < '2025-01-01Z' ORDER BY time$$,
  $$VALUES ('2024-01-01Z'::timestamptz, 3, 1::real), ('2024-01-01 00:30Z', 3, 2)$$, 'current is the newest revision');
SELECT results_eq($$SELECT value, created_at FROM flux.market_data_as_of('2024-06-02 12:00Z', '2024-01-01Z', '2024-01-01 00:30Z', '{3}')$$,
  $$VALUES (4::real, '2024-06-02Z'::timestamptz)$$, 'as of an instant the revision known then');
SELECT is((SELECT value FROM flux.market_data_as_of('2024-06-02Z', '2024-01-01Z', '2024-01-01 00:30Z', '{3}')), 4::real, 'observed at that very instant counts');
SELECT is((SELECT value FROM flux.market_data_as_of('2024-06-01 23:59:59.999999Z', '2024-01-01Z', '2024-01-01 00:30Z', '{3}')), 1::real, 'a microsecond before does not');
SELECT is((SELECT count(*)::int FROM flux.market_data_as_of('2024-06-04Z', '2024-01-01Z', '2024-01-01 00:30Z')), 2, 'without types all signals, each key once, the end excluded');
SELECT is_empty($$SELECT * FROM flux.market_data_as_of('2024-05-01Z', '-infinity', 'infinity')$$, 'before anything was known there is nothing');
SELECT results_eq($$SELECT time, value FROM flux.market_data_as_of_lead('-3660 hours', '2024-01-01Z', '2024-01-01 01:00Z', '{3}') ORDER BY time$$,
  $$VALUES ('2024-01-01Z'::timestamptz, 1::real), ('2024-01-01 00:30Z', 2)$$, 'as of a lead each value as it was known so long before its own time, or after it');
SELECT is((SELECT value FROM flux.market_data_as_of_lead('-3672 hours', '2024-01-01Z', '2024-01-01 00:30Z', '{3}')), 4::real, 'observed at that very instant counts');
SELECT is((SELECT value FROM flux.market_data_as_of_lead('-3672 hours +0.000001 seconds', '2024-01-01Z', '2024-01-01 00:30Z', '{3}')), 1::real, 'a microsecond before does not');
SELECT is_empty($$SELECT * FROM flux.market_data_as_of_lead('20 minutes', '-infinity', 'infinity', '{3}') WHERE time < '2025-01-01Z'$$, 'what came after its time was not known before it');
SELECT is((SELECT count(*)::int FROM flux.market_data_as_of_lead('20 minutes', '-infinity', 'infinity')), 1, 'without types all signals');
SELECT results_eq($$SELECT revision, value, created_at, previous_value, previous_created_at FROM flux.market_data_revisions WHERE type = 3 AND time = '2024-01-01Z' ORDER BY created_at$$,
  $$VALUES (1::bigint, 1::real, '2024-06-01Z'::timestamptz, NULL::real, NULL::timestamptz), (2, 4, '2024-06-02Z', 1, '2024-06-01Z'), (3, 1, '2024-06-03Z', 4, '2024-06-02Z')$$,
  'revisions have their predecessors');
INSERT INTO flux.market_data (time, type, value, created_at) VALUES ('2024-01-01Z', 3, 4, '2024-06-02 01:00Z'), ('2024-01-01Z', 3, 4, '2024-06-02Z');
SELECT results_eq($$SELECT value, previous_value, previous_created_at FROM flux.market_data_revisions WHERE type = 3 AND time = '2024-01-01Z' ORDER BY created_at$$,
  $$VALUES (1::real, NULL::real, NULL::timestamptz), (4, 1, '2024-06-01Z'), (1, 4, '2024-06-02Z')$$, 'equal neighbours are one, and the predecessor is the oldest of them');
SELECT results_eq($$SELECT name, unit, time, value, observed_at, age = now() - time FROM flux.market_data_latest WHERE type = 3$$,
  $$VALUES ('imbalance_price', '£/MWh', '2024-01-01 00:30Z'::timestamptz, 2::real, '2024-06-01Z'::timestamptz, true)$$, 'latest is the newest value at or before now');
SELECT is((SELECT count(*)::int FROM flux.market_data_latest), (SELECT count(*)::int FROM flux.market_data_types), 'a row a signal');
SELECT is((SELECT count(*)::int FROM flux.updates), 4, 'updates has a row for each signal of each batch');
SELECT results_eq('SELECT id FROM flux.updates', 'SELECT id FROM flux.updates ORDER BY xid, id, type', 'in order');
SELECT is((SELECT bool_or(settled) FROM flux.updates WHERE xid = pg_current_xact_id()), false, 'a running transaction''s is not settled');
SELECT results_eq($$SELECT types, inserted FROM flux.loads ORDER BY xid, id$$,
  $$VALUES ('{2,3}'::integer[], '{1,3}'::integer[]), ('{3}', '{1}'), ('{3}', '{1}')$$, 'loads has a row for each batch');
SELECT is((SELECT bool_or(settled) FROM flux.loads WHERE xid = pg_current_xact_id()), false, 'of which the same holds');
SELECT is(flux.add_signal('own_signal', 'MW') >= 1001, true, 'a user''s own signals begin at 1001');
INSERT INTO flux_ops.flags VALUES (3, '2024-01-01Z', 9999, 'above 9000 £/MWh', 'a-feed', '2024-06-01Z', '2024-06-02Z');
SELECT results_eq('SELECT type, time, value, reason FROM flux.flags', $$VALUES (3, '2024-01-01Z'::timestamptz, 9999::real, 'above 9000 £/MWh')$$, 'flags are shown');
SELECT * FROM finish();
ROLLBACK;
