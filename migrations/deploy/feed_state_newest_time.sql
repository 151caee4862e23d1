BEGIN;
ALTER TABLE flux_ops.feed_state ADD COLUMN newest_time timestamp with time zone;
COMMENT ON COLUMN flux_ops.feed_state.newest_time IS 'The newest time that an observation of it is of; NULL where none was loaded since this is noted.';
COMMIT;
