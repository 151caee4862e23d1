-- Who holds which host. Time passes by moving all that is noted into the past.
BEGIN;
SELECT plan(34);
SET LOCAL client_min_messages = 'warning';
CREATE FUNCTION pg_temp.pass(t interval) RETURNS void LANGUAGE sql AS $$
  UPDATE flux_ops.host SET acquired_at = acquired_at - t, expires_at = expires_at - t, half_rate_until = half_rate_until - t,
    next_call_at = next_call_at - t, held_until = held_until - t;
  UPDATE flux_ops.collector SET expires_at = expires_at - t $$;
-- What a call says of the hosts that are the caller's: with their epochs, and ! where it should let go.
CREATE FUNCTION pg_temp.hold(me text, hosts text DEFAULT '{a,b,c,d}', may_claim boolean DEFAULT true, shares boolean DEFAULT true) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(h.host || h.epoch || CASE WHEN h.let_go THEN '!' ELSE '' END, ' ' ORDER BY h.host) FILTER (WHERE h.holder = me), '-')
  FROM flux_ops.hold_hosts(me, hosts::text[], '15 s', '{d}', may_claim, shares) h $$;

SELECT is(pg_temp.hold('A'), 'a1 b1 c1 d1', 'who is alone holds all that he wants, in the first epoch');
SELECT is(pg_temp.hold('A'), 'a1 b1 c1 d1', 'renewing keeps the epoch');
SELECT results_eq($$SELECT DISTINCT holder, expires_in, half_rate_for FROM flux_ops.hold_hosts('A', '{a,b,c,d}', '15 s')$$, $$VALUES ('A', interval '15 s', NULL::interval)$$, 'and begins the lease anew');
SELECT is(pg_temp.hold('B'), '-', 'a second finds nothing free');
SELECT is(pg_temp.hold('A'), 'a1! b1! c1 d1', 'and the first is told which two to let go');
SELECT is(pg_temp.hold('A'), 'a1! b1! c1 d1', 'the same two until it has');
SELECT is(flux_ops.release_host('A', 'a', 1) || ' ' || flux_ops.release_host('A', 'b', 1), 'true true', 'it releases them');
SELECT is(pg_temp.hold('A'), 'c1 d1', 'and does not take them back');
SELECT is(pg_temp.hold('B'), 'a2 b2', 'the second claims them, each in a new epoch');
SELECT is(pg_temp.hold('A') || ', ' || pg_temp.hold('B'), 'c1 d1, a2 b2', 'then nothing moves any more');
SELECT is(pg_temp.hold('C'), '-', 'a third waits');
SELECT is(pg_temp.hold('A') || ', ' || pg_temp.hold('B'), 'c1! d1, a2! b2', 'two each for two, and none for the third, is no fair share');
SELECT flux_ops.release_host('A', 'c', 1), flux_ops.release_host('B', 'a', 2) \g /dev/null
SELECT is(pg_temp.hold('C') || ', ' || pg_temp.hold('A') || ', ' || pg_temp.hold('B'), 'a3 c2, d1, b2', 'who comes first takes both, since he holds fewest');
SELECT is(pg_temp.hold('C') || ', ' || pg_temp.hold('A') || ', ' || pg_temp.hold('B'), 'a3 c2, d1, b2', 'two, one and one is as fair as four by three can be');

-- A dies; the others go on renewing.
SELECT pg_temp.pass('10 s'), pg_temp.hold('B'), pg_temp.hold('C') \g /dev/null
SELECT is(pg_temp.hold('B'), 'b2', 'a lease that has not run out is nobody else''s');
SELECT pg_temp.pass('6 s') \g /dev/null
SELECT is(pg_temp.hold('C'), 'a3 c2', 'once it has, whoever holds more than another leaves it to that one');
SELECT is(pg_temp.hold('B'), 'b2 d2', 'who takes over');
SELECT results_eq($$SELECT host, half_rate_for > '9 min' FROM flux_ops.hold_hosts('B', '{b,d}', '15 s')$$, $$VALUES ('b', NULL), ('d', true)$$, 'a strict host, at half rate for ten minutes');
SELECT is((SELECT count(*) FROM flux_ops.collector WHERE holder = 'A'), 0::bigint, 'the dead is no longer counted');
SELECT is(pg_temp.hold('A'), '-', 'and when it wakes up it holds nothing');
SELECT is(flux_ops.release_host('A', 'd', 1) || ' ' || flux_ops.release_host('B', 'd', 1), 'false false', 'what is released in an earlier epoch, or by another, is not');
SELECT is(flux_ops.leave_hosts('A') || ' ' || flux_ops.leave_hosts('B') || ' ' || flux_ops.leave_hosts('B'), '0 2 0', 'who leaves gives up all that he holds');
SELECT is(pg_temp.hold('C'), 'a3 b3 c2 d3', 'and the last takes it');
SELECT is((SELECT half_rate_until FROM flux_ops.host WHERE host = 'd') < clock_timestamp() + interval '10 min', true, 'a clean release begins no ten minutes');
SELECT pg_temp.pass('11 min') \g /dev/null
SELECT is(pg_temp.hold('C'), 'a3 b3 c2 d3', 'a lease that ran out unclaimed is renewed in its epoch');
SELECT is((SELECT half_rate_until < clock_timestamp() FROM flux_ops.host WHERE host = 'd'), true, 'at full rate, since nobody else has had it');

