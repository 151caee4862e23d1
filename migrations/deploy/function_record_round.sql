-- The state of a feed belongs to whoever holds its host. The lock on the host's row makes a claim wait until what was
-- written under the lease before it is there.
BEGIN;
CREATE FUNCTION flux_ops.record_round(
  feed text, host text, collector text, epoch bigint, attempted_at timestamptz, error text, next_due timestamptz,
  newest_time timestamptz DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF collector IS NOT NULL THEN
    PERFORM FROM flux_ops.host h WHERE h.host = $2 AND h.holder = $3 AND h.epoch = $4 FOR SHARE;
    IF NOT FOUND THEN
      -- Again, since a row that is just being moved to another page looks as if it were gone.
      PERFORM FROM flux_ops.host h WHERE h.host = $2 AND h.holder = $3 AND h.epoch = $4 FOR SHARE;
      IF NOT FOUND THEN RETURN false; END IF;
    END IF;
  END IF;
  -- Two processes may report at once: the later attempt is the one to be seen, and a success is never unlearnt.
  INSERT INTO flux_ops.feed_state AS s
    (feed, last_attempt_at, last_success_at, consecutive_failures, last_error, next_due_at, newest_time)
  VALUES ($1, $5, CASE WHEN $6 IS NULL THEN $5 END, CASE WHEN $6 IS NULL THEN 0 ELSE 1 END, $6, $7, $8)
  ON CONFLICT (feed) DO UPDATE SET
    last_attempt_at = excluded.last_attempt_at,
    last_success_at = coalesce(excluded.last_success_at, s.last_success_at),
    consecutive_failures = CASE WHEN excluded.last_error IS NULL THEN 0 ELSE s.consecutive_failures + 1 END,
    last_error = excluded.last_error,
    next_due_at = excluded.next_due_at,
    newest_time = greatest(s.newest_time, excluded.newest_time)
  WHERE s.last_attempt_at IS NULL OR s.last_attempt_at <= excluded.last_attempt_at;
  RETURN true;
END $$;
COMMENT ON FUNCTION flux_ops.record_round(text, text, text, bigint, timestamptz, text, timestamptz, timestamptz) IS
  'Notes how one round of a feed went. Changes nothing and returns false where the collector does not hold the host in that epoch any more; without a collector nothing is asked of a lease.';
REVOKE ALL ON FUNCTION flux_ops.record_round(text, text, text, bigint, timestamptz, text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.record_round(text, text, text, bigint, timestamptz, text, timestamptz, timestamptz) TO flux_collector;
COMMIT;
