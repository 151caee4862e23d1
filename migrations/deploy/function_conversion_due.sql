BEGIN;
CREATE FUNCTION flux_ops.conversion_due() RETURNS SETOF text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  hypertables integer := 0;
BEGIN
  -- The extension's own tables are read only where it is.
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
    SELECT count(*) INTO hypertables FROM timescaledb_information.hypertables h
    WHERE h.hypertable_schema = 'flux' AND h.hypertable_name IN ('market_data', 'mg_meter_readings', 'mg_bess_readings');
    IF hypertables < 3 THEN
      RETURN NEXT 'TimescaleDB is here, and the tables of flux are ordinary ones: they were made before it came';
    END IF;
  -- The library alone defines this setting: the server has preloaded it, and the next deployment would use it.
  ELSIF EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.disable_load')
      AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
      AND coalesce(current_setting('flux.timescaledb', true), '') NOT IN ('off', 'false', 'no', '0') THEN
    RETURN NEXT 'the server has preloaded TimescaleDB, and this database does not use it';
  END IF;
  IF flux_ops.toolkit_schema() IS NOT NULL AND to_regtype('flux.countersummary') IS NOT NULL THEN
    RETURN NEXT 'TimescaleDB Toolkit is here, and the roll-ups use the counters of flux: they were made before it came';
  END IF;
END $$;
COMMENT ON FUNCTION flux_ops.conversion_due() IS
  'What this database has, or could have, and the schema does not use yet, a sentence each. The way to use it is to dump the data, revert, deploy and load.';
REVOKE ALL ON FUNCTION flux_ops.conversion_due() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.conversion_due() TO flux_owner, flux_collector;
COMMIT;
