BEGIN;
DROP VIEW flux.feed_signal;
COMMIT;
