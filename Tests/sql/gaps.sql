-- Which half hours are missing, and why: ranges whose ends and kinds are worked out by hand.
BEGIN;
SELECT plan(36);
CREATE FUNCTION pg_temp.gaps(since timestamptz, until timestamptz, at timestamptz DEFAULT '2024-12-01Z', after interval DEFAULT '75 minutes')
RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', to_char(from_time AT TIME ZONE 'UTC', 'DD HH24:MI'), '-', to_char(to_time AT TIME ZONE 'UTC', 'DD HH24:MI') || ',', kind, '(' || reason || ')')
  FROM flux.gaps(3, ARRAY['f', 'g'], after, since, until, at) $$;
CREATE PROCEDURE pg_temp.store(since timestamptz, until timestamptz) LANGUAGE sql AS $$
  INSERT INTO flux.market_data (time, type, value, created_at)
  SELECT t, 3, 1, '2024-11-01Z' FROM generate_series(since, until - interval '30 minutes', interval '30 minutes') t $$;
CREATE PROCEDURE pg_temp.ask(feed text, since timestamptz, until timestamptz, at timestamptz) LANGUAGE sql AS $$
  SELECT flux_ops.record_coverage(feed, ARRAY[since], ARRAY[until], ARRAY[at], '{0}', '{0}', '{0}', '{0}', '{0}', '{NULL}', 'test') $$;

-- The days of the clock changes, from London midnight to London midnight.
SELECT results_eq($$SELECT extract(epoch FROM to_time - from_time)::int / 1800 FROM (VALUES ('2024-03-30'), ('2024-03-31'), ('2024-10-27')) d(day),
    flux.gaps(3, '{f}', '1 hour', day::timestamp AT TIME ZONE 'Europe/London', (day::timestamp + interval '1 day') AT TIME ZONE 'Europe/London') ORDER BY day$$,
  'VALUES (48), (46), (50)', 'a settlement day has 48 half hours to miss, 46 or 50 where the clocks change');
SELECT is_empty($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-02Z')$$, 'of no time nothing is missing');
SELECT is_empty($$SELECT pg_temp.gaps(NULL, '2024-03-02Z')$$, 'nor where nothing says since when');
SELECT is(flux.known_since(3, '{f,g}'), NULL, 'nothing is known of a signal that nobody asked for');

CALL pg_temp.store('2024-03-02Z', '2024-03-03Z');
SELECT is(flux.known_since(3, '{f,g}'), '2024-03-02Z', 'a signal is known since its first value');
SELECT is_empty($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-03Z')$$, 'where every half hour has a value nothing is missing');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-01 22:00Z', '2024-03-03 01:00Z')$$,
  ARRAY['01 22:00 - 02 00:00, never fetched', '03 00:00 - 03 01:00, never fetched'], 'what nobody asked for was never fetched, before and after');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-01 22:10Z', '2024-03-03 00:31Z')$$,
  ARRAY['01 22:30 - 02 00:00, never fetched', '03 00:00 - 03 01:00, never fetched'], 'half hours that begin in the range count');
DELETE FROM flux.market_data WHERE time >= '2024-03-02 05:00Z' AND time < '2024-03-02 06:30Z';
INSERT INTO flux.market_data (time, type, value, created_at) VALUES ('2024-03-02 05:40Z', 3, 1, '2024-11-01Z'),
  ('2024-03-02 08:00Z', 3, 2, '2024-11-02Z'), ('2024-03-02 08:00Z', 3, 3, '2024-11-03Z');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-03Z')$$,
  ARRAY['02 05:00 - 02 05:30, never fetched', '02 06:00 - 02 06:30, never fetched'],
  'a value inside a half hour fills it, and revisions are no further half hours');
DELETE FROM flux.market_data WHERE time = '2024-03-02 05:40Z';

CALL pg_temp.ask('f', '2024-03-02Z', '2024-03-02 06:00Z', '2024-11-01Z');
CALL pg_temp.ask('other', '2024-03-02Z', '2024-03-03Z', '2024-11-01Z');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-03Z')$$,
  ARRAY['02 05:00 - 02 06:00, empty', '02 06:00 - 02 06:30, never fetched'], 'what one of its feeds was asked for is empty, whatever other feeds were');
CALL pg_temp.ask('g', '2024-03-02 06:00:00Z', '2024-03-02 06:00:00.000001Z', '2024-11-01Z');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-03Z')$$,
  ARRAY['02 05:00 - 02 06:30, empty'], 'a file that ends with a value covers its half hour; any of its feeds will do');
CALL pg_temp.ask('f', '2024-03-03Z', '2024-03-04Z', '2024-03-03 02:20Z');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-03Z', '2024-03-03 03:00Z')$$,
  ARRAY['03 00:00 - 03 01:30, empty', '03 01:30 - 03 03:00, never fetched'], 'a half hour that was asked for before its value was out was not fetched');

