BEGIN;
DROP TABLE flux_ops.backfill_job;
COMMIT;
