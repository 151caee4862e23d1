-- counter_agg, rollup, delta, interpolated_delta and num_resets, called as the toolkit's: whoever has them.
BEGIN;
SELECT plan(26);
SELECT set_config('search_path', coalesce(flux_ops.toolkit_schema()::text, 'flux') || ', public', true) \g /dev/null
SELECT flux_ops.toolkit_schema() IS NULL AS ours \gset
CREATE FUNCTION pg_temp.at(minutes double precision) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT '2024-01-01Z'::timestamptz + minutes * interval '1 minute' $$;
CREATE TEMP TABLE p AS SELECT * FROM (VALUES (1, 0.0, 10.0), (1, 10, 20), (1, 20, 40), (1, 30, 5), (1, 40, 25), (2, 50, 45), (2, 60, 20), (2, 70, 30)) p(part, minute, v);
SELECT is(delta(counter_agg(pg_temp.at(minute), v ORDER BY minute)), 105::double precision, 'delta counts every rise and, after a restart, from 0') FROM p;
SELECT is(num_resets(counter_agg(pg_temp.at(minute), v ORDER BY minute)), 2::bigint, 'num_resets counts the falls') FROM p;
SELECT is(delta(rollup(s)), 105::double precision, 'rollup joins stretches, a fall between them too')
FROM (SELECT counter_agg(pg_temp.at(minute), v ORDER BY minute) AS s FROM p GROUP BY part ORDER BY part DESC) q;
SELECT is(num_resets(rollup(s)), 2::bigint, 'and adds their restarts') FROM (SELECT counter_agg(pg_temp.at(minute), v ORDER BY minute) AS s FROM p GROUP BY part) q;
SELECT is(delta(rollup(r)), 105::double precision, 'rollups of rollups are the same')
FROM (SELECT rollup(s) AS r FROM (SELECT part, counter_agg(pg_temp.at(minute), v ORDER BY minute) AS s FROM p GROUP BY part, minute) q GROUP BY part) h;
SELECT throws_ok($$SELECT rollup(s) FROM (SELECT counter_agg(pg_temp.at(m), m ORDER BY m) AS s FROM (VALUES (1, 0), (1, 10), (2, 5), (2, 15)) v(g, m) GROUP BY g) q$$,
  CASE WHEN :'ours' THEN '22023' END, NULL, 'rollup refuses stretches that overlap');
SELECT is(counter_agg(NULL::timestamptz, NULL::float8), NULL, 'NULLs alone give NULL');
SELECT is(delta(counter_agg(pg_temp.at(m), v ORDER BY m)), 3::double precision, 'NULLs are left out') FROM (VALUES (0, 1.0), (1, NULL), (2, 4), (NULL, 9)) q(m, v);
SELECT is(delta(counter_agg(t, v ORDER BY t, o)), 2::double precision, 'of readings at one time the first counts') FROM (VALUES (pg_temp.at(0), 1.0, 1), (pg_temp.at(1), 3, 2), (pg_temp.at(1), 8, 3)) q(t, v, o);
SELECT is(delta(counter_agg(pg_temp.at(0), 7)), 0::double precision, 'one reading has gone nowhere');
SELECT is(rollup(s), NULL, 'rollup of nothing is NULL') FROM (SELECT counter_agg(NULL::timestamptz, NULL::float8) AS s) q;

CREATE TEMP TABLE s AS SELECT counter_agg(pg_temp.at(minute), v ORDER BY minute) AS s, g FROM
  (VALUES (0, -5.0, 100.0), (1, 5, 110), (1, 25, 130), (2, 35, 150), (3, 33, 4)) q(g, minute, v) GROUP BY g;
