-- Each key is looked up by itself, so the cost follows the batch and never the span of its times.
-- A plan made once is right for every batch: planning would cost more than running.
BEGIN;
CREATE FUNCTION flux_ops.insert_by_key(data flux.market_data_input[], observed_at timestamptz, metadata jsonb[])
RETURNS SETOF flux_ops.inserted_part
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  observed CONSTANT timestamptz := observed_at;
  described CONSTANT boolean := metadata IS NOT NULL;
BEGIN
  RETURN QUERY
  WITH differing AS MATERIALIZED (
    SELECT new."time", new.type, new.value, new.metadata, coalesce(run.created_at, observed) AS created_at,
      in_force.value IS NOT NULL AS is_revision
    FROM (
      SELECT DISTINCT ON (d."time", d.type) d."time", d.type, d.value, d.metadata
      FROM ROWS FROM (unnest(data), unnest(metadata)) WITH ORDINALITY AS d("time", type, value, metadata, place)
      ORDER BY d."time" DESC, d.type, d.place DESC
    ) new
    LEFT JOIN LATERAL (
      SELECT m.value, m.metadata, m.created_at FROM flux.market_data m
      WHERE m.type = new.type AND m."time" = new."time" AND (m.created_at > observed) IS NOT TRUE
      ORDER BY m.created_at DESC NULLS LAST LIMIT 1
    ) in_force ON true
    -- Observed at the same instant with another value: the run of revisions one microsecond apart that begins there.
    CROSS JOIN LATERAL (
      SELECT max(r.created_at) + interval '1 microsecond' AS created_at, bool_or(r.is_same) AS is_known
      FROM (
        SELECT m.created_at,
          m.value = new.value AND (NOT described OR m.metadata IS NOT DISTINCT FROM new.metadata) AS is_same,
          observed + (dense_rank() OVER (ORDER BY m.created_at) - 1) * interval '1 microsecond' AS in_run
        FROM flux.market_data m
        WHERE in_force.created_at = observed
          AND m.type = new.type AND m."time" = new."time" AND m.created_at >= observed
      ) r
      WHERE r.created_at = r.in_run
    ) run
    WHERE (in_force.value IS DISTINCT FROM new.value
        OR described AND in_force.metadata IS DISTINCT FROM new.metadata)
      AND run.is_known IS NOT TRUE
  ), added AS (
    INSERT INTO flux.market_data ("time", type, value, metadata, created_at)
    SELECT d."time", d.type, d.value, d.metadata, d.created_at FROM differing d
  )
  SELECT d.type, min(d."time"), max(d."time"), count(*), count(*) FILTER (WHERE d.is_revision)
  FROM differing d GROUP BY d.type;
END $$;
COMMENT ON FUNCTION flux_ops.insert_by_key(flux.market_data_input[], timestamptz, jsonb[]) IS
  'A part of flux.insert_market_data_batch, which checks and locks: inserts what differs, key by key; a row for each signal that got a revision.';
REVOKE ALL ON FUNCTION flux_ops.insert_by_key(flux.market_data_input[], timestamptz, jsonb[]) FROM PUBLIC;
COMMIT;
