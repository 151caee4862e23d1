-- Renewing, claiming and letting go in one call, one at a time for the whole database, so that each sees what the one
-- before it did. Both tables are read once: beside a long snapshot a reading costs all the versions kept for it.
BEGIN;
CREATE FUNCTION flux_ops.hold_hosts(
  collector text, hosts text[], lease interval, strict text[] DEFAULT '{}', may_claim boolean DEFAULT true,
  shares boolean DEFAULT true
) RETURNS TABLE (host text, holder text, epoch bigint, expires_in interval, half_rate_for interval, let_go boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  me CONSTANT text := collector;
  at timestamptz;
  mine bigint;
  leaving bigint := 0;
  it record;
BEGIN
  PERFORM pg_advisory_xact_lock(7159::bigint << 48);
  at := clock_timestamp();
  DELETE FROM flux_ops.collector c WHERE c.expires_at <= at AND c.holder <> me;
  IF shares THEN
    INSERT INTO flux_ops.collector AS c (holder, expires_at, wanted) VALUES (me, at + lease, hosts)
    ON CONFLICT (holder) DO UPDATE SET expires_at = excluded.expires_at, wanted = excluded.wanted;
  END IF;
  INSERT INTO flux_ops.host (host) SELECT DISTINCT unnest(hosts) ON CONFLICT DO NOTHING;
  FOR it IN
    WITH every_host AS MATERIALIZED (SELECT h.* FROM flux_ops.host h),
    held AS (SELECT h.holder, count(*) AS hosts FROM every_host h WHERE h.expires_at > at GROUP BY h.holder),
    other AS MATERIALIZED (
      SELECT c.wanted, coalesce(held.hosts, 0) AS hosts FROM flux_ops.collector c LEFT JOIN held USING (holder)
      WHERE c.holder <> me)
    SELECT h.*, h.holder IS NOT DISTINCT FROM me AS is_mine, h.holder IS NULL OR h.expires_at <= at AS is_free,
      (SELECT min(o.hosts) FROM other o WHERE h.host = ANY (o.wanted)) AS fewest,
      (SELECT count(*) FROM every_host e WHERE e.holder = me) AS mine,
      (SELECT count(*) FROM every_host e WHERE e.host = ANY (hosts) AND (e.holder IS NULL OR e.expires_at <= at)) AS free
    FROM every_host h WHERE h.host = ANY (hosts) ORDER BY h.host
  LOOP
    mine := coalesce(mine, it.mine);
    let_go := false;
    IF it.is_mine THEN
      UPDATE flux_ops.host h SET expires_at = at + lease WHERE h.host = it.host;
      it.expires_at := at + lease;
      -- Half of the difference goes to whoever holds fewest of those who want it, once nothing is free for them: the next
      -- calls see to the rest.
      let_go := shares AND it.free = 0 AND coalesce((mine - it.fewest) / 2 > leaving, false);
      leaving := leaving + let_go::integer;
    -- It belongs to whoever holds fewest; if nobody of them has come for it meanwhile, to anyone.
    ELSIF it.is_free AND may_claim
      AND (NOT shares OR it.fewest IS NULL OR it.fewest >= mine OR at - it.expires_at >= lease / 2) THEN
      IF it.holder IS NOT NULL AND it.host = ANY (strict) THEN
        it.half_rate_until := at + interval '10 minutes';
      END IF;
      UPDATE flux_ops.host h SET holder = me, epoch = h.epoch + 1, acquired_at = at, expires_at = at + lease,
        half_rate_until = it.half_rate_until
      WHERE h.host = it.host;
      it.holder := me;
      it.epoch := it.epoch + 1;
      it.expires_at := at + lease;
      mine := mine + 1;
    END IF;
    host := it.host;
    holder := it.holder;
    epoch := it.epoch;
    expires_in := it.expires_at - at;
    half_rate_for := nullif(greatest(it.half_rate_until - at, interval '0'), interval '0');
    RETURN NEXT;
  END LOOP;
  PERFORM flux_ops.move_up();
END $$;
COMMENT ON FUNCTION flux_ops.hold_hosts(text, text[], interval, text[], boolean, boolean) IS
  'Renews the leases of a collector, and claims of the hosts that it wants those that are free, unless another that wants them holds fewer. A row for each host: who holds it in which epoch, for how long, how much longer at half rate, and whether this collector should stop asking it and release it to one that holds fewer. Without shares others do not make room for this one. Call it every third of a lease.';
REVOKE ALL ON FUNCTION flux_ops.hold_hosts(text, text[], interval, text[], boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.hold_hosts(text, text[], interval, text[], boolean, boolean) TO flux_collector;
COMMIT;
