BEGIN;
DROP TABLE flux_ops.flags;
COMMIT;
