BEGIN;
DROP FUNCTION flux_ops.is_in_force(integer, timestamptz[], real[], timestamptz);
COMMIT;
