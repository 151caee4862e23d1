BEGIN;
DROP TABLE flux_ops.policy;
COMMIT;
