-- What the database has, asked in one place: by the changes that follow, by the functions that run, by `db status`.
BEGIN;
CREATE FUNCTION flux_ops.toolkit_schema() RETURNS name LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  -- Looked for by what is called, not by the extension's name: both functions, in one schema that is not ours.
  SELECT n.nspname FROM pg_catalog.pg_proc a
  JOIN pg_catalog.pg_namespace n ON n.oid = a.pronamespace AND n.nspname NOT IN ('flux', 'flux_ops') AND n.nspname !~ '^pg_'
  JOIN pg_catalog.pg_proc i ON i.pronamespace = a.pronamespace AND i.proname = 'interpolated_delta'
    AND i.proargtypes::text = concat_ws(' ', a.prorettype, 'timestamptz'::regtype::oid, 'interval'::regtype::oid, a.prorettype, a.prorettype)
  WHERE a.proname = 'counter_agg' AND a.prokind = 'a'
    AND a.proargtypes::text = concat_ws(' ', 'timestamptz'::regtype::oid, 'float8'::regtype::oid)
  ORDER BY n.nspname <> 'public', n.nspname LIMIT 1
$$;
COMMENT ON FUNCTION flux_ops.toolkit_schema() IS 'The schema with TimescaleDB Toolkit''s counter_agg and interpolated_delta; NULL where there are none.';

CREATE FUNCTION flux_ops.timescaledb_schema() RETURNS name LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE home name;
BEGIN
  SELECT n.nspname INTO home FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  WHERE e.extname = 'timescaledb' AND current_setting('timescaledb.license', true) = 'timescale';
  -- The extension's own tables are read only where it is.
  IF home IS NOT NULL THEN
    PERFORM FROM timescaledb_information.hypertables h
    WHERE h.hypertable_schema = 'flux' AND h.hypertable_name = 'mg_meter_readings';
    IF NOT FOUND THEN home := NULL; END IF;
  END IF;
  RETURN home;
END $$;
COMMENT ON FUNCTION flux_ops.timescaledb_schema() IS 'The schema of TimescaleDB''s functions where the readings are hypertables and the licence has continuous aggregates and policies; NULL elsewhere.';
REVOKE ALL ON FUNCTION flux_ops.toolkit_schema(), flux_ops.timescaledb_schema() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.toolkit_schema(), flux_ops.timescaledb_schema() TO flux_owner, flux_collector;
COMMIT;
