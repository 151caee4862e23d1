BEGIN;
DROP TABLE flux_ops.rejects;
COMMIT;
