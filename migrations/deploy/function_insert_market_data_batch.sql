-- SECURITY DEFINER: a caller needs nothing but EXECUTE, and nobody else writes flux_ops.load.
BEGIN;
CREATE FUNCTION flux.insert_market_data_batch(
  data flux.market_data_input[],
  observed_at timestamptz DEFAULT clock_timestamp(),
  metadata jsonb[] DEFAULT NULL,
  OUT received integer, OUT inserted integer, OUT unchanged integer
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET random_page_cost = 1.1
SET max_parallel_workers_per_gather = 0 AS $$
#variable_conflict use_column
DECLARE
  observed CONSTANT timestamptz := observed_at;
  described CONSTANT jsonb[] := metadata;
  batch flux_ops.batch_part[];
  is_clean boolean;
  is_sparse boolean;
  span double precision;
  bad record;
  added flux_ops.inserted_part[];
  load_id bigint;
  revised bigint;
BEGIN
  received := coalesce(cardinality(data), 0);
  inserted := 0;
  unchanged := 0;
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'insert_market_data_batch needs READ COMMITTED, this transaction is %',
      upper(current_setting('transaction_isolation'))
      USING ERRCODE = '25001', HINT = 'A higher level keeps a snapshot older than the lock and would store values twice.';
  END IF;
  IF observed IS NULL OR NOT isfinite(observed) THEN
    RAISE EXCEPTION 'observed_at must be an instant, not %', coalesce(observed::text, 'NULL') USING ERRCODE = '22023';
  END IF;
  IF observed > clock_timestamp() + interval '5 minutes' THEN
    RAISE EXCEPTION 'observed_at % is more than 5 minutes ahead of the database''s clock, %', observed, clock_timestamp()
      USING ERRCODE = 'FX001', HINT = 'Set the clock that is wrong.';
  END IF;
  IF described IS NOT NULL AND cardinality(described) <> received THEN
    RAISE EXCEPTION 'metadata has % elements, data has %', cardinality(described), received USING ERRCODE = '22023';
  END IF;
  -- What a caller gets is promised to the letter: how much of it changed the past is said beside it, to this transaction.
  PERFORM set_config('flux.revised', '0', true);
  IF received = 0 THEN RETURN; END IF;

  -- NaN is greater than Infinity, so the extremes tell of every value that is none.
  SELECT array_agg((s.type, s.first_time, s.last_time, s.times, s."values")::flux_ops.batch_part ORDER BY s.type),
    bool_and(s.is_clean AND EXISTS (SELECT FROM flux.market_data_types t WHERE t.id = s.type)),
    sum(date_part('epoch', s.last_time) - date_part('epoch', s.first_time))
  INTO batch, is_clean, span
  FROM (
    SELECT d.type, min(d."time") AS first_time, max(d."time") AS last_time, array_agg(d."time") AS times,
      array_agg(d.value) AS "values",
      count(d."time") = count(*) AND count(d.value) = count(*)
        AND min(d."time") > '-infinity' AND max(d."time") < 'infinity'
        AND min(d.value) > '-Infinity' AND max(d.value) < 'Infinity' AS is_clean
    FROM unnest(data) d GROUP BY d.type
  ) s;
  IF is_clean IS NOT TRUE THEN
    SELECT d.*, t.id INTO bad
    FROM unnest(data) WITH ORDINALITY AS d("time", type, value, place)
    LEFT JOIN flux.market_data_types t ON t.id = d.type
    WHERE d."time" IS NULL OR d.value IS NULL OR t.id IS NULL OR NOT isfinite(d."time")
      OR d.value IN ('NaN', 'Infinity', '-Infinity')
    ORDER BY d.place LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'element % (time %, type %, value %) refused: %', bad.place, coalesce(bad."time"::text, 'NULL'),
        coalesce(bad.type::text, 'NULL'), coalesce(bad.value::text, 'NULL'),
        CASE WHEN bad."time" IS NULL THEN 'time is NULL'
          WHEN NOT isfinite(bad."time") THEN 'time is not finite'
          WHEN bad.type IS NULL THEN 'type is NULL'
          WHEN bad.value IS NULL THEN 'value is NULL'
          WHEN bad.id IS NULL THEN 'unknown signal ' || bad.type
          ELSE 'value is not finite' END
        USING ERRCODE = '22023',
          HINT = CASE WHEN bad.type IS NOT NULL AND bad.id IS NULL
            THEN 'Signals are the rows of flux.market_data_types; flux-market db signal add NAME --unit U --description D registers another.'
            ELSE 'Nothing of the batch was stored.' END;
    END IF;
  END IF;

  -- Where the elements of a batch lie more than two hours apart on average, reading its range would read mostly
  -- what it does not ask for. Looking up each key never costs more than twice as much.
  is_sparse := described IS NOT NULL OR received < 200 OR span / received > 7200;

  -- A lock for each signal and 30 days of time, in one order for everybody, before anything is read. The next
  -- statement's snapshot is newer than the lock.
  PERFORM pg_advisory_xact_lock(k.key) FROM (
    SELECT DISTINCT (7155::bigint << 48) | ((b.type::bigint & 4294967295) << 16) | (b.bucket & 65535) AS key
    FROM (
      SELECT d.type, floor(date_part('epoch', d."time") / 2592000)::bigint FROM unnest(data) d WHERE is_sparse
      UNION ALL
      SELECT r.type, generate_series(floor(date_part('epoch', r.first_time) / 2592000)::bigint,
        floor(date_part('epoch', r.last_time) / 2592000)::bigint)
      FROM unnest(batch) r WHERE NOT is_sparse
    ) AS b(type, bucket) ORDER BY 1
  ) k;

  IF is_sparse THEN
    SELECT array_agg(p ORDER BY p.type) INTO added FROM flux_ops.insert_by_key(data, observed, described) p;
  ELSE
    SELECT array_agg(p ORDER BY p.type) INTO added FROM flux_ops.insert_by_range(data, observed, batch) p;
  END IF;
  unchanged := received;
  IF added IS NULL THEN RETURN; END IF;

  INSERT INTO flux_ops.load (observed_at, source, types, first_times, last_times, received, inserted, revised)
  SELECT observed,
    coalesce(nullif(current_setting('flux.source', true), ''), nullif(current_setting('application_name'), ''), session_user),
    array_agg(s.type ORDER BY s.type), array_agg(s.first_time ORDER BY s.type), array_agg(s.last_time ORDER BY s.type),
    array_agg(cardinality(b.times) ORDER BY s.type), array_agg(s.inserted ORDER BY s.type),
    array_agg(s.revised ORDER BY s.type)
  FROM (
    SELECT a.type, min(a.first_time) AS first_time, max(a.last_time) AS last_time, sum(a.inserted) AS inserted,
      sum(a.revised) AS revised
    FROM unnest(added) a GROUP BY a.type
  ) s JOIN unnest(batch) b ON b.type = s.type
  RETURNING id, (SELECT sum(i) FROM unnest(inserted) i), (SELECT sum(r) FROM unnest(revised) r)
  INTO load_id, inserted, revised;
  unchanged := received - inserted;
  PERFORM set_config('flux.revised', revised::text, true);
  PERFORM pg_notify('flux_updates', load_id::text);
END $$;
COMMENT ON FUNCTION flux.insert_market_data_batch(flux.market_data_input[], timestamptz, jsonb[]) IS
  'The way into market_data: inserts the elements whose value (or metadata, where given) differs from the revision in force at observed_at; the last element of a (type, time) counts. How many replaced another is in the setting flux.revised until the transaction ends. Idempotent; one batch a transaction. SELECT * FROM flux.insert_market_data_batch($1).';
REVOKE ALL ON FUNCTION flux.insert_market_data_batch(flux.market_data_input[], timestamptz, jsonb[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.insert_market_data_batch(flux.market_data_input[], timestamptz, jsonb[]) TO flux_collector;
COMMIT;
