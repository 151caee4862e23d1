-- What the trading desk sees of a signal, and when it may not be relied on.
BEGIN;
SELECT plan(20);
CREATE FUNCTION pg_temp.ago(minutes numeric) RETURNS timestamptz LANGUAGE sql AS $$ SELECT now() - minutes * interval '1 minute' $$;
CREATE PROCEDURE pg_temp.put(signal integer, minutes numeric, number real, seen numeric DEFAULT 0, about jsonb DEFAULT NULL) LANGUAGE sql AS $$
  INSERT INTO flux.market_data ("time", type, value, metadata, created_at) VALUES (pg_temp.ago(minutes), signal, number, about, pg_temp.ago(seen)) $$;
CREATE FUNCTION pg_temp.state(signal integer) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(state, 'unknown') FROM flux.desk WHERE type = signal $$;
CREATE FUNCTION pg_temp.why(signal integer) RETURNS text LANGUAGE sql AS $$ SELECT reason FROM flux.desk WHERE type = signal $$;

SELECT is((SELECT count(*)::int FROM flux.desk), (SELECT count(*)::int FROM flux.market_data_types), 'every signal has a row');
SELECT is((SELECT concat_ws(' ', state, value, reason) FROM flux.desk WHERE type = 3), 'none no feed is known to yield it', 'without a value there is none, and a reason');

-- Half hours that are expected 35 minutes after they begin, and missing after 65.
INSERT INTO flux_ops.feed_signal (feed, type, published_after, cadence, expected_after, asked_every, is_estimate) VALUES
  ('price', 3, '65 minutes', '30 minutes', '35 minutes', '5 minutes', false), ('by hand', 3, NULL, '30 minutes', NULL, NULL, false),
  ('price', 101, '65 minutes', '30 minutes', '35 minutes', '5 minutes', false),
  ('guess', 102, '62 minutes', '30 minutes', '32 minutes', '2 minutes', true),
  ('orders', 4, NULL, NULL, NULL, '1 minute', false), ('by hand', 103, NULL, '30 minutes', NULL, NULL, false), ('file', 104, NULL, '30 minutes', NULL, '1 day', false);
INSERT INTO flux_ops.feed_state (feed, last_attempt_at, last_success_at, next_due_at) VALUES
  ('price', pg_temp.ago(1), pg_temp.ago(1), pg_temp.ago(-4)), ('orders', pg_temp.ago(1), pg_temp.ago(1), pg_temp.ago(0)),
  ('file', pg_temp.ago(1500), pg_temp.ago(1500), pg_temp.ago(-60));
SELECT is(pg_temp.why(3), 'price has not given any yet', 'a feed that answers without a value is named');
SELECT is(pg_temp.why(102), 'guess has not been asked yet', 'as is one that was never asked');

CALL pg_temp.put(3, 90, 80, 40);
CALL pg_temp.put(3, 60, 85, 20);
SELECT is(pg_temp.state(3), 'fresh', 'a value is fresh until the next is due');
SELECT results_eq($$SELECT value, age, previous_value, replaced_value, due_at FROM flux.desk WHERE type = 3$$,
  $$SELECT 85::real, interval '60 minutes', 80::real, NULL::real, pg_temp.ago(-5)$$, 'with its age and the value of the half hour before; due 35 minutes after the next begins');
CALL pg_temp.put(3, 60, 85, 15);
SELECT ok(NOT (SELECT is_revised FROM flux.desk WHERE type = 3), 'the same value again is no revision');
CALL pg_temp.put(3, 60, 90, 10);
CALL pg_temp.put(3, 60, 90, 5);
SELECT results_eq($$SELECT value, replaced_value, replaced_observed_at, is_revised FROM flux.desk WHERE type = 3$$,
  $$SELECT 90::real, 85::real, pg_temp.ago(15), true$$, 'a revision tells which version it replaced');

CALL pg_temp.put(101, 69, 1);
CALL pg_temp.put(102, 68, 1);
SELECT is(concat_ws(' ', pg_temp.state(101), pg_temp.state(102)), 'fresh late', 'late is overdue by more than five minutes, by the pace of its feed');
UPDATE flux.market_data SET "time" = pg_temp.ago(95.1) WHERE type = 101;
SELECT matches(pg_temp.state(101) || ': ' || pg_temp.why(101), '^stale: price answers, without the value that was expected by \d{4}-\d\d-\d\dT\d\d:\d\dZ$', 'stale is when it counts as missing');
UPDATE flux_ops.feed_state SET consecutive_failures = 2, last_error = 'no answer' WHERE feed = 'price';
SELECT is(pg_temp.why(101), 'price fails: no answer', 'a feed that fails is the reason');
UPDATE flux_ops.feed_state SET consecutive_failures = 0, last_attempt_at = pg_temp.ago(30), next_due_at = pg_temp.ago(25) WHERE feed = 'price';
SELECT matches(pg_temp.why(101), '^no collector asks price, which was due at ', 'as is one that nobody asks');
SELECT results_eq('SELECT type FROM flux.desk WHERE is_estimate', 'VALUES (102)', 'an estimate says that it is one');

-- A schedule: the step in force, and the next.
CALL pg_temp.put(4, 600, 50, 700, '{"assets": {"a": "discharge_max"}}');
CALL pg_temp.put(4, -30, -20, 700);
CALL pg_temp.put(4, -60, 0, 700);
SELECT results_eq($$SELECT state, value, next_time, next_value, cadence FROM flux.desk WHERE type = 4$$,
  $$SELECT 'fresh', 50::real, pg_temp.ago(-30), -20::real, NULL::interval$$, 'a step holds however old it is, while its feed answers; the next is told');
CALL pg_temp.put(4, 600, 50, 600, '{"assets": {"a": "charge_max"}}');
SELECT ok((SELECT is_revised FROM flux.desk WHERE type = 4), 'other metadata is a revision');
UPDATE flux_ops.feed_state SET last_success_at = pg_temp.ago(3.5) WHERE feed = 'orders';
SELECT is(pg_temp.state(4), 'late', 'it is late when two rounds are missed');
UPDATE flux_ops.feed_state SET last_success_at = pg_temp.ago(10.5) WHERE feed = 'orders';
SELECT matches(pg_temp.state(4) || ': ' || pg_temp.why(4), '^stale: orders did not answer since ', 'and stale when five are');
CALL pg_temp.put(103, 60, 1);
CALL pg_temp.put(104, 20000, 1);
SELECT is(concat_ws(', ', pg_temp.state(103), pg_temp.why(103), pg_temp.state(104)), 'unknown, it is fetched by hand alone, fresh',
  'of what is fetched by hand nobody knows; of a daily file its feed does');

SET LOCAL ROLE flux_reader;
SELECT isnt_empty('SELECT * FROM flux.desk', 'a reader sees it');
SELECT throws_ok('SELECT * FROM flux_ops.feed_signal', '42501', NULL, 'and not what it is made of');
SELECT * FROM finish();
ROLLBACK;
