BEGIN;
ALTER TABLE flux_ops.feed_state DROP COLUMN IF EXISTS newest_time;
COMMIT;
