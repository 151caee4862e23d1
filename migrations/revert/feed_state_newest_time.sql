BEGIN;
ALTER TABLE flux_ops.feed_state DROP COLUMN newest_time;
COMMIT;