SELECT results_eq($$SELECT pg_temp.gaps('2024-03-03 01:00Z', '2024-03-03 06:00Z', at => '2024-03-03 03:14:59Z')$$,
  ARRAY['03 01:00 - 03 01:30, empty', '03 01:30 - 03 02:00, never fetched', '03 02:00 - 03 06:00, not yet'], 'what is not due is not missing yet');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-03 01:00Z', '2024-03-03 06:00Z', at => '2024-03-03 03:15Z')$$,
  ARRAY['03 01:00 - 03 01:30, empty', '03 01:30 - 03 02:30, never fetched', '03 02:30 - 03 06:00, not yet'], 'and a moment later it is');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02 05:00Z', '2024-03-04Z', after => NULL)$$,
  ARRAY['02 05:00 - 02 06:30, empty', '03 00:00 - 04 00:00, not yet'], 'where nothing says when values come, those after the newest have not come yet');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02 05:00Z', '2024-03-02 06:30Z', after => NULL)$$,
  ARRAY['02 05:00 - 02 06:30, empty'], 'the newest of all, not of the range');
SELECT is((SELECT array_agg(kind) FROM flux.gaps(104, '{f}', NULL, '2024-05-01Z', '2024-05-02Z')), '{never fetched}', 'a signal of which there is nothing was never fetched');

-- Rejects: of a period by London's clock, of an instant, of a whole window.
SELECT flux_ops.record_rejects('f', '2024-11-02Z', '[
  {"place": "data[10]", "time": "2024-03-02 period 11", "field": "price", "value": "\"x\"", "reason": "is text, not a number", "from_time": "2024-03-02Z", "to_time": "2024-03-02T06:00Z"},
  {"place": "data[11]", "time": "2024-03-02 period 12", "field": "price", "value": "\"y\"", "reason": "is text, not a number", "from_time": "2024-03-02Z", "to_time": "2024-03-02T06:00Z"},
  {"place": "the table", "time": "2024-03-02T06:00:00Z", "field": "value", "value": "1e300", "reason": "is out of range"}]');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-03Z')$$,
  ARRAY['02 05:00 - 02 06:00, rejected (price is text, not a number)', '02 06:00 - 02 06:30, rejected (value is out of range)'], 'what was refused says why, neighbours of one reason as one range');
SELECT flux_ops.record_rejects('f', '2024-11-02Z', '[{"place": "line 4", "time": null, "field": "", "value": "", "reason": "is no date"}]');
SELECT is((SELECT count(*) FROM pg_temp.gaps('2024-03-02Z', '2024-03-03Z')), 2::bigint, 'a reject of which neither time nor window is known is nobody''s reason');
UPDATE flux_ops.rejects SET state = 'discarded' WHERE record_time = '2024-03-02 period 11';
UPDATE flux_ops.rejects SET state = 'retried' WHERE record_time = '2024-03-02 period 12';
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-02 06:00Z')$$,
  ARRAY['02 05:00 - 02 05:30, rejected (price is text, not a number)', '02 05:30 - 02 06:00, empty'], 'what was retried and did not come again is empty; what somebody discarded stays refused');
CALL pg_temp.ask('f', '2024-03-02Z', '2024-03-02 06:00Z', '2024-11-03Z');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-02 06:00Z')$$,
  ARRAY['02 05:00 - 02 06:00, empty'], 'what was asked for since and came without it is empty');
SELECT flux_ops.record_rejects('f', '2024-11-02Z', '[{"place": "the reply", "time": null, "field": "", "value": "",
  "reason": "the reply is an HTML page", "from_time": "2024-03-05T00:00Z", "to_time": "2024-03-06T00:00Z"}]');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-04 23:00Z', '2024-03-06 01:00Z')$$,
  ARRAY['04 23:00 - 05 00:00, never fetched', '05 00:00 - 06 00:00, rejected (the reply is an HTML page)', '06 00:00 - 06 01:00, never fetched'], 'a reply of which nothing could be used is its window''s reason');
SELECT flux_ops.record_rejects('f', '2024-11-02Z', '[{"place": "data[1]", "time": "2024-07-01 period 1", "field": "price", "value": "", "reason": "is empty"}]');
SELECT results_eq($$SELECT pg_temp.gaps('2024-06-30 22:30Z', '2024-07-01 00:00Z')$$,
  ARRAY['30 22:30 - 30 23:00, never fetched', '30 23:00 - 30 23:30, rejected (price is empty)', '30 23:30 - 01 00:00, never fetched'], 'a summer day''s first period begins at 23:00 UTC');

-- Accepted, twice and overlapping: the first that accepted is the reason.
INSERT INTO flux_ops.accepted_gap (type, from_time, to_time, reason, accepted_at) VALUES
  (3, '2024-03-02 05:30Z', '2024-03-02 09:00Z', 'no trades', '2024-11-01Z'), (3, '2024-03-02 05:00Z', '2024-03-02 06:00Z', 'later', '2024-11-02Z'),
  (101, '2024-03-02Z', '2024-03-03Z', 'of another signal', '2024-11-01Z');
