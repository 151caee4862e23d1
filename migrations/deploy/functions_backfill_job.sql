BEGIN;
CREATE FUNCTION flux_ops.begin_backfill(
  feed text, request text, from_time timestamptz, to_time timestamptz, mode text, newest_first boolean, plan text,
  from_times timestamptz[], to_times timestamptz[]
) RETURNS TABLE (job bigint, is_new boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  -- Of two who ask for the same at once the second joins the first.
  PERFORM pg_advisory_xact_lock((7160::bigint << 48) | (hashtext($1)::bigint & 4294967295));
  SELECT j.id INTO job FROM flux_ops.backfill_job j
  WHERE j.state = 'running' AND (j.feed, j.from_time, j.to_time, j.mode, j.newest_first) = ($1, $3, $4, $5, $6)
  ORDER BY j.id DESC LIMIT 1;
  is_new := NOT FOUND;
  IF is_new THEN
    WITH old AS (
      DELETE FROM flux_ops.backfill_job j WHERE j.ended_at < clock_timestamp() - interval '90 days' RETURNING j.id)
    DELETE FROM flux_ops.backfill_window w USING old WHERE w.job = old.id;
    INSERT INTO flux_ops.backfill_job (feed, request, from_time, to_time, mode, newest_first, plan)
    VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id INTO job;
    INSERT INTO flux_ops.backfill_window (job, number, from_time, to_time)
    SELECT job, w.number, w.from_time, w.to_time
    FROM unnest($8, $9) WITH ORDINALITY AS w(from_time, to_time, number);
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION flux_ops.begin_backfill(text, text, timestamptz, timestamptz, text, boolean, text, timestamptz[], timestamptz[]) IS
  'Begins a backfill of these windows, in this order; where the same is asked for already and has not ended, tells of that one, whose windows stay as they are.';
CREATE FUNCTION flux_ops.end_backfill(job bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE flux_ops.backfill_job j SET state = 'ended', ended_at = clock_timestamp()
  WHERE j.id = $1 AND j.state = 'running' AND NOT EXISTS (
    SELECT FROM flux_ops.backfill_window w WHERE w.job = $1 AND w.state IN ('todo', 'claimed'));
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION flux_ops.end_backfill(bigint) IS
  'Ends a backfill all of whose windows are done or failed. False where some are not, or it ended before.';
CREATE FUNCTION flux_ops.cancel_backfill(job bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE flux_ops.backfill_job j SET state = 'cancelled', ended_at = clock_timestamp()
  WHERE j.id = $1 AND j.state = 'running';
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION flux_ops.cancel_backfill(bigint) IS
  'Lets nobody claim more windows of a backfill; what its workers have in hand still goes in. False where it did not run.';
CREATE FUNCTION flux_ops.retry_backfill(job bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  again integer;
BEGIN
  UPDATE flux_ops.backfill_window w SET state = 'todo', attempts = 0, worker = NULL, next_try_at = NULL
  WHERE w.job = $1 AND w.state = 'failed';
  GET DIAGNOSTICS again = ROW_COUNT;
  UPDATE flux_ops.backfill_job j SET state = 'running', ended_at = NULL
  WHERE j.id = $1 AND EXISTS (
    SELECT FROM flux_ops.backfill_window w WHERE w.job = $1 AND w.state IN ('todo', 'claimed'));
  RETURN again;
END $$;
COMMENT ON FUNCTION flux_ops.retry_backfill(bigint) IS
  'Opens a backfill again that has windows left, those that failed among them; tells how many had failed.';
DO $$ DECLARE f regprocedure; BEGIN
  FOREACH f IN ARRAY ARRAY['flux_ops.begin_backfill(text, text, timestamptz, timestamptz, text, boolean, text, timestamptz[], timestamptz[])',
    'flux_ops.end_backfill(bigint)', 'flux_ops.cancel_backfill(bigint)', 'flux_ops.retry_backfill(bigint)']::regprocedure[] LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO flux_collector', f);
  END LOOP;
END $$;
COMMIT;
