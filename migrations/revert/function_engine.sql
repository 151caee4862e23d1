BEGIN;
DROP FUNCTION flux_ops.timescaledb_schema();
DROP FUNCTION flux_ops.toolkit_schema();
COMMIT;