SELECT results_eq($$SELECT pg_temp.gaps('2024-03-02Z', '2024-03-03Z')$$,
  ARRAY['02 05:00 - 02 05:30, accepted (later)', '02 05:30 - 02 06:30, accepted (no trades)'], 'what is accepted says so, and only of what is missing');
SELECT throws_ok($$INSERT INTO flux_ops.accepted_gap (type, from_time, to_time, reason) VALUES (3, '2024-01-01Z', '2024-01-02Z', ' ')$$, '23514', NULL, 'nothing is accepted without a reason');
SELECT throws_ok($$INSERT INTO flux_ops.accepted_gap (type, from_time, to_time, reason) VALUES (3, '2024-01-02Z', '2024-01-02Z', 'a')$$, '23514', NULL, 'nor of no time');

-- The view knows the feeds from what was recorded of them.
SELECT is_empty('SELECT * FROM flux.open_gaps', 'without feeds nothing is expected');
INSERT INTO flux_ops.feed_signal (feed, type, first_time, last_time, published_after, cadence) VALUES
  ('f', 3, '2024-03-02Z', '2024-03-03 01:00Z', '75 minutes', '30 minutes'), ('g', 3, NULL, '2024-03-02Z', '1 day', '30 minutes'),
  ('f', 101, NULL, NULL, '75 minutes', '30 minutes'), ('h', 2, NULL, NULL, NULL, '30 minutes'), ('f', 4, NULL, NULL, NULL, NULL);
SELECT results_eq($$SELECT type, from_time, to_time, kind, reason FROM flux.open_gaps WHERE type = 3$$,
  $$VALUES (3, '2024-03-03Z'::timestamptz, '2024-03-03 01:00Z'::timestamptz, 'empty', NULL)$$, 'open is what its feeds have had to give and is not accepted');
SELECT is_empty('SELECT * FROM flux.open_gaps WHERE type IN (2, 4)', 'of a signal that nobody asked for, and of a schedule, nothing is open');
SELECT cmp_ok((SELECT max(to_time) FROM flux.open_gaps WHERE type = 101), '<=', now() - interval '45 minutes', 'what is not due yet is not open');
SET LOCAL ROLE flux_reader;
SELECT isnt_empty('SELECT * FROM flux.open_gaps WHERE type = 101', 'a reader sees it');
SELECT isnt_empty($$SELECT * FROM flux.gaps(101, ARRAY['f'], '1 hour', flux.known_since(101, ARRAY['f']), now())$$, 'and may ask for any range');
SELECT throws_ok($$INSERT INTO flux_ops.accepted_gap (type, from_time, to_time, reason) VALUES (3, '2024-01-01Z', '2024-01-02Z', 'a')$$, '42501', NULL, 'but not accept it');
RESET ROLE;

-- Ten years of two signals: the index is walked once, and the heap beside it, whatever is missing.
SET LOCAL random_page_cost = 4;
INSERT INTO flux.market_data (time, type, value, created_at)
SELECT t, s, 1, '2024-06-01Z' FROM generate_series('2014-01-01Z'::timestamptz, '2023-12-31 23:30Z', interval '30 minutes') t, unnest(ARRAY[102, 103]) s
WHERE t::date <> '2019-05-05' ORDER BY t DESC, s;
ANALYZE flux.market_data;
CREATE FUNCTION pg_temp.blocks(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE query;  -- warms the catalogue and keeps planning out
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON) ' || query INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
END $$;
CREATE FUNCTION pg_temp.walk() RETURNS bigint LANGUAGE sql SET enable_seqscan = off SET enable_bitmapscan = off SET max_parallel_workers_per_gather = 0 AS $$
  SELECT pg_temp.blocks('SELECT count(time) FROM (SELECT time FROM flux.market_data WHERE type = 102 AND time >= ''2014-01-01Z'' AND time < ''2024-01-01Z'' ORDER BY time DESC) walk') $$;
SELECT results_eq($$SELECT from_time, to_time FROM flux.gaps(102, ARRAY['f'], '1 hour', '2014-01-01Z', '2024-01-01Z')$$,
  $$VALUES ('2019-05-05 00:00'::timestamptz, '2019-05-06 00:00'::timestamptz)$$, 'the day of ten years that is missing is found');
SELECT cmp_ok(pg_temp.blocks($$SELECT * FROM flux.gaps(102, ARRAY['f'], '1 hour', '2014-01-01Z', '2024-01-01Z')$$), '<', pg_temp.walk() * 11 / 10,
  'ten years are walked once');
SELECT cmp_ok(pg_temp.blocks($$SELECT * FROM flux.gaps(102, ARRAY['f'], '1 hour', '2019-05-01Z', '2019-05-08Z')$$), '<', 200::bigint, 'a week is a week''s walk');
SELECT * FROM finish();
ROLLBACK;
