-- The common cases first: nothing stored yet, or nothing that differs. The settings keep the plans right whatever the
-- statistics say: a batch is a parameter, and its size is known only to a plan made for it. Pages cost nothing, or the
-- index on time alone is chosen, which reads every other signal's rows too.
BEGIN;
CREATE FUNCTION flux_ops.insert_by_range(
  data flux.market_data_input[], observed_at timestamptz, parts flux_ops.batch_part[]
) RETURNS SETOF flux_ops.inserted_part
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
SET enable_incremental_sort = off SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
#variable_conflict use_column
DECLARE
  observed CONSTANT timestamptz := observed_at;
  fresh flux.market_data_input[] := data;
  changed flux.market_data_input[];
  part flux_ops.batch_part;
  in_force record;
  is_new boolean := true;
  is_known boolean := true;
  added bigint;
BEGIN
  -- A replay comes newest first, each time once; and arrays compare faster than rows join.
  FOREACH part IN ARRAY parts LOOP
    SELECT array_agg(s."time") AS times, array_agg(s.value) AS "values" INTO in_force FROM (
      SELECT DISTINCT ON (m."time") m."time", m.value FROM flux.market_data m
      WHERE m.type = part.type AND m."time" BETWEEN part.first_time AND part.last_time
        AND (m.created_at > observed) IS NOT TRUE
      ORDER BY m."time" DESC, m.created_at DESC NULLS LAST
    ) s;
    is_new := is_new AND in_force.times IS NULL;
    is_known := is_known AND in_force.times IS NOT DISTINCT FROM part.times
      AND in_force."values" IS NOT DISTINCT FROM part."values";
  END LOOP;
  IF is_known THEN RETURN; END IF;

  IF NOT is_new THEN
    -- Judged by the last element of each key: an earlier one may differ from what is stored where the last does not.
    WITH in_force AS (
      SELECT s.* FROM unnest(parts) p
      CROSS JOIN LATERAL (
        SELECT DISTINCT ON (m."time") m."time", m.type, m.value FROM flux.market_data m
        WHERE m.type = p.type AND m."time" BETWEEN p.first_time AND p.last_time
          AND (m.created_at > observed) IS NOT TRUE
        ORDER BY m."time" DESC, m.created_at DESC NULLS LAST
      ) s
    ), differing AS MATERIALIZED (
      SELECT d."time", d.type, d.value, d.place, s.type IS NULL AS is_fresh
      FROM unnest(data) WITH ORDINALITY AS d("time", type, value, place)
      LEFT JOIN in_force s ON s."time" = d."time" AND s.type = d.type
      WHERE s.value IS DISTINCT FROM d.value
    ), last AS (
      SELECT d.* FROM differing d WHERE NOT EXISTS (
        SELECT FROM unnest(data) WITH ORDINALITY AS later("time", type, value, place)
        WHERE later."time" = d."time" AND later.type = d.type AND later.place > d.place)
    )
    SELECT array_agg(ROW(l."time", l.type, l.value)::flux.market_data_input) FILTER (WHERE l.is_fresh),
      array_agg(ROW(l."time", l.type, l.value)::flux.market_data_input) FILTER (WHERE NOT l.is_fresh)
    INTO fresh, changed FROM last l;
  END IF;

  IF fresh IS NOT NULL THEN
    -- Newest first, as both indexes are. An id is 96 bits of this batch and 32 that count its elements, in the form of
    -- version 7 (RFC 9562): the column's default asks the system for random bits row by row, a third of an insert's time.
    INSERT INTO flux.market_data (id, "time", type, value, created_at)
    SELECT (batch.id || to_hex(x'10000000'::bigint + new.place))::uuid, new."time", new.type, new.value, observed
    FROM (
      SELECT DISTINCT ON (d."time", d.type) d."time", d.type, d.value, d.place
      FROM unnest(fresh) WITH ORDINALITY AS d("time", type, value, place)
      ORDER BY d."time" DESC, d.type, d.place DESC
    ) new
    CROSS JOIN (
      SELECT lpad(to_hex((date_part('epoch', clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || substr(replace(gen_random_uuid()::text, '-', ''), 14, 11) AS id OFFSET 0
    ) batch;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF is_new AND added = cardinality(data) THEN
      RETURN QUERY SELECT p.type, p.first_time, p.last_time, cardinality(p.times)::bigint, 0::bigint FROM unnest(parts) p;
      RETURN;
    END IF;
    RETURN QUERY SELECT d.type, min(d."time"), max(d."time"),
      CASE WHEN added = cardinality(fresh) THEN count(*) ELSE count(DISTINCT d."time") END, 0::bigint
    FROM unnest(fresh) d GROUP BY d.type;
  END IF;
  IF changed IS NOT NULL THEN
    RETURN QUERY SELECT * FROM flux_ops.insert_by_key(changed, observed, NULL);
  END IF;
END $$;
COMMENT ON FUNCTION flux_ops.insert_by_range(flux.market_data_input[], timestamptz, flux_ops.batch_part[]) IS
  'A part of flux.insert_market_data_batch, which checks and locks: inserts what differs by one read of each signal''s range of time.';
REVOKE ALL ON FUNCTION flux_ops.insert_by_range(flux.market_data_input[], timestamptz, flux_ops.batch_part[]) FROM PUBLIC;
COMMIT;
