BEGIN;
DROP FUNCTION flux_ops.conversion_due();
COMMIT;
