BEGIN;
DROP TABLE flux_ops.feed_state;
COMMIT;
