BEGIN;
DROP TABLE flux.mg_device_registry;
COMMIT;
