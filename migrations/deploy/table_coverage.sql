BEGIN;
CREATE TABLE flux_ops.coverage (
    feed text NOT NULL,
    from_time timestamp with time zone NOT NULL,
    to_time timestamp with time zone NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    fetches bigint NOT NULL DEFAULT 1,
    records integer NOT NULL,
    observations integer NOT NULL,
    rejected integer NOT NULL,
    filtered integer NOT NULL,
    outside integer NOT NULL,
    least_age interval,
    source text,
    PRIMARY KEY (feed, from_time, to_time),
    CHECK (from_time < to_time)
);
-- The windows of a feed that overlap one: found whatever their length and number.
CREATE INDEX coverage_window_idx ON flux_ops.coverage USING gist (tstzrange(from_time, to_time));
COMMENT ON TABLE flux_ops.coverage IS 'What a caller asked for and got: a row for each window of a feed, of the reply observed last.';
COMMENT ON COLUMN flux_ops.coverage.feed IS 'The feed''s id: elexon-system-price.';
COMMENT ON COLUMN flux_ops.coverage.from_time IS 'Start of the window of time asked for.';
COMMENT ON COLUMN flux_ops.coverage.to_time IS 'Its end, excluded.';
COMMENT ON COLUMN flux_ops.coverage.observed_at IS 'When the newest reply had arrived, by the collector''s clock.';
COMMENT ON COLUMN flux_ops.coverage.fetches IS 'How many replies of this window were loaded.';
COMMENT ON COLUMN flux_ops.coverage.records IS 'Records in the newest reply.';
COMMENT ON COLUMN flux_ops.coverage.observations IS 'Observations that they became.';
COMMENT ON COLUMN flux_ops.coverage.rejected IS 'Records with at least one reject.';
COMMENT ON COLUMN flux_ops.coverage.filtered IS 'Records that the feed leaves out by rule.';
COMMENT ON COLUMN flux_ops.coverage.outside IS 'Records of a time outside the window.';
COMMENT ON COLUMN flux_ops.coverage.least_age IS 'The smallest distance of the record''s own publication time from its period''s end; NULL where the feed has none.';
COMMENT ON COLUMN flux_ops.coverage.source IS 'Who asked: collect FEED, backfill FEED, import FILE.';
GRANT SELECT, INSERT, UPDATE ON flux_ops.coverage TO flux_collector;
COMMIT;
