BEGIN;
DROP FUNCTION flux_ops.maintain(integer);
COMMIT;
