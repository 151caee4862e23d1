-- The generic cell rate algorithm (ITU-T I.371) in one row: next_call_at is all that it remembers.
BEGIN;
CREATE FUNCTION flux_ops.take_permits(
  host text, calls integer, every interval, burst integer DEFAULT 1, reserve integer DEFAULT 0
) RETURNS TABLE (granted integer, first_in interval, spacing interval)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  it record;
  at timestamptz;
  tolerance interval;
  line timestamptz;
  ready double precision;
BEGIN
  -- What a crash of the server forgets is a second's calls; a slow host's single call is worth the wait for the disk.
  IF every <= interval '1 second' THEN PERFORM set_config('synchronous_commit', 'off', true); END IF;
  LOOP
    SELECT h.ctid AS place, h.* INTO it FROM flux_ops.host h WHERE h.host = $1 FOR NO KEY UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO flux_ops.host (host) VALUES ($1) ON CONFLICT DO NOTHING;
  END LOOP;
  -- After the wait for the row, whose other callers had theirs meanwhile.
  at := clock_timestamp();
  spacing := CASE WHEN it.half_rate_until > at THEN every * 2 ELSE every END;
  tolerance := spacing * (burst - 1);
  granted := calls;
  IF reserve > 0 AND it.expires_at > at THEN
    -- Calls that could begin at once. The idle time counts in full, so that a host without burst is asked in its rests.
    ready := CASE WHEN it.held_until > at THEN '-infinity'
      WHEN it.next_call_at IS NULL THEN 'infinity'
      ELSE burst + extract(epoch FROM at - it.next_call_at) / extract(epoch FROM spacing) END;
    granted := greatest(least(calls, floor(ready - reserve), greatest(burst - reserve, 1)), 0);
    IF granted = 0 THEN
      first_in := CASE WHEN it.held_until > at THEN it.held_until - at ELSE spacing * (reserve + 1 - ready) END;
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;
  line := greatest(at, it.next_call_at, it.held_until + tolerance);
  UPDATE flux_ops.host h SET next_call_at = line + spacing * granted WHERE h.ctid = it.place;
  first_in := line - tolerance - at;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION flux_ops.take_permits(text, integer, interval, integer, integer) IS
  'Takes permits for calls to a host, one every so often, of which burst may begin at once after a rest. Number n, from 0, begins first_in + n * spacing from now, at once where that is past. With a reserve (a backfill) only what leaves so many calls to the collector that holds the host: 0 granted means to ask again after first_in.';
CREATE FUNCTION flux_ops.hold_host_calls(host text, pause interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO flux_ops.host AS h (host, held_until) VALUES ($1, clock_timestamp() + $2)
  ON CONFLICT (host) DO UPDATE SET held_until = greatest(h.held_until, excluded.held_until) $$;
COMMENT ON FUNCTION flux_ops.hold_host_calls(text, interval) IS
  'Lets nobody call a host for so long from now: its server asked for a pause.';
CREATE FUNCTION flux_ops.count_excess(host text, calls bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO flux_ops.host AS h (host, excess) VALUES ($1, $2)
  ON CONFLICT (host) DO UPDATE SET excess = h.excess + excluded.excess $$;
COMMENT ON FUNCTION flux_ops.count_excess(text, bigint) IS
  'Counts calls that were made without a permit, while this database could not be reached.';
REVOKE ALL ON FUNCTION flux_ops.take_permits(text, integer, interval, integer, integer),
  flux_ops.hold_host_calls(text, interval), flux_ops.count_excess(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.take_permits(text, integer, interval, integer, integer),
  flux_ops.hold_host_calls(text, interval), flux_ops.count_excess(text, bigint) TO flux_collector;
COMMIT;