SELECT is(interpolated_delta(c.s, pg_temp.at(0), '30m', a.s, d.s), 35::double precision, 'at both ends on the line to the neighbour: from 105 to 140') FROM s a, s c, s d WHERE a.g = 0 AND c.g = 1 AND d.g = 2;
SELECT is(interpolated_delta(c.s, pg_temp.at(0), '30m', NULL, d.s), 30::double precision, 'without one before, from the first reading') FROM s c, s d WHERE c.g = 1 AND d.g = 2;
SELECT is(interpolated_delta(c.s, pg_temp.at(0), '30m', a.s, NULL), 25::double precision, 'without one after, to the last reading') FROM s a, s c WHERE a.g = 0 AND c.g = 1;
SELECT is(interpolated_delta(c.s, pg_temp.at(0), '30m', NULL, NULL), 20::double precision, 'alone, its own') FROM s c WHERE c.g = 1;
SELECT is(interpolated_delta(c.s, pg_temp.at(5), '25m', a.s, d.s), 30::double precision, 'with a reading at the very start nothing is needed of the one before') FROM s a, s c, s d WHERE a.g = 0 AND c.g = 1 AND d.g = 2;
SELECT is(interpolated_delta(c.s, pg_temp.at(0), '30m', a.s, d.s), (130 - 105 + 2.5)::double precision, 'a restart between it and the next counts from 0 at its last reading') FROM s a, s c, s d WHERE a.g = 0 AND c.g = 1 AND d.g = 3;
SELECT is(interpolated_delta(c.s, pg_temp.at(0), '30m', b.s, NULL), (130 - 110 * 0.5)::double precision, 'and so does one before it')
FROM s c, (SELECT counter_agg(pg_temp.at(-5), 500) AS s) b WHERE c.g = 1;
SELECT ok(abs(t.whole - t.parts) < 1e-6, 'the periods of a long counter add up to it: ' || t.whole || ' and ' || t.parts) FROM (
  WITH raw AS (SELECT n, pg_temp.at(n * 0.9 + 0.01) AS at, ((n * 7919) % 1000003)::float8 * (1 + n % 97)::float8 / 97 AS v FROM generate_series(0, 4000) n),
  b AS (SELECT date_bin('30 min', at, '2000-01-03Z') AS b, counter_agg(at, v ORDER BY at) AS s FROM raw GROUP BY 1)
  SELECT (SELECT delta(counter_agg(at, v ORDER BY at)) FROM raw) AS whole,
    (SELECT sum(d) FROM (SELECT interpolated_delta(s, b, '30m', lag(s) OVER w, lead(s) OVER w) AS d FROM b WINDOW w AS (ORDER BY b)) q) AS parts) t;

\if :ours
SELECT throws_ok($$SELECT counter_agg(pg_temp.at(-minute), v) FROM p$$, '22023', NULL, 'called by hand without an order it refuses, and never errs');
SELECT is(counter_summary(array_agg(pg_temp.at(minute) ORDER BY v), array_agg(v::float8 ORDER BY v)), counter_agg(pg_temp.at(minute), v ORDER BY minute), 'the form that the views use sorts') FROM p;
SELECT is_empty($$SELECT seed, a, b FROM (
    SELECT seed, counter_summary(array_agg(at ORDER BY r), array_agg(v ORDER BY r)) AS a, counter_agg(at, v ORDER BY at, r) AS b
    FROM (SELECT seed, hashint4(seed * 1000 + n) AS r,
        CASE WHEN n % 17 <> seed % 17 THEN pg_temp.at((abs(hashint4(n * 31 + seed)) % 40)) END AS at,
        CASE WHEN n % 13 <> seed % 13 THEN (abs(hashint4(n * 7 + seed)) % 50)::float8 END AS v
      FROM generate_series(1, 300) seed, generate_series(1, 25) n) q GROUP BY seed) c WHERE a IS DISTINCT FROM b$$,
  'on 300 shuffled stretches with gaps, NULLs and equal times both forms are the same');
SELECT is(counter_summary('{}', '{}'), NULL, 'empty arrays give NULL');
SELECT is(counter_summary(ARRAY[now(), now()], '{NULL,NULL}'), NULL, 'a meter without that counter gives NULL');
SELECT is((counter_summary(ARRAY[pg_temp.at(1), pg_temp.at(1)], '{3,8}')).num_elements, 1::bigint, 'of equal times the first counts there too');
SELECT is((SELECT proparallel::text FROM pg_proc WHERE oid = 'flux.counter_agg(timestamptz, float8)'::regprocedure) || (SELECT aggcombinefn::oid::text FROM pg_aggregate WHERE aggfnoid = 'flux.counter_agg(timestamptz, float8)'::regprocedure), 'r0', 'counter_agg is never given to parallel workers in pieces');
\else
SELECT skip('the counters are the toolkit''s', 7);
\endif
SELECT * FROM finish();
ROLLBACK;
