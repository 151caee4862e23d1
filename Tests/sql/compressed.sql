-- The loader and the readers of market data over compressed chunks, many of them; ordinary tables are the same test
-- without compression.
BEGIN;
SELECT plan(9);
SELECT flux_ops.timescaledb_schema() IS NOT NULL AS ts \gset
CREATE FUNCTION pg_temp.load(elements flux.market_data_input[], observed timestamptz) RETURNS text LANGUAGE sql AS $$
  SELECT f.received || ' ' || f.inserted || ' ' || f.unchanged FROM flux.insert_market_data_batch(elements, observed) f $$;
CREATE FUNCTION pg_temp.batch(add real) RETURNS flux.market_data_input[] LANGUAGE sql AS $$
  SELECT array_agg((t, 3, add)::flux.market_data_input) FROM generate_series('2010-01-01Z'::timestamptz, '2019-12-31Z', interval '1 day') t $$;
SELECT is(pg_temp.load(pg_temp.batch(1), '2020-01-01Z'), '3652 3652 0', 'ten years go in');
\if :ts
SELECT format('SELECT public.compress_chunk(%L)', c) FROM public.show_chunks('flux.market_data') c \gexec
SELECT ok(count(*) >= 10 AND bool_and(is_compressed), 'ten chunks, all compressed') FROM timescaledb_information.chunks WHERE hypertable_name = 'market_data';
\else
SELECT skip('there are no chunks', 1);
\endif
SELECT is(pg_temp.load(pg_temp.batch(1), '2020-02-01Z'), '3652 0 3652', 'again they add nothing');
SELECT is(pg_temp.load(pg_temp.batch(2), '2020-03-01Z'), '3652 3652 0', 'a revision of each goes in');
SELECT is(pg_temp.load('{"(2010-01-01Z,3,2)","(2019-12-31Z,3,3)"}', '2020-04-01Z'), '2 1 1', 'two rows ten years apart are judged one by one');
SELECT is(pg_temp.load('{"(2015-06-01Z,3,2)"}', '2020-02-15Z'), '1 1 0', 'an older observation that comes later completes the history');
SELECT is((SELECT string_agg(value || ' ' || created_at::date, ', ' ORDER BY created_at) FROM flux.market_data_revisions WHERE type = 3 AND time = '2015-06-01Z'),
  '1 2020-01-01, 2 2020-02-15', 'the revision after it that has become equal is collapsed');
SELECT results_eq($$SELECT value, count(*)::int FROM flux.market_data_as_of('2020-02-20Z', '2010-01-01Z', '2020-01-01Z', '{3}') GROUP BY 1 ORDER BY 1$$,
  $$VALUES (1::real, 3651), (2, 1)$$, 'as of an instant it is what was known then');
SELECT results_eq($$SELECT value, count(*)::int FROM flux.market_data_current WHERE type = 3 AND time >= '2010-01-01Z' AND time < '2020-01-01Z' GROUP BY 1 ORDER BY 1$$,
  $$VALUES (2::real, 3651), (3, 1)$$, 'and current the newest');
SELECT * FROM finish();
ROLLBACK;
