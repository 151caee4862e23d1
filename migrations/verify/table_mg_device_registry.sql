BEGIN;
SELECT id, created_at, name, type, site, metadata, active FROM flux.mg_device_registry WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_owner', 'flux.mg_device_registry', 'INSERT, UPDATE'), 'flux_owner cannot write mg_device_registry';
  ASSERT NOT has_table_privilege('flux_telemetry', 'flux.mg_device_registry', 'INSERT, UPDATE, DELETE, TRUNCATE'),
    'flux_telemetry can change mg_device_registry';
  ASSERT has_table_privilege('flux_reader', 'flux.mg_device_registry', 'SELECT'), 'flux_reader cannot read mg_device_registry';
END $$;
ROLLBACK;
