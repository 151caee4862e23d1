BEGIN;
DROP TABLE flux_ops.collector;
COMMIT;
