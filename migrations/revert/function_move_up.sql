BEGIN;
DROP FUNCTION flux_ops.move_up();
COMMIT;