-- One who only looks in, one who takes nothing more, one who never came for its share.
SELECT is(pg_temp.hold('once', shares => false) || ', ' || pg_temp.hold('C'), '-, a3 b3 c2 d3', 'nobody makes room for one who does not share');
SELECT is(pg_temp.hold('D', '{e,f}', may_claim => false), '-', 'who may not claim takes nothing that is free');
SELECT is(pg_temp.hold('once', '{e}', shares => false), 'e1', 'one who does not share takes it');
SELECT is(pg_temp.hold('C', '{a,b,c,d,f}'), 'a3 b3 c2 d3', 'a free host is left to one who holds fewer');
SELECT flux_ops.release_host('C', 'a', 3), pg_temp.pass('8 s') \g /dev/null
SELECT is(pg_temp.hold('C') || ', ' || pg_temp.hold('D', '{a}', may_claim => false), 'a4 b3 c2 d3, -', 'but not for longer than half a lease, if he does not come');

-- Ten collectors and four hosts; two and seven.
DO $$ BEGIN
  PERFORM pg_temp.pass('1 h');
  DELETE FROM flux_ops.host;
  FOR round IN 1..8 LOOP
    FOR c IN 1..10 LOOP
      PERFORM flux_ops.release_host('K' || c, h.host, h.epoch)
      FROM flux_ops.hold_hosts('K' || c, '{a,b,c,d}', '15 s') h WHERE h.let_go;
    END LOOP;
  END LOOP;
END $$;
SELECT results_eq('SELECT count(*), count(DISTINCT holder) FROM flux_ops.host', 'VALUES (4::bigint, 4::bigint)', 'ten collectors hold four hosts, no one two');
DO $$ BEGIN
  PERFORM pg_temp.pass('1 h');
  DELETE FROM flux_ops.host;
  FOR round IN 1..8 LOOP
    FOR c IN 1..2 LOOP
      PERFORM flux_ops.release_host('L' || c, h.host, h.epoch)
      FROM flux_ops.hold_hosts('L' || c, '{a,b,c,d,e,f,g}', '15 s') h WHERE h.let_go;
    END LOOP;
  END LOOP;
END $$;
SELECT results_eq('SELECT count(*) FROM flux_ops.host GROUP BY holder ORDER BY 1', 'VALUES (3::bigint), (4)', 'two hold seven, three and four');
-- Each wants one that the other does not.
DO $$ BEGIN
  PERFORM pg_temp.pass('1 h');
  DELETE FROM flux_ops.host;
  FOR round IN 1..8 LOOP
    PERFORM flux_ops.release_host('M', h.host, h.epoch) FROM flux_ops.hold_hosts('M', '{a,b,c}', '15 s') h WHERE h.let_go;
    PERFORM flux_ops.release_host('N', h.host, h.epoch) FROM flux_ops.hold_hosts('N', '{b,c,d}', '15 s') h WHERE h.let_go;
  END LOOP;
END $$;
SELECT results_eq($$SELECT host, count(*) OVER (PARTITION BY holder) FROM flux_ops.host WHERE holder = CASE host WHEN 'a' THEN 'M' WHEN 'd' THEN 'N' ELSE holder END ORDER BY host$$,
  $$VALUES ('a', 2::bigint), ('b', 2), ('c', 2), ('d', 2)$$, 'what one alone wants is always his, and the rest is shared');
SELECT * FROM finish();
ROLLBACK;
