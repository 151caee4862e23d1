BEGIN;
CREATE TABLE flux_ops.feed_state (
    feed text PRIMARY KEY,
    last_attempt_at timestamp with time zone,
    last_success_at timestamp with time zone,
    consecutive_failures integer NOT NULL DEFAULT 0 CHECK (consecutive_failures >= 0),
    last_error text,
    next_due_at timestamp with time zone
);
COMMENT ON TABLE flux_ops.feed_state IS 'How each feed fares: a row for each that was ever asked.';
COMMENT ON COLUMN flux_ops.feed_state.feed IS 'The feed''s id.';
COMMENT ON COLUMN flux_ops.feed_state.last_attempt_at IS 'When it was last asked.';
COMMENT ON COLUMN flux_ops.feed_state.last_success_at IS 'When it last answered as it should.';
COMMENT ON COLUMN flux_ops.feed_state.consecutive_failures IS 'Failures since then.';
COMMENT ON COLUMN flux_ops.feed_state.last_error IS 'The last failure in one line, without secrets; NULL after a success.';
COMMENT ON COLUMN flux_ops.feed_state.next_due_at IS 'When it will be asked again; NULL where nobody will by itself.';
GRANT SELECT, INSERT, UPDATE ON flux_ops.feed_state TO flux_collector;
COMMIT;
