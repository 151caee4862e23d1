-- The ledger of backfills: who does which window, and what became of it.
BEGIN;
SELECT plan(34);
SET LOCAL client_min_messages = 'warning';
CREATE FUNCTION pg_temp.begin_(days integer, mode text DEFAULT 'missing') RETURNS TABLE (job bigint, is_new boolean) LANGUAGE sql AS $$
  SELECT * FROM flux_ops.begin_backfill('f', 'f --from 2024', '2024-01-01Z', '2034-12-31Z', mode, true, 'abc',
    ARRAY(SELECT '2034-01-01Z'::timestamptz - n * interval '1 day' FROM generate_series(1, days) n),
    ARRAY(SELECT '2034-01-02Z'::timestamptz - n * interval '1 day' FROM generate_series(1, days) n)) $$;
-- How many a worker gets, and the first and the last number.
CREATE FUNCTION pg_temp.claim(job bigint, worker bigint, most integer DEFAULT 200, after integer DEFAULT 0, at timestamptz DEFAULT '2026-01-01Z') RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', count(*), min(number), max(number)) FROM flux_ops.claim_backfill_windows(job, worker, at, most, after) $$;
CREATE FUNCTION pg_temp.states(job bigint) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(state || ' ' || c, ', ' ORDER BY state) FROM (SELECT state, count(*) AS c FROM flux_ops.backfill_window w WHERE w.job = $1 GROUP BY state) s $$;

SELECT job FROM pg_temp.begin_(1000) \gset
SELECT is(pg_temp.states(:job), 'todo 1000', 'a backfill has a window for each');
SELECT is((SELECT array_agg(number ORDER BY from_time DESC) FROM (SELECT * FROM flux_ops.backfill_window WHERE job = :job LIMIT 5) w), '{1,2,3,4,5}', 'numbered in the plan''s order');
SELECT is((SELECT ROW(job, is_new)::text FROM pg_temp.begin_(3)), '(' || :job || ',f)', 'who asks for the same joins it, and its windows stay');
SELECT is(pg_temp.states(:job), 'todo 1000', 'as many as before');
SELECT is((SELECT is_new FROM pg_temp.begin_(1, 'all')), true, 'all windows are another request than the missing ones');

SELECT flux_ops.begin_backfill_worker() AS a, flux_ops.begin_backfill_worker() AS b \gset
SELECT is(pg_temp.claim(:job, :a), '200 1 200', 'a worker gets 200 windows');
SELECT is(pg_temp.claim(:job, :b, 100), '100 201 300', 'another the next ones');
SELECT is(pg_temp.claim(:job, :b, 100, 500), '100 501 600', 'or those behind a number');
SELECT is((SELECT array_agg(number) = array_agg(number ORDER BY number) FROM flux_ops.claim_backfill_windows(:job, :b, now(), 50)), true, 'in order');

SELECT flux_ops.end_backfill_windows(:job, ARRAY[1, 2], ARRAY[96, 0], ARRAY[0, 1], 90, 7, 6) \g /dev/null
SELECT is(pg_temp.states(:job), 'claimed 448, done 2, todo 550', 'windows that are in the table are done');
SELECT is((SELECT ROW(observations, rejected)::text FROM flux_ops.backfill_window WHERE job = :job AND number = 2), '(0,1)', 'with what they had, nothing included');
SELECT is((SELECT ROW(inserted, revised, unchanged)::text FROM flux_ops.backfill_job WHERE id = :job), '(90,7,6)', 'and the job counts what was new');

-- The lock of a worker is its session's: here it is given back, as when the session ends.
SELECT flux_ops.end_backfill_worker(:a) \g /dev/null
SELECT is(pg_temp.claim(:job, :b), '200 3 352', 'the windows of a worker that is gone are free at once, in the plan''s order');
SELECT is((SELECT count(*)::int FROM flux_ops.backfill_window WHERE job = :job AND worker = :a AND state = 'claimed'), 0, 'all of them');
SELECT dblink_connect('other', 'dbname=' || current_database() || ' user=' || current_user || coalesce(' port=' || nullif(current_setting('port'), ''), '')
  || ' host=' || coalesce(host(inet_server_addr()), split_part(current_setting('unix_socket_directories'), ',', 1))) \g /dev/null
