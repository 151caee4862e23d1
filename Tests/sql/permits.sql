-- One rate a host for all who call it, and the state of feeds from whoever holds their host alone.
BEGIN;
SELECT plan(30);
SET LOCAL client_min_messages = 'warning';
CREATE FUNCTION pg_temp.pass(t interval) RETURNS void LANGUAGE sql AS $$
  UPDATE flux_ops.host SET acquired_at = acquired_at - t, expires_at = expires_at - t, half_rate_until = half_rate_until - t,
    next_call_at = next_call_at - t, held_until = held_until - t $$;
-- Granted, when the first may begin in whole seconds from now (what is past counts as now), and the spacing.
CREATE FUNCTION pg_temp.take(host text, calls integer, every text, burst integer DEFAULT 1, reserve integer DEFAULT 0) RETURNS text LANGUAGE sql AS $$
  SELECT granted || ' in ' || greatest(round(extract(epoch FROM first_in)), 0) || ' by ' || extract(epoch FROM spacing)::real
  FROM flux_ops.take_permits(host, calls, every::interval, burst, reserve) $$;

SELECT is(pg_temp.take('slow', 1, '1 min'), '1 in 0 by 60', 'the first call begins at once, of a host that nobody ever held');
SELECT is(pg_temp.take('slow', 1, '1 min'), '1 in 60 by 60', 'the second a minute later');
SELECT is(pg_temp.take('slow', 2, '1 min'), '2 in 120 by 60', 'two at once are in line behind it');
SELECT pg_temp.pass('1 h') \g /dev/null
SELECT is(pg_temp.take('slow', 1, '1 min') || ', ' || pg_temp.take('slow', 1, '1 min'), '1 in 0 by 60, 1 in 60 by 60', 'nothing is saved up');

SELECT is(pg_temp.take('fast', 5, '0.2 s', 5), '5 in 0 by 0.2', 'after a rest five at once');
SELECT is((SELECT first_in BETWEEN '0.15 s' AND '0.2 s' FROM flux_ops.take_permits('fast', 1, '0.2 s', 5)), true, 'then evenly');
SELECT pg_temp.pass('1 min') \g /dev/null
SELECT is((SELECT array_agg(round(greatest(extract(epoch FROM first_in + n * spacing), 0), 1)) FROM flux_ops.take_permits('fast', 8, '0.2 s', 5), generate_series(0, 7) n),
  '{0,0,0,0,0,0.2,0.4,0.6}', 'a block is told when each of its calls may begin');

-- Two callers, 300 takes, time going on: no minute has more than the rate and one burst.
CREATE TEMP TABLE began (at numeric);
DO $$ DECLARE t record; clock numeric := 0; BEGIN
  FOR n IN 1..300 LOOP
    SELECT * INTO t FROM flux_ops.take_permits('both', 1 + n % 3, '1 s', 4);
    INSERT INTO began SELECT clock + greatest(extract(epoch FROM t.first_in + k * t.spacing), 0) FROM generate_series(0, t.granted - 1) k;
    PERFORM pg_temp.pass(make_interval(secs => n * 7 % 5));
    clock := clock + n * 7 % 5;
  END LOOP;
END $$;
SELECT is((SELECT max(c) <= 64 FROM (SELECT count(*) OVER (ORDER BY at RANGE BETWEEN CURRENT ROW AND 59.9 FOLLOWING) AS c FROM began) s), true, 'no minute has more calls than the rate and one burst');
SELECT cmp_ok((SELECT count(*) / max(at) FROM began), '>', 0.95, 'and none is wasted');

SELECT flux_ops.hold_host_calls('paused', '10 min') \g /dev/null
SELECT is(pg_temp.take('paused', 1, '0.2 s', 5) || ', ' || pg_temp.take('paused', 1, '0.2 s', 5, 2), '1 in 600 by 0.2, 1 in 600 by 0.2', 'a pause that the server asked for holds for all');
SELECT flux_ops.hold_host_calls('paused', '1 s') \g /dev/null
SELECT is((SELECT held_until > clock_timestamp() + interval '9 min' FROM flux_ops.host WHERE host = 'paused'), true, 'a shorter one does not end a longer one');
SELECT is((SELECT first_in >= '10 min'::interval - interval '1 s' + interval '0.4 s' FROM flux_ops.take_permits('paused', 1, '0.2 s', 5)), true, 'and no burst follows it');

