BEGIN;
DROP TABLE flux_ops.load;
COMMIT;
