-- The common cases first: nothing stored yet, or nothing that differs. The settings keep the plans right whatever the
-- statistics say: a batch is a parameter, and its size is known only to a plan made for it.
BEGIN;
CREATE FUNCTION flux_ops.insert_by_range(
  data flux.market_data_input[], observed_at timestamptz,
  types integer[], first_times timestamptz[], last_times timestamptz[]
) RETURNS SETOF flux_ops.inserted_part
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off
SET enable_incremental_sort = off AS $$
#variable_conflict use_column
DECLARE
  observed CONSTANT timestamptz := observed_at;
  fresh flux.market_data_input[] := data;
  changed flux.market_data_input[];
  stored boolean := false;
  added bigint;
  part record;
BEGIN
  FOR part IN SELECT * FROM unnest(types, first_times, last_times) AS p(type, first_time, last_time) LOOP
    PERFORM FROM flux.market_data m
    WHERE m.type = part.type AND m."time" BETWEEN part.first_time AND part.last_time LIMIT 1;
    stored := stored OR FOUND;
  END LOOP;

  IF stored THEN
    -- Judged by the last element of each key: an earlier one may differ from what is stored where the last does not.
    WITH in_force AS (
      SELECT s.* FROM unnest(types, first_times, last_times) AS p(type, first_time, last_time)
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
    -- Newest first, as both indexes are.
    INSERT INTO flux.market_data ("time", type, value, created_at)
    SELECT DISTINCT ON (d."time", d.type) d."time", d.type, d.value, observed
    FROM unnest(fresh) WITH ORDINALITY AS d("time", type, value, place)
    ORDER BY d."time" DESC, d.type, d.place DESC;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN QUERY SELECT d.type, min(d."time"), max(d."time"),
      CASE WHEN added = cardinality(fresh) THEN count(*) ELSE count(DISTINCT d."time") END
    FROM unnest(fresh) d GROUP BY d.type;
  END IF;
  IF changed IS NOT NULL THEN
    RETURN QUERY SELECT * FROM flux_ops.insert_by_key(changed, observed, NULL);
  END IF;
END $$;
COMMENT ON FUNCTION flux_ops.insert_by_range(flux.market_data_input[], timestamptz, integer[], timestamptz[], timestamptz[]) IS
  'A part of flux.insert_market_data_batch, which checks and locks: inserts what differs by one read of each signal''s range of time.';
REVOKE ALL ON FUNCTION flux_ops.insert_by_range(flux.market_data_input[], timestamptz, integer[], timestamptz[], timestamptz[]) FROM PUBLIC;
COMMIT;
