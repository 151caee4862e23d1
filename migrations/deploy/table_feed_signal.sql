BEGIN;
CREATE TABLE flux_ops.feed_signal (
    feed text NOT NULL,
    type integer NOT NULL,
    first_time timestamp with time zone,
    last_time timestamp with time zone,
    published_after interval,
    PRIMARY KEY (feed, type)
);
COMMENT ON TABLE flux_ops.feed_signal IS 'Which feed supplies a signal with a value for every half hour, as the feed files of whoever fetched last say.';
COMMENT ON COLUMN flux_ops.feed_signal.feed IS 'The feed''s id.';
COMMENT ON COLUMN flux_ops.feed_signal.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux_ops.feed_signal.first_time IS 'From when on the provider has values; NULL where the feed does not say.';
COMMENT ON COLUMN flux_ops.feed_signal.last_time IS 'Until when, excluded; NULL for ever.';
COMMENT ON COLUMN flux_ops.feed_signal.published_after IS 'How long after a half hour''s start its value should be here; NULL where that cannot be said, as of a file that is whatever it is.';
GRANT SELECT, INSERT, UPDATE, DELETE ON flux_ops.feed_signal TO flux_collector;
COMMIT;
