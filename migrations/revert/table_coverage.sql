BEGIN;
DROP TABLE flux_ops.coverage;
COMMIT;
