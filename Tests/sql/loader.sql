-- The way in, sentence by sentence.
BEGIN;
SELECT plan(66);
CREATE FUNCTION pg_temp.load(elements text, observed text, metadata jsonb[] DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT f.received || ' ' || f.inserted || ' ' || f.unchanged
  FROM flux.insert_market_data_batch(elements::flux.market_data_input[], observed::timestamptz, metadata) f $$;
CREATE FUNCTION pg_temp.history(at timestamptz, signal integer DEFAULT 3) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(value || '@' || to_char(created_at AT TIME ZONE 'UTC', 'HH24:MI:SS') ||
    CASE WHEN date_part('microseconds', created_at)::int % 1000000 > 0 THEN '+' || date_part('microseconds', created_at)::int % 1000000 ELSE '' END,
    ' ' ORDER BY created_at) FROM flux.market_data WHERE time = at AND type = signal $$;

SELECT is(pg_temp.load('{"(2024-01-01Z,3,5)"}', '2024-06-01 08:00Z'), '1 1 0', 'a new value goes in');
SELECT is(pg_temp.load('{"(2024-01-01Z,3,5)"}', '2024-06-01 10:00Z'), '1 0 1', 'an equal value adds nothing');
SELECT is(pg_temp.load('{"(2024-01-01Z,3,6)"}', '2024-06-01 11:00Z'), '1 1 0', 'another value is a revision');
SELECT is(pg_temp.load('{"(2024-01-01Z,3,5)"}', '2024-06-01 12:00Z'), '1 1 0', 'and the first again is a third one');
SELECT is(pg_temp.history('2024-01-01Z'), '5@08:00:00 6@11:00:00 5@12:00:00', 'all are kept with the time they were learnt');
SELECT is(pg_temp.load('{"(2024-01-01Z,3,5)"}', '2024-06-01 09:00Z'), '1 0 1', 'an older one is judged by its own time: equal then');
SELECT is(pg_temp.load('{"(2024-01-01Z,3,7)"}', '2024-06-01 11:30Z'), '1 1 0', 'an older one that differed then goes in');
SELECT is(pg_temp.load('{"(2024-01-01Z,3,5)"}', '2024-06-01 07:00Z'), '1 1 0', 'one older than all goes in, and the next, now equal, stays');
SELECT is(pg_temp.history('2024-01-01Z'), '5@07:00:00 5@08:00:00 6@11:00:00 7@11:30:00 5@12:00:00', 'history is completed');
SELECT is((SELECT string_agg(value::text, ' ' ORDER BY created_at) FROM flux.market_data_revisions WHERE time = '2024-01-01Z'),
  '5 6 7 5', 'the revisions show equal neighbours once');

SELECT is(pg_temp.load('{"(2024-01-02Z,3,1)","(2024-01-02Z,3,2)","(2024-01-02Z,3,3)"}', '2024-06-01Z'), '3 1 2', 'of a key the last element counts');
SELECT is(pg_temp.load('{"(2024-01-02Z,3,9)","(2024-01-02Z,3,3)"}', '2024-06-02Z'), '2 0 2', 'an earlier element that differs does not');
SELECT is(pg_temp.history('2024-01-02Z'), '3@00:00:00', 'so one value is there');
SELECT is(pg_temp.load('{"(2024-01-03Z,3,0)"}', '2024-06-01Z') || ', ' || pg_temp.load('{"(2024-01-03Z,3,-0)"}', '2024-06-02Z'), '1 1 0, 1 0 1', '-0 is 0');
SELECT is(pg_temp.load('{"(2024-01-03Z,3,0.1)"}', '2024-06-03Z') || ', ' || pg_temp.load('{"(2024-01-03Z,3,0.10000001)"}', '2024-06-04Z'), '1 1 0, 1 1 0', 'the smallest difference is one');

SELECT is(pg_temp.load('{"(2024-01-04Z,3,1)"}', '2024-06-01Z'), '1 1 0', 'equal observed_at: the first value');
SELECT is(pg_temp.load('{"(2024-01-04Z,3,2)"}', '2024-06-01Z'), '1 1 0', 'another at the same instant goes one microsecond after it');
SELECT is(pg_temp.load('{"(2024-01-04Z,3,3)"}', '2024-06-01Z'), '1 1 0', 'a third one after that');
SELECT is(pg_temp.history('2024-01-04Z'), '1@00:00:00 2@00:00:00+1 3@00:00:00+2', 'in a run');
SELECT is(pg_temp.load(format('{"(2024-01-04Z,3,%s)"}', v), '2024-06-01Z'), '1 0 1', 'a rerun of value ' || v || ' adds nothing') FROM generate_series(1, 3) v;
INSERT INTO flux.market_data (time, type, value, created_at) VALUES ('2024-01-04Z', 3, 8, '2024-06-01 00:00:00.000009Z');
SELECT is(pg_temp.load('{"(2024-01-04Z,3,8)"}', '2024-06-01Z'), '1 1 0', 'what lies beyond a gap is not of the run');
SELECT is(pg_temp.history('2024-01-04Z'), '1@00:00:00 2@00:00:00+1 3@00:00:00+2 8@00:00:00+3 8@00:00:00+9', 'it joins the run''s end');

SELECT is(pg_temp.load('{"(2024-01-05Z,4,1)"}', '2024-06-01Z', '{"{\"a\": 1}"}'), '1 1 0', 'metadata goes in');
SELECT is(pg_temp.load('{"(2024-01-05Z,4,1)"}', '2024-06-02Z'), '1 0 1', 'not given it is not compared');
SELECT is(pg_temp.load('{"(2024-01-05Z,4,1)"}', '2024-06-03Z', '{"{\"a\": 1}"}'), '1 0 1', 'equal metadata adds nothing');
SELECT is(pg_temp.load('{"(2024-01-05Z,4,1)"}', '2024-06-04Z', '{"{\"a\": 2}"}'), '1 1 0', 'other metadata is a revision');
SELECT is(pg_temp.load('{"(2024-01-05Z,4,1)"}', '2024-06-04Z', '{"{\"a\": 3}"}') || ', ' || pg_temp.load('{"(2024-01-05Z,4,1)"}', '2024-06-04Z', '{"{\"a\": 3}"}'),
  '1 1 0, 1 0 1', 'also at the same instant, once');

INSERT INTO flux.market_data (time, type, value, created_at) VALUES ('2024-01-06Z', 3, 8, NULL);
SELECT is(pg_temp.load('{"(2024-01-06Z,3,8)"}', '1999-01-01Z') || ', ' || pg_temp.load('{"(2024-01-06Z,3,9)"}', '1999-01-01Z'), '1 0 1, 1 1 0', 'a row without created_at counts as the oldest');

SELECT throws_ok($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)","(,3,1)"}')$$, '22023', 'element 2 (time NULL, type 3, value 1) refused: time is NULL', 'a time that is NULL');
SELECT throws_ok($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)","(infinity,3,1)"}')$$, '22023', 'element 2 (time infinity, type 3, value 1) refused: time is not finite', 'a time that is not finite');
SELECT throws_like($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)","(2024-02-01Z,,1)"}')$$, 'element 2 %type is NULL', 'a type that is NULL');
SELECT throws_like($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)","(2024-02-01Z,3,)"}')$$, 'element 2 %value is NULL', 'a value that is NULL');
SELECT throws_like(format($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)","(2024-02-01Z,3,%s)"}')$$, v), 'element 2 %value is not finite', 'the value ' || v) FROM unnest(ARRAY['NaN', 'Infinity', '-Infinity']) v;
SELECT throws_like($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)","(2024-02-01Z,999,1)"}')$$, 'element 2 %unknown signal 999', 'an unknown signal');
SELECT throws_like($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)",NULL}')$$, 'element 2 %', 'an element that is NULL');
SELECT throws_ok($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)"}', now() + interval '6 minutes')$$, 'FX001', NULL, 'observed_at ahead of the database''s clock');
SELECT throws_ok($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)"}', NULL)$$, '22023', NULL, 'observed_at that is NULL');
SELECT throws_ok($$SELECT flux.insert_market_data_batch('{"(2024-02-01Z,3,1)"}', now(), '{}')$$, '22023', 'metadata has 0 elements, data has 1', 'metadata of another length');
SELECT is((SELECT count(*)::int FROM flux.market_data WHERE time = '2024-02-01Z'), 0, 'refused, nothing of a batch is stored');
SELECT is(pg_temp.load('{}', '2024-06-01Z'), '0 0 0', 'an empty batch is none');

-- Two hundred elements and more are judged together.
CREATE FUNCTION pg_temp.dense(value real DEFAULT 1, more text DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
  SELECT (array_agg((t, 3, value)::flux.market_data_input ORDER BY t DESC) || more::flux.market_data_input[])::text
  FROM generate_series('2024-04-01Z'::timestamptz, '2024-04-08Z', interval '30 minutes') t $$;
SELECT is(pg_temp.load(pg_temp.dense(more => '{"(2024-04-01Z,3,2)"}'), '2024-07-05Z'), '338 337 1', 'of a large batch, too, the last element of a key counts');
SELECT is((SELECT count(DISTINCT id) || ' ' || min(substr(id::text, 15, 1)) || max(substr(id::text, 15, 1)) || ' ' || string_agg(DISTINCT substr(id::text, 20, 1), '')
    FROM flux.market_data WHERE time BETWEEN '2024-04-01Z' AND '2024-04-08Z') ~ '^337 77 [89ab]$', true, 'each of its rows has an id of its own, of version 7');
SELECT is(pg_temp.load(pg_temp.dense(more => '{"(2024-04-01Z,3,2)"}'), '2024-07-06Z'), '338 0 338', 'again it adds nothing');
SELECT is(pg_temp.load('{"(2024-04-01Z,3,1)"}', '2024-07-04Z'), '1 1 0', 'an older value of one key comes late');
SELECT is(pg_temp.load(pg_temp.dense(more => '{"(2024-04-01Z,3,1)"}'), '2024-07-07Z') || ', ' || pg_temp.history('2024-04-01Z'), '338 1 337, 1@00:00:00 2@00:00:00 1@00:00:00',
  'and what was stored last is not taken for the newest');
DELETE FROM flux.market_data WHERE time = '2024-04-03Z';
SELECT is(pg_temp.load(pg_temp.dense(), '2024-07-08Z'), '337 1 336', 'a row deleted behind its back comes back');

-- Asked by columns, whether a batch would add nothing.
CREATE FUNCTION pg_temp.known(times text, vals text, observed text DEFAULT '2024-07-09Z', signal integer DEFAULT 3) RETURNS boolean LANGUAGE sql AS $$
  SELECT flux_ops.is_in_force(signal, times::timestamptz[], vals::real[], observed::timestamptz) $$;
SELECT is(pg_temp.known('{2024-04-03Z,2024-04-02 23:30Z}', '{1,1}'), true, 'what is in force is known');
SELECT is(pg_temp.known('{2024-04-03Z,2024-04-02 23:30Z}', '{1,2}'), false, 'another value is not');
SELECT is(pg_temp.known('{2024-04-03Z,2024-04-02 23:00Z}', '{1,1}'), false, 'nor is what leaves out a time between');
SELECT is(pg_temp.known('{2024-04-03Z,2024-04-03Z}', '{1,1}'), false, 'nor a time that stands twice');
SELECT is(pg_temp.known('{2024-04-03Z}', '{1}', '2024-07-07Z') || ' ' || pg_temp.known('{2024-04-04Z}', '{1}', '2024-07-01Z'), 'false false', 'nor what was observed later');
SELECT is(pg_temp.known('{2024-04-01Z}', '{1}') || ' ' || pg_temp.known('{2024-04-01Z}', '{2}'), 'true false', 'of revisions the newest observed counts');
SELECT is(pg_temp.known('{2024-04-03Z}', '{1}', (now() + interval '6 minutes')::text), false, 'what the loader refuses is left to it');
-- Each time has one revision, as far as the newest hundred tell; further back one has two.
SELECT is(pg_temp.known(array_agg(t ORDER BY t DESC)::text, array_agg(1 ORDER BY t DESC)::text), true, 'a week of which one time was revised is known')
FROM generate_series('2024-04-01Z'::timestamptz, '2024-04-08Z', interval '30 minutes') t;
SELECT is(pg_temp.known(array_agg(t ORDER BY t DESC)::text, array_agg(CASE t WHEN '2024-04-01Z' THEN 2 ELSE 1 END ORDER BY t DESC)::text), false, 'by what was observed last')
FROM generate_series('2024-04-01Z'::timestamptz, '2024-04-08Z', interval '30 minutes') t;
SELECT is(pg_temp.known(array_agg(t ORDER BY t DESC)::text, array_agg(1 ORDER BY t DESC)::text), false, 'and a week with a time more is not')
FROM generate_series('2024-04-01Z'::timestamptz, '2024-04-08Z', interval '30 minutes') t WHERE t <> '2024-04-02Z';
INSERT INTO flux.market_data (time, type, value, created_at)
SELECT t, 3, 5, '2024-07-10Z' FROM generate_series('2024-04-04Z'::timestamptz, '2024-04-08Z', interval '30 minutes') t;
SELECT is(pg_temp.known(array_agg(t ORDER BY t DESC)::text, array_agg(CASE WHEN t >= '2024-04-04Z' THEN 5 ELSE 1 END ORDER BY t DESC)::text, '2024-07-11Z'), true, 'one of which most were revised is known by the newest values')
FROM generate_series('2024-04-01Z'::timestamptz, '2024-04-08Z', interval '30 minutes') t;
SELECT is(pg_temp.known(array_agg(t ORDER BY t DESC)::text, array_agg(1 ORDER BY t DESC)::text, '2024-07-11Z'), false, 'and not by the older ones')
FROM generate_series('2024-04-01Z'::timestamptz, '2024-04-08Z', interval '30 minutes') t;
SELECT is(pg_temp.known('{2031-01-01Z}', '{1}')::text || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7155 << 16 AND objid = 3 << 16 | 742),
  'false1', 'and the lock of the signal''s 30 days is held');

SET LOCAL flux.source = 'backfill test';
SELECT is(pg_temp.load('{"(2024-03-01Z,3,1)","(2024-03-02Z,3,1)","(2024-03-01Z,1,1)","(2024-01-02Z,3,3)"}', '2024-06-05Z'), '4 3 1', 'two signals at once');
SELECT results_eq($$SELECT source, type, first_time, last_time, received, inserted FROM flux.updates WHERE observed_at = '2024-06-05Z' ORDER BY type$$,
  $$VALUES ('backfill test', 1, '2024-03-01Z'::timestamptz, '2024-03-01Z'::timestamptz, 1, 1),
    ('backfill test', 3, '2024-03-01Z', '2024-03-02Z', 3, 2)$$, 'one row tells of the batch: who, and of each signal the range and counts');
SELECT is((SELECT count(*) FROM flux_ops.load WHERE NOT EXISTS (SELECT FROM unnest(inserted) i WHERE i > 0)), 0::bigint, 'only what inserted something leaves a row');
SELECT * FROM finish();
ROLLBACK;
