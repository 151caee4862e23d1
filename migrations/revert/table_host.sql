BEGIN;
DROP TABLE flux_ops.host;
COMMIT;