-- A backfill leaves a live round to whoever holds the host.
SELECT is(pg_temp.take('shared', 9, '1 s', 5, 2), '9 in 0 by 1', 'without a holder nothing has to be left');
SELECT flux_ops.hold_hosts('A', '{shared,narrow,half}', '1 h', '{half}') \g /dev/null
SELECT pg_temp.pass('1 min') \g /dev/null
SELECT is(pg_temp.take('shared', 9, '1 s', 5, 2), '3 in 0 by 1', 'beside one a backfill gets what is more than the reserve');
SELECT is(pg_temp.take('shared', 9, '1 s', 5, 2), '0 in 1 by 1', 'then it is told when to ask again');
SELECT is((SELECT granted || ' ' || (first_in <= interval '0') FROM flux_ops.take_permits('shared', 2, '1 s', 5)), '2 true', 'while the live round begins at once');
SELECT is(pg_temp.take('shared', 9, '1 s', 5, 2), '0 in 3 by 1', 'and the backfill waits for both');
SELECT pg_temp.pass('3 s') \g /dev/null
SELECT is(pg_temp.take('shared', 9, '1 s', 5, 2), '1 in 0 by 1', 'then it goes on');
SELECT is(pg_temp.take('narrow', 1, '1 min', 1, 2), '1 in 0 by 60', 'of a host without burst it gets a call');
SELECT pg_temp.pass('2 min') \g /dev/null
SELECT is(pg_temp.take('narrow', 1, '1 min', 1, 2), '0 in 60 by 60', 'again only once it has been idle for a live round');
SELECT pg_temp.pass('1 min') \g /dev/null
SELECT is(pg_temp.take('narrow', 1, '1 min', 1, 2), '1 in 0 by 60', 'which it has now');
SELECT flux_ops.hold_host_calls('shared', '5 min') \g /dev/null
SELECT is(pg_temp.take('shared', 9, '1 s', 5, 2), '0 in 300 by 1', 'a pause holds the backfill too');

UPDATE flux_ops.host SET half_rate_until = clock_timestamp() + interval '1 min' WHERE host = 'half';
SELECT is(pg_temp.take('half', 1, '1 min') || ', ' || pg_temp.take('half', 1, '1 min'), '1 in 0 by 120, 1 in 120 by 120', 'at half rate calls are twice as far apart');
SELECT flux_ops.count_excess('half', 3), flux_ops.count_excess('half', 4), flux_ops.count_excess('new', 1) \g /dev/null
SELECT results_eq($$SELECT host, excess FROM flux_ops.host WHERE excess > 0 ORDER BY host$$, $$VALUES ('half', 7::bigint), ('new', 1)$$, 'calls without a permit are added up');

-- The fence.
CREATE FUNCTION pg_temp.round(holder text, epoch bigint, at text, error text DEFAULT NULL, newest text DEFAULT NULL) RETURNS boolean LANGUAGE sql AS $$
  SELECT flux_ops.record_round('f', 'shared', holder, epoch, at::timestamptz, error, NULL, newest::timestamptz) $$;
SELECT is(pg_temp.round('A', 1, '2024-01-01Z', NULL, '2024-01-05Z'), true, 'the holder notes a round');
SELECT is(pg_temp.round('A', 2, '2024-01-02Z') OR pg_temp.round('B', 1, '2024-01-02Z') OR pg_temp.round('A', NULL, '2024-01-02Z'), false, 'nobody else does, nor the holder in another epoch');
UPDATE flux_ops.host SET expires_at = clock_timestamp() - interval '1 h';
SELECT is(pg_temp.round('A', 1, '2024-01-03Z', 'no', '2024-01-04Z'), true, 'a lease that ran out and that nobody claimed is still the holder''s');
SELECT results_eq($$SELECT last_attempt_at, last_success_at, consecutive_failures, newest_time FROM flux_ops.feed_state WHERE feed = 'f'$$,
  $$VALUES ('2024-01-03Z'::timestamptz, '2024-01-01Z'::timestamptz, 1, '2024-01-05Z'::timestamptz)$$, 'and its row is theirs');
SELECT flux_ops.hold_hosts('B', '{shared}', '1 h') \g /dev/null
SELECT is(pg_temp.round('A', 1, '2024-01-04Z') || ' ' || pg_temp.round('B', 2, '2024-01-04Z'), 'false true', 'once another has it, the late one changes nothing');
SELECT pg_temp.round(NULL, NULL, '2024-01-06Z') \g /dev/null
SELECT is((SELECT last_attempt_at FROM flux_ops.feed_state WHERE feed = 'f'), '2024-01-06Z', 'who names no lease is asked for none');
SELECT * FROM finish();
ROLLBACK;
