-- Ten years of half hours: what must not read them does not. Blocks touched are counted, as EXPLAIN tells them.
-- What other tests rolled back is out of the way first.
VACUUM flux.market_data;
BEGIN;
SELECT plan(10);
-- As a server has it that nobody has tuned.
SET LOCAL random_page_cost = 4;
INSERT INTO flux.market_data (time, type, value, created_at)
SELECT t, s, 1, '2024-06-01Z' FROM generate_series('2014-01-01Z'::timestamptz, '2023-12-31 23:30Z', interval '30 minutes') t, unnest(ARRAY[3, 101]) s
ORDER BY t DESC, s;
ANALYZE flux.market_data;
CREATE FUNCTION pg_temp.blocks(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE query;  -- warms the catalogue and keeps planning out
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON) ' || query INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
END $$;
SELECT cmp_ok(pg_temp.blocks($$SELECT flux.insert_market_data_batch('{"(2014-01-01Z,3,1)","(2023-12-31Z,3,1)"}', '2024-07-01Z')$$), '<', 200::bigint,
  'a batch of two rows ten years apart reads a few blocks');
SELECT cmp_ok(pg_temp.blocks($$SELECT flux.insert_market_data_batch((SELECT array_agg((t, 3, 1)::flux.market_data_input) FROM generate_series('2014-01-01Z'::timestamptz, '2023-12-31Z', interval '12 days') t), '2024-07-01Z')$$),
  '<', 6000::bigint, 'three hundred rows over ten years read about three hundred places');
SELECT cmp_ok(pg_temp.blocks($$SELECT flux.insert_market_data_batch((SELECT array_agg(('2022-05-05Z'::timestamptz + n % 48 * interval '30 minutes', 3, n)::flux.market_data_input) FROM generate_series(1, 20000) n), '2024-07-01Z')$$),
  '<', 3000::bigint, 'twenty thousand elements of one day read that day');
SELECT cmp_ok(pg_temp.blocks($$SELECT flux.insert_market_data_batch((SELECT array_agg((t, s, 1)::flux.market_data_input ORDER BY t DESC) FROM generate_series('2020-01-01Z'::timestamptz, '2020-06-30Z', interval '30 minutes') t, unnest(ARRAY[3, 101]) s), '2024-07-02Z')$$),
  '<', 800::bigint, 'half a year again reads half a year, and nothing of other signals');
SELECT cmp_ok(pg_temp.blocks($$SELECT flux.insert_market_data_batch('{"(2017-05-05Z,3,7)","(2021-05-05Z,3,7)"}', '2024-05-01Z')$$), '<', 200::bigint,
  'an observation older than what is stored reads its own keys');
SELECT cmp_ok(pg_temp.blocks('SELECT * FROM flux.market_data_latest'), '<', 300::bigint, 'latest probes an index for each signal');
SELECT cmp_ok(pg_temp.blocks('SELECT * FROM flux.desk'), '<', 600::bigint, 'the desk probes it a few times for each');
SELECT cmp_ok(pg_temp.blocks($$SELECT * FROM flux.market_data_as_of('2025-01-01Z', '2020-05-05Z', '2020-05-06Z', '{3}')$$), '<', 100::bigint, 'a day as of an instant reads a day');
SELECT cmp_ok(pg_temp.blocks($$SELECT * FROM flux.market_data_as_of_lead('-24 hours', '2020-05-05Z', '2020-05-06Z', '{3}')$$), '<', 100::bigint, 'a day as of a lead reads a day');
SELECT cmp_ok(pg_temp.blocks($$SELECT * FROM flux.market_data_revisions WHERE type = 3 AND time >= '2020-05-05Z' AND time < '2020-05-06Z'$$), '<', 100::bigint, 'a day''s revisions read a day');
SELECT * FROM finish();
ROLLBACK;
