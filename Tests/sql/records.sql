-- Coverage, rejects and flags.
BEGIN;
SELECT plan(23);
CREATE FUNCTION pg_temp.cover(f text, t text, o text, feed text DEFAULT 'f') RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(to_char(r.from_time AT TIME ZONE 'UTC', 'DD') || '-' || to_char(r.to_time AT TIME ZONE 'UTC', 'DD'), ' ' ORDER BY r.from_time)
  FROM flux_ops.record_coverage(feed, f::timestamptz[], t::timestamptz[], o::timestamptz[], array_fill(1, ARRAY[cardinality(f::text[])]),
    array_fill(2, ARRAY[cardinality(f::text[])]), array_fill(0, ARRAY[cardinality(f::text[])]), array_fill(0, ARRAY[cardinality(f::text[])]),
    array_fill(0, ARRAY[cardinality(f::text[])]), array_fill('1 day'::interval, ARRAY[cardinality(f::text[])]), 'test') r $$;
SELECT is(pg_temp.cover('{2024-01-01Z,2024-01-02Z}', '{2024-01-02Z,2024-01-03Z}', '{2024-06-02Z,2024-06-02Z}'), NULL, 'nothing was overtaken');
SELECT is(pg_temp.cover('{2024-01-01Z}', '{2024-01-02Z}', '{2024-06-02Z}'), NULL, 'the same instant does not overtake');
SELECT is(pg_temp.cover('{2024-01-01Z,2024-01-03Z}', '{2024-01-02Z,2024-01-04Z}', '{2024-06-01Z,2024-06-01Z}'), '01-02', 'an older reply of the same window was');
SELECT is(pg_temp.cover('{2024-01-01 12:00Z}', '{2024-01-05Z}', '{2024-06-01Z}'), '01-05', 'and one of a window that overlaps');
SELECT is(pg_temp.cover('{2024-01-05Z}', '{2024-01-06Z}', '{2024-05-01Z}'), NULL, 'windows that touch do not overlap');
SELECT is(pg_temp.cover('{2024-01-01Z}', '{2024-01-02Z}', '{2024-05-01Z}', 'g'), NULL, 'another feed''s do not count');
SELECT is(pg_temp.cover('{2024-02-01Z,2024-02-01Z}', '{2024-02-02Z,2024-02-02Z}', '{2024-06-01Z,2024-06-02Z}'), '01-02', 'the same window twice in one call');
SELECT is(pg_temp.cover('{2024-03-01Z,2024-03-02Z,2024-03-05Z}', '{2024-03-04Z,2024-03-03Z,2024-03-06Z}', '{2024-06-01Z,2024-06-02Z,2024-06-01Z}'), '01-04', 'and one inside another');
SELECT results_eq($$SELECT observed_at, fetches FROM flux.coverage WHERE feed = 'f' AND from_time = '2024-01-01Z'$$, $$VALUES ('2024-06-02Z'::timestamptz, 3::bigint)$$, 'the row keeps the reply observed last and counts all');
SELECT throws_ok($$SELECT pg_temp.cover('{2024-01-02Z}', '{2024-01-01Z}', '{2024-06-02Z}')$$, '23514', NULL, 'a window ends after its start');

DO $$ BEGIN
  PERFORM flux_ops.record_rejects('f', '2024-06-01Z', '[{"place": "data[1]", "time": "p 1", "field": "x", "value": "N/A", "reason": "is not a number"}, {"place": "data[2]", "time": null, "field": "x", "value": "N/A", "reason": "is not a number"}]');
  PERFORM flux_ops.record_rejects('f', '2024-06-02Z', '[{"place": "data[9]", "time": "p 1", "field": "x", "value": "N/A", "reason": "is not a number"}]');
