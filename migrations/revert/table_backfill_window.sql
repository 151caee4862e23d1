BEGIN;
DROP TABLE flux_ops.backfill_window;
COMMIT;
