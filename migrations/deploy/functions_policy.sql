BEGIN;
CREATE FUNCTION flux_ops.refresh_from() RETURNS timestamptz LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- An hour of margin: what is refreshed must be there in full.
  SELECT greatest(now() - p.keep + interval '1 hour', p.kept_from) FROM flux_ops.policy p WHERE p.relation = 'mg_meter_readings'
$$;
COMMENT ON FUNCTION flux_ops.refresh_from() IS 'The earliest instant from which the roll-ups may be computed again: readings before it are gone or about to go. NULL where none goes and none has gone.';

-- The functions of TimescaleDB are called by name where its schema is known, so nothing of it is needed without it.
CREATE FUNCTION flux_ops.apply_policies() RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET client_min_messages = 'warning' AS $$
DECLARE
  ts CONSTANT name := flux_ops.timescaledb_schema();
  p flux_ops.policy;
  rollup text;
  offset_of interval := now() - flux_ops.refresh_from();
BEGIN
  IF ts IS NULL THEN RETURN; END IF;
  FOR p IN SELECT q.* FROM flux_ops.policy q JOIN timescaledb_information.hypertables h
    ON h.hypertable_schema = 'flux' AND h.hypertable_name = q.relation ORDER BY q.relation LOOP
    EXECUTE format('SELECT %I.set_chunk_time_interval(%L::regclass, $1)', ts, 'flux.' || p.relation) USING p.chunk;
    IF NOT EXISTS (SELECT FROM timescaledb_information.compression_settings s
        WHERE s.hypertable_schema = 'flux' AND s.hypertable_name = p.relation) THEN
      EXECUTE format('ALTER TABLE flux.%I SET (timescaledb.compress, timescaledb.compress_segmentby = %L, timescaledb.compress_orderby = %L)',
        p.relation, CASE p.relation WHEN 'market_data' THEN 'type' ELSE 'device_id' END,
        CASE p.relation WHEN 'market_data' THEN '"time", created_at' ELSE '"time"' END);
    END IF;
    EXECUTE format('SELECT %1$I.remove_retention_policy(%2$L::regclass, if_exists => true)', ts, 'flux.' || p.relation);
    IF p.relation = 'mg_meter_readings' THEN
      -- They are rolled up before they go. Where some have gone the job rolls up what the refresh policies leave out.
      EXECUTE format('SELECT %I.delete_job(j.job_id) FROM timescaledb_information.jobs j
        WHERE j.proc_schema = ''flux_ops'' AND j.proc_name = ''retire_readings''', ts);
      IF p.keep IS NOT NULL OR p.kept_from IS NOT NULL THEN
        EXECUTE format('SELECT %I.add_job(''flux_ops.retire_readings'', interval ''1 hour'')', ts);
      END IF;
    ELSIF p.keep IS NOT NULL THEN
      EXECUTE format('SELECT %I.add_retention_policy(%L::regclass, $1)', ts, 'flux.' || p.relation) USING p.keep;
    END IF;
    EXECUTE format('SELECT %I.remove_compression_policy(%L::regclass, if_exists => true)', ts, 'flux.' || p.relation);
    IF p.compress_after IS NOT NULL THEN
      EXECUTE format('SELECT %I.add_compression_policy(%L::regclass, $1)', ts, 'flux.' || p.relation) USING p.compress_after;
    END IF;
  END LOOP;
  -- From the beginning where nothing is dropped: only what has changed is computed, and late readings of any age are
  -- seen. The bucket that is still filling is left to the readings themselves. The oldest first: a view shows what is
  -- kept up to the newest bucket kept, and only after that the readings themselves.
  FOREACH rollup IN ARRAY ARRAY['flux.mg_meter_readings_5m_intermediate', 'flux.mg_meter_readings_30m_intermediate'] LOOP
    EXECUTE format('SELECT %I.remove_continuous_aggregate_policy(%L::regclass, if_exists => true)', ts, rollup);
    EXECUTE format('SELECT %I.add_continuous_aggregate_policy(%L::regclass, start_offset => $1, end_offset => $2, schedule_interval => $3, refresh_newest_first => false)',
      ts, rollup) USING CASE WHEN offset_of IS NOT NULL THEN greatest(offset_of, interval '3 hours') END, interval '30 minutes', interval '10 minutes';
  END LOOP;
END $$;
COMMENT ON FUNCTION flux_ops.apply_policies() IS 'Gives TimescaleDB the jobs that flux_ops.policy asks for: chunk length, compression, retention, refresh of the roll-ups. Without TimescaleDB nothing: flux_ops.maintain() does what can be done.';

CREATE FUNCTION flux_ops.set_policy(name text, value text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  relations text[];
  setting CONSTANT text := split_part($1, '.', 2);
  span interval;
BEGIN
  SELECT array_agg(p.relation ORDER BY p.relation) INTO relations FROM flux_ops.policy p
  WHERE p.relation = split_part($1, '.', 1) OR split_part($1, '.', 1) = 'readings' AND p.relation LIKE 'mg\_%';
  IF $1 IS NULL OR relations IS NULL OR split_part($1, '.', 3) <> '' OR setting NOT IN ('chunk', 'compress_after', 'keep') THEN
    RAISE EXCEPTION 'there is no policy %', coalesce(quote_literal($1), 'NULL') USING ERRCODE = '22023',
      HINT = 'TABLE.chunk, TABLE.compress_after, TABLE.keep, where TABLE is mg_meter_readings, mg_bess_readings, market_data, or readings for the first two.';
  END IF;
  IF coalesce(nullif(lower($2), ''), 'never') NOT IN ('never', 'off', 'forever') THEN
    BEGIN
      span := $2::interval;
    EXCEPTION WHEN data_exception THEN
      RAISE EXCEPTION '% is no length of time', quote_literal($2) USING ERRCODE = '22023', HINT = '7 days, 2 years, or never.';
    END;
  END IF;
  IF setting = 'chunk' AND span IS NULL
     OR span < (CASE setting WHEN 'chunk' THEN interval '1 hour' WHEN 'keep' THEN interval '1 day' ELSE interval '0' END) THEN
    RAISE EXCEPTION '% cannot be %', $1, coalesce($2, 'NULL') USING ERRCODE = '22023',
      HINT = 'chunk is 1 hour or more, keep 1 day or more or never, compress_after any age or never.';
  END IF;
  UPDATE flux_ops.policy p SET
    chunk = CASE setting WHEN 'chunk' THEN span ELSE p.chunk END,
    compress_after = CASE setting WHEN 'compress_after' THEN span ELSE p.compress_after END,
    keep = CASE setting WHEN 'keep' THEN span ELSE p.keep END
  WHERE p.relation = ANY (relations);
  PERFORM flux_ops.apply_policies();
END $$;
COMMENT ON FUNCTION flux_ops.set_policy(text, text) IS
  'Changes one setting and the jobs that follow from it: set_policy(''readings.keep'', ''2 years''); ''never'' turns it off.';

CREATE FUNCTION flux_ops.policies() RETURNS TABLE (name text, value text, done_by text, description text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ts CONSTANT name := flux_ops.timescaledb_schema();
BEGIN
  RETURN QUERY
  SELECT p.relation || '.' || s.setting, coalesce(s.span::text, 'never'),
    CASE WHEN s.span IS NULL THEN 'nobody'
      WHEN ts IS NOT NULL THEN 'TimescaleDB'
      WHEN s.setting = 'keep' THEN 'flux_ops.maintain()'
      ELSE 'nobody: this engine has ordinary tables' END,
    s.words
  FROM flux_ops.policy p
  CROSS JOIN LATERAL (VALUES
    (1, 'chunk', p.chunk, 'how much time a new chunk covers'),
    (2, 'compress_after', p.compress_after, 'the age at which a chunk is compressed'),
    (3, 'keep', p.keep, 'the age at which rows go' || CASE WHEN p.relation = 'mg_meter_readings' THEN
      CASE WHEN ts IS NOT NULL THEN '; the roll-ups stay' ELSE '; the roll-ups are views here, theirs go too' END ELSE '' END)
  ) AS s(place, setting, span, words)
  ORDER BY p.relation, s.place;
END $$;
COMMENT ON FUNCTION flux_ops.policies() IS 'Every setting of flux_ops.policy: its name for set_policy, its value, who does it on this engine, what it means.';
REVOKE ALL ON FUNCTION flux_ops.refresh_from(), flux_ops.apply_policies(), flux_ops.set_policy(text, text), flux_ops.policies() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.refresh_from(), flux_ops.set_policy(text, text), flux_ops.policies() TO flux_owner;
GRANT EXECUTE ON FUNCTION flux_ops.policies() TO flux_collector;
-- A day of readings every ten seconds in a compressed batch: TimescaleDB's 1,000 rows leave pages of TOAST less full. The
-- session that compresses reads this, which is the job's.
DO $$ BEGIN
  IF flux_ops.timescaledb_schema() IS NOT NULL
      AND EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.compression_batch_size_limit') THEN
    EXECUTE format('ALTER DATABASE %I SET timescaledb.compression_batch_size_limit = 8000', current_database());
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;  -- not the database's owner: 1,000 do as well
END $$;
DO $$ BEGIN PERFORM flux_ops.apply_policies(); END $$;
COMMIT;
