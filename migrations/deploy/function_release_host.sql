BEGIN;
CREATE FUNCTION flux_ops.release_host(collector text, host text, epoch bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(7159::bigint << 48);
  UPDATE flux_ops.host h SET holder = NULL, expires_at = clock_timestamp()
  WHERE h.host = $2 AND h.holder = $1 AND h.epoch = $3;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION flux_ops.release_host(text, text, bigint) IS
  'Gives a host up that the collector no longer asks; false where it does not hold it in that epoch any more.';
CREATE FUNCTION flux_ops.leave_hosts(collector text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE released integer;
BEGIN
  PERFORM pg_advisory_xact_lock(7159::bigint << 48);
  UPDATE flux_ops.host h SET holder = NULL, expires_at = clock_timestamp() WHERE h.holder = $1;
  GET DIAGNOSTICS released = ROW_COUNT;
  DELETE FROM flux_ops.collector c WHERE c.holder = $1;
  RETURN released;
END $$;
COMMENT ON FUNCTION flux_ops.leave_hosts(text) IS
  'Gives up all that the collector holds, and counts it among the collectors no more; returns how many hosts it held.';
REVOKE ALL ON FUNCTION flux_ops.release_host(text, text, bigint), flux_ops.leave_hosts(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.release_host(text, text, bigint), flux_ops.leave_hosts(text) TO flux_collector;
COMMIT;
