BEGIN;
SELECT cadence, expected_after, asked_every, is_estimate FROM flux_ops.feed_signal WHERE false;
ROLLBACK;
