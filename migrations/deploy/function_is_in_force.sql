-- A replay is asked for by columns first: a quarter of what the batch costs as an array of records, most of that in
-- reading the records from the wire. The locks are those of insert_market_data_batch and stay until the end of the
-- transaction, so that whoever observed another value earlier comes after this one, and is told by the coverage.
-- Where each time has one revision, as the first hundred tell, what is stored needs no sort: half of the work.
BEGIN;
CREATE FUNCTION flux_ops.is_in_force(signal integer, times timestamptz[], "values" real[], observed_at timestamptz)
RETURNS boolean LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_incremental_sort = off SET max_parallel_workers_per_gather = 0 SET random_page_cost = 0 SET seq_page_cost = 0
AS $$
#variable_conflict use_column
DECLARE
  wanted_times CONSTANT timestamptz[] := times;
  wanted_values CONSTANT real[] := "values";
  observed CONSTANT timestamptz := observed_at;
  first CONSTANT timestamptz := times[cardinality(times)];
  last CONSTANT timestamptz := times[1];
  count CONSTANT integer := cardinality(times);
  stored record;
BEGIN
  -- What insert_market_data_batch would refuse is left to it.
  IF (observed <= clock_timestamp() + interval '5 minutes' AND isfinite(first) AND isfinite(last)) IS NOT TRUE THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock((7155::bigint << 48) | ((signal::bigint & 4294967295) << 16) | (bucket & 65535))
  FROM generate_series(floor(date_part('epoch', first) / 2592000)::bigint,
    floor(date_part('epoch', last) / 2592000)::bigint) bucket ORDER BY bucket & 65535;
  IF (
    SELECT count(*) FROM (
      SELECT FROM flux.market_data m
      WHERE m.type = signal AND m."time" BETWEEN times[least(100, count)] AND last LIMIT 101
    ) s) <= 100
  THEN
    SELECT array_agg(s."time") AS times, array_agg(s.value) AS "values" INTO stored FROM (
      SELECT m."time", m.value FROM flux.market_data m
      WHERE m.type = signal AND m."time" BETWEEN first AND last AND (m.created_at > observed) IS NOT TRUE
      ORDER BY m."time" DESC LIMIT count + 1
    ) s;
    IF (cardinality(stored.times) > count) IS NOT TRUE THEN
      RETURN (stored.times = wanted_times AND stored."values" = wanted_values) IS TRUE;
    END IF;
  END IF;
  RETURN (
    SELECT array_agg(s."time") = wanted_times AND array_agg(s.value) = wanted_values FROM (
      SELECT DISTINCT ON (m."time") m."time", m.value FROM flux.market_data m
      WHERE m.type = signal AND m."time" BETWEEN first AND last AND (m.created_at > observed) IS NOT TRUE
      ORDER BY m."time" DESC, m.created_at DESC NULLS LAST
    ) s) IS TRUE;
END $$;
COMMENT ON FUNCTION flux_ops.is_in_force(integer, timestamptz[], real[], timestamptz) IS
  'Whether exactly these values, newest first and each time once, are in force at observed_at over the range of their times; then insert_market_data_batch would add nothing, and its locks are held. Call it for the signals of a batch in the order of their ids.';
REVOKE ALL ON FUNCTION flux_ops.is_in_force(integer, timestamptz[], real[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.is_in_force(integer, timestamptz[], real[], timestamptz) TO flux_collector;
COMMIT;