END $$;
SELECT results_eq($$SELECT place, times, first_seen, last_seen, state FROM flux_ops.rejects WHERE record_time = 'p 1'$$, $$VALUES ('data[9]', 2::bigint, '2024-06-01Z'::timestamptz, '2024-06-02Z'::timestamptz, 'open')$$, 'the same reject counts up, wherever it stands');
SELECT is((SELECT count(*)::int FROM flux_ops.rejects), 2, 'without a time the place tells');
UPDATE flux_ops.rejects SET state = CASE WHEN record_time IS NULL THEN 'discarded' ELSE 'retried' END;
SELECT flux_ops.record_rejects('f', '2024-06-03Z', '[{"place": "data[1]", "time": "p 1", "field": "x", "value": "N/A", "reason": "is not a number"}, {"place": "data[2]", "time": null, "field": "x", "value": "N/A", "reason": "is not a number"}]') \g /dev/null
SELECT results_eq('SELECT state FROM flux_ops.rejects ORDER BY id', $$VALUES ('open'), ('discarded')$$, 'retried and seen again is open, discarded stays');
CREATE FUNCTION pg_temp.keep(observed text, sample text, url text, day text) RETURNS void LANGUAGE sql AS $$
  SELECT flux_ops.record_rejects('s', observed::timestamptz, jsonb_build_array(jsonb_build_object('place', 'the reply', 'time', 't', 'field', '', 'value', '',
    'reason', 'r', 'sample', sample, 'url', url, 'from_time', day, 'to_time', (day::timestamptz + interval '1 day')::text))) $$;
SELECT pg_temp.keep('2024-06-02Z', '<html>', 'https://a/x', '2024-06-01Z') \g /dev/null
SELECT pg_temp.keep('2024-06-01Z', '<old>', 'https://a/old', '2024-05-01Z') \g /dev/null
SELECT results_eq($$SELECT sample, url, from_time, to_time FROM flux_ops.rejects WHERE feed = 's'$$, $$VALUES ('<html>', 'https://a/x', '2024-06-01Z'::timestamptz, '2024-06-02Z'::timestamptz)$$, 'the sample, the address and the window are those of the newest reply');
SELECT pg_temp.keep('2024-06-03Z', NULL, NULL, '2024-06-01Z') \g /dev/null
SELECT results_eq($$SELECT sample, url, times FROM flux_ops.rejects WHERE feed = 's'$$, $$VALUES ('<html>', 'https://a/x', 3::bigint)$$, 'one without a sample leaves the one that was kept');
SELECT pg_temp.keep('2024-06-04Z', repeat('x', 9000), NULL, '2024-06-01Z') \g /dev/null
SELECT is((SELECT length(sample) FROM flux_ops.rejects WHERE feed = 's'), 4096, 'a sample is cut');
SELECT throws_ok($$UPDATE flux_ops.rejects SET state = 'lost'$$, '23514', NULL, 'there are three states');
SELECT flux_ops.record_rejects('big', '2024-06-03Z', (SELECT jsonb_agg(jsonb_build_object('place', i, 'field', 'x', 'value', 'v', 'reason', 'r', 'sample', 's')) FROM generate_series(1, 10050) i)) \g /dev/null
SELECT is((SELECT count(*)::int FROM flux_ops.rejects WHERE feed = 'big'), 10000, 'a feed keeps its newest 10,000');
SELECT is((SELECT count(*)::int FROM flux_ops.rejects WHERE feed = 'big' AND sample IS NOT NULL), 1000, 'and the samples of the newest 1,000');
SELECT is((SELECT count(*)::int FROM flux_ops.rejects WHERE feed = 's' AND sample IS NOT NULL), 1, 'which takes none from another feed');
SELECT is((SELECT count(*)::int FROM flux_ops.rejects WHERE feed = 'f'), 2, 'at no other feed''s cost');

SELECT flux_ops.record_flags('f', '2024-06-02Z', '[{"type": 3, "time": "2024-01-01T00:00:00Z", "value": 9999.5, "reason": "above"}, {"type": 3, "time": "2024-01-01T00:00:00Z", "value": 9999.5, "reason": "above"}]') \g /dev/null
SELECT flux_ops.record_flags('f', '2024-06-01Z', '[{"type": 3, "time": "2024-01-01T00:00:00Z", "value": 9999.5, "reason": "old"}]') \g /dev/null
SELECT results_eq('SELECT type, value, reason, first_seen, last_seen FROM flux_ops.flags', $$VALUES (3, 9999.5::real, 'above', '2024-06-01Z'::timestamptz, '2024-06-02Z'::timestamptz)$$, 'a flag is kept once');
SELECT is((SELECT count(*)::int FROM flux_ops.flags), 1, 'however often it comes');
SELECT * FROM finish();
ROLLBACK;
