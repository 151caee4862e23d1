BEGIN;
DROP TABLE flux_ops.feed_signal;
COMMIT;
