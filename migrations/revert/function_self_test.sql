BEGIN;
DROP FUNCTION flux_ops.self_test();
COMMIT;
