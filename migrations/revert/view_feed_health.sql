BEGIN;
DROP VIEW flux.feed_health;
DROP INDEX flux_ops.flags_feed_last_seen_idx;
COMMIT;
