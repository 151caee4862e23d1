BEGIN;
SELECT newest_time FROM flux_ops.feed_state WHERE false;
ROLLBACK;
