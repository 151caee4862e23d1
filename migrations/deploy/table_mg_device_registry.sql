BEGIN;
CREATE TABLE flux.mg_device_registry (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    site text NOT NULL,
    metadata jsonb,
    active boolean DEFAULT true
);
CREATE INDEX mg_device_registry_site_idx ON flux.mg_device_registry (site);
CREATE INDEX mg_device_registry_type_idx ON flux.mg_device_registry (type);
COMMENT ON TABLE flux.mg_device_registry IS 'Devices: meters and batteries, with their site. Readings name a device by its id; none is refused for a device that is not here.';
COMMENT ON COLUMN flux.mg_device_registry.id IS 'What device_id of the readings says.';
COMMENT ON COLUMN flux.mg_device_registry.created_at IS 'When the device was registered.';
COMMENT ON COLUMN flux.mg_device_registry.name IS 'The name, for people.';
COMMENT ON COLUMN flux.mg_device_registry.type IS 'What kind of device: meter, bess.';
COMMENT ON COLUMN flux.mg_device_registry.site IS 'Where it stands.';
COMMENT ON COLUMN flux.mg_device_registry.metadata IS 'Whatever else is known: location, firmware_version, modbus_address, polling_interval (s), max_power (kW).';
COMMENT ON COLUMN flux.mg_device_registry.active IS 'Whether it is in use.';
COMMENT ON INDEX flux.mg_device_registry_site_idx IS 'The devices of a site.';
COMMENT ON INDEX flux.mg_device_registry_type_idx IS 'The devices of a kind.';
GRANT SELECT ON flux.mg_device_registry TO flux_reader, flux_collector, flux_telemetry;
GRANT SELECT, INSERT, UPDATE, DELETE ON flux.mg_device_registry TO flux_owner;
COMMIT;
