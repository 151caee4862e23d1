BEGIN;
CREATE SEQUENCE flux_ops.backfill_worker;
COMMENT ON SEQUENCE flux_ops.backfill_worker IS 'Numbers the workers of backfills.';
CREATE FUNCTION flux_ops.begin_backfill_worker() RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me CONSTANT bigint := nextval('flux_ops.backfill_worker');
BEGIN
  PERFORM pg_advisory_lock((7161::bigint << 48) | me);
  RETURN me;
END $$;
COMMENT ON FUNCTION flux_ops.begin_backfill_worker() IS
  'A number for a worker, which this session has a lock on from now to its end: so long its claims hold.';
CREATE FUNCTION flux_ops.end_backfill_worker(worker bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_advisory_unlock((7161::bigint << 48) | $1) $$;
COMMENT ON FUNCTION flux_ops.end_backfill_worker(bigint) IS 'Ends a worker before its session: what it has claimed is free.';
-- Workers that are gone are looked for among those whose claims this statement sees, so that one who begins meanwhile
-- is not taken for one of them. It looks first at as many windows as are wanted, which suffices where nobody else is at
-- work: to look at all that a backfill of ten years has left costs as much as the claim. PL/pgSQL keeps the plan, which
-- costs as much again. That is made for any backfill, each window found by its number: of a backfill that is newer than
-- the statistics the planner expects a single window, and would read them all for each, or for all at once.
CREATE FUNCTION flux_ops.claim_backfill_windows(
  job bigint, worker bigint, at timestamptz, most integer DEFAULT 200, after integer DEFAULT 0
) RETURNS TABLE (number integer, from_time timestamptz, to_time timestamptz, attempts integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  first integer := after;
  last integer := least(after::bigint + most, 2147483647);
  wanted integer := most;
  got integer;
BEGIN
  LOOP
    RETURN QUERY
    WITH gone AS MATERIALIZED (
      SELECT DISTINCT w.worker FROM flux_ops.backfill_window w
      WHERE w.job = $1 AND w.number > first AND w.number <= last AND w.state = 'claimed'
        AND w.worker <> ALL (ARRAY(
          SELECT ((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 48) - 1) FROM pg_locks l
          WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.classid::bigint >> 16 = 7161
            AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())))
    ), free AS MATERIALIZED (
      SELECT w.number FROM flux_ops.backfill_window w
      WHERE w.job = $1 AND w.number > first AND w.number <= last
        AND (w.state = 'todo' AND (w.next_try_at IS NULL OR w.next_try_at <= $3)
          OR w.state = 'claimed' AND w.worker IN (SELECT g.worker FROM gone g))
        AND EXISTS (SELECT FROM flux_ops.backfill_job j WHERE j.id = $1 AND j.state = 'running')
      ORDER BY w.number LIMIT wanted FOR UPDATE OF w SKIP LOCKED
    ), claimed AS (
      UPDATE flux_ops.backfill_window w SET state = 'claimed', worker = $2, next_try_at = NULL
      FROM free WHERE w.job = $1 AND w.number = free.number
      RETURNING w.number, w.from_time, w.to_time, w.attempts
    )
    SELECT c.number, c.from_time, c.to_time, c.attempts FROM claimed c ORDER BY c.number;
    GET DIAGNOSTICS got = ROW_COUNT;
    wanted := wanted - got;
    EXIT WHEN wanted <= 0 OR last = 2147483647;
    first := last;
    last := 2147483647;
  END LOOP;
END $$;
COMMENT ON FUNCTION flux_ops.claim_backfill_windows(bigint, bigint, timestamptz, integer, integer) IS
  'Gives a worker the next windows of a backfill, those behind a number, in the plan''s order: what nobody has, what is to be tried again at this instant, and what a worker had that is gone. None where the backfill does not run.';
CREATE FUNCTION flux_ops.end_backfill_windows(
  job bigint, numbers integer[], observations integer[], rejected integer[], inserted bigint, revised bigint, unchanged bigint
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  UPDATE flux_ops.backfill_window w SET state = 'done', observations = d.observations, rejected = d.rejected,
    last_error = NULL, next_try_at = NULL
  FROM unnest($2, $3, $4) AS d(number, observations, rejected) WHERE w.job = $1 AND w.number = d.number;
  UPDATE flux_ops.backfill_job j SET inserted = j.inserted + $5, revised = j.revised + $6, unchanged = j.unchanged + $7
  WHERE j.id = $1;
END $$;
COMMENT ON FUNCTION flux_ops.end_backfill_windows(bigint, integer[], integer[], integer[], bigint, bigint, bigint) IS
  'Notes that windows of a backfill are in the table: called in the transaction that loads the last of them.';
CREATE FUNCTION flux_ops.fail_backfill_window(
  job bigint, number integer, error text, next_try_at timestamptz
) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE flux_ops.backfill_window w SET attempts = w.attempts + 1, last_error = $3, next_try_at = $4, worker = NULL,
    state = CASE WHEN $4 IS NULL THEN 'failed' ELSE 'todo' END
  WHERE w.job = $1 AND w.number = $2 AND w.state <> 'done' $$;
COMMENT ON FUNCTION flux_ops.fail_backfill_window(bigint, integer, text, timestamptz) IS
  'Notes that a window failed, and when it is to be tried again; NULL sets it aside.';
DO $$ DECLARE f regprocedure; BEGIN
  FOREACH f IN ARRAY ARRAY['flux_ops.begin_backfill_worker()', 'flux_ops.end_backfill_worker(bigint)',
    'flux_ops.claim_backfill_windows(bigint, bigint, timestamptz, integer, integer)',
    'flux_ops.end_backfill_windows(bigint, integer[], integer[], integer[], bigint, bigint, bigint)',
    'flux_ops.fail_backfill_window(bigint, integer, text, timestamptz)']::regprocedure[] LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO flux_collector', f);
  END LOOP;
END $$;
COMMIT;
