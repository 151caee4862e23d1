BEGIN;
ALTER TABLE flux_ops.feed_state ADD COLUMN IF NOT EXISTS newest_time timestamp with time zone;
COMMENT ON COLUMN flux_ops.feed_state.newest_time IS 'The newest time a value of this feed is of.';
COMMIT;