SELECT c FROM dblink('other', 'SELECT flux_ops.begin_backfill_worker()') AS d(c bigint) \gset
SELECT is(pg_temp.claim(:job, :c, 10, 700), '10 701 710', 'a worker of another session');
SELECT is(pg_temp.claim(:job, :b, 10, 700), '10 711 720', 'keeps its windows while that lives');
SELECT dblink_disconnect('other') \g /dev/null
DO $$ BEGIN FOR n IN 1..500 LOOP
  EXIT WHEN NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint >> 16 = 7161 AND pid <> pg_backend_pid());
  PERFORM pg_sleep(0.01);
END LOOP; END $$;
SELECT is(pg_temp.claim(:job, :b, 10, 700), '10 701 710', 'and they are free when it has ended');

SELECT flux_ops.fail_backfill_window(:job, 701, 'HTTP 429', '2026-01-01 00:01Z') \g /dev/null
SELECT is((SELECT concat_ws(' ', state, attempts, last_error, worker) FROM flux_ops.backfill_window WHERE job = :job AND number = 701), 'todo 1 HTTP 429', 'a window that failed waits');
SELECT is(pg_temp.claim(:job, :b, 1, 700), '1 721 721', 'it is not claimed before its time');
SELECT is(pg_temp.claim(:job, :b, 1, 700, '2026-01-01 00:01Z'), '1 701 701', 'and then it is');
SELECT flux_ops.fail_backfill_window(:job, 701, 'gone', NULL) \g /dev/null
SELECT is(pg_temp.claim(:job, :b, 1, 700, 'infinity'), '1 722 722', 'one that is set aside is claimed no more');
SELECT flux_ops.fail_backfill_window(:job, 1, 'late', NULL) \g /dev/null
SELECT is((SELECT state FROM flux_ops.backfill_window WHERE job = :job AND number = 1), 'done', 'what is in the table cannot fail any more');

SELECT is(flux_ops.end_backfill(:job), false, 'a backfill with windows left does not end');
SELECT flux_ops.end_backfill_windows(:job, ARRAY(SELECT number FROM flux_ops.backfill_window WHERE job = :job AND state <> 'failed'),
  ARRAY(SELECT 96 FROM flux_ops.backfill_window WHERE job = :job AND state <> 'failed'), ARRAY(SELECT 0 FROM flux_ops.backfill_window WHERE job = :job AND state <> 'failed'), 0, 0, 0) \g /dev/null
SELECT is(flux_ops.end_backfill(:job), true, 'it ends when all are done or set aside');
SELECT is((SELECT is_new FROM pg_temp.begin_(1)), true, 'then the same request makes a new one');
SELECT is(flux_ops.retry_backfill(:job), 1, 'an ended one is opened again for what failed');
SELECT is((SELECT state FROM flux_ops.backfill_job WHERE id = :job), 'running', 'and runs');
SELECT is(pg_temp.claim(:job, :b), '1 701 701', 'that window alone is claimed');
SELECT is(flux_ops.cancel_backfill(:job), true, 'a backfill is cancelled');
SELECT flux_ops.end_backfill_worker(:b) \g /dev/null
SELECT is(pg_temp.claim(:job, :b), '0', 'and nobody claims of it');
SELECT is(flux_ops.cancel_backfill(:job), false, 'once');

ANALYZE flux_ops.backfill_window;
SELECT job FROM pg_temp.begin_(3650, 'failed') \gset
SELECT is(pg_temp.states(:job), 'todo 3650', 'ten years of windows');
-- The planner knows of other backfills, and of this one nothing.
CREATE FUNCTION pg_temp.reads() RETURNS bigint LANGUAGE sql AS $$
  SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relid = 'flux_ops.backfill_window'::regclass $$;
SELECT flux_ops.begin_backfill_worker() AS w, pg_temp.reads() AS before \gset
SELECT is((SELECT sum((SELECT count(*) FROM flux_ops.claim_backfill_windows(:job, :w, now(), 200, 200 * n)))::int FROM generate_series(0, 18) n), 3650, 'they are claimed');
SELECT cmp_ok(pg_temp.reads() - :before, '<=', 3 * 3650::bigint, 'each is looked at three times at the most: for who is gone, for what is free, and to be claimed');
SELECT * FROM finish();
ROLLBACK;
