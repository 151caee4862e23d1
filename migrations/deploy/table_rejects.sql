BEGIN;
CREATE TABLE flux_ops.rejects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed text NOT NULL,
    url text,
    observed_at timestamp with time zone NOT NULL,
    place text NOT NULL,
    record_time text,
    field text NOT NULL,
    value text NOT NULL,
    reason text NOT NULL,
    sample text,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    times bigint NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'retried', 'discarded')),
    digest bytea NOT NULL UNIQUE
);
CREATE INDEX rejects_feed_last_seen_idx ON flux_ops.rejects (feed, last_seen DESC, id DESC);
COMMENT ON TABLE flux_ops.rejects IS 'Records, or values of them, that were refused; their neighbours went in. The newest 10,000 of a feed are kept.';
COMMENT ON COLUMN flux_ops.rejects.id IS 'The number that commands use.';
COMMENT ON COLUMN flux_ops.rejects.feed IS 'The feed''s id.';
COMMENT ON COLUMN flux_ops.rejects.url IS 'What was asked; without secrets.';
COMMENT ON COLUMN flux_ops.rejects.observed_at IS 'When the newest reply with it had arrived.';
COMMENT ON COLUMN flux_ops.rejects.place IS 'Where in that reply: data[17], line 4.';
COMMENT ON COLUMN flux_ops.rejects.record_time IS 'The period or instant that it is of, as text; NULL where that could not be read.';
COMMENT ON COLUMN flux_ops.rejects.field IS 'The field''s name in the reply.';
COMMENT ON COLUMN flux_ops.rejects.value IS 'The value as it stands in the reply, cut.';
COMMENT ON COLUMN flux_ops.rejects.reason IS 'Why it was refused: is not a number.';
COMMENT ON COLUMN flux_ops.rejects.sample IS 'A piece of the reply about it; NULL where none was kept.';
COMMENT ON COLUMN flux_ops.rejects.first_seen IS 'When it was observed first.';
COMMENT ON COLUMN flux_ops.rejects.last_seen IS 'When it was observed last.';
COMMENT ON COLUMN flux_ops.rejects.times IS 'How often.';
COMMENT ON COLUMN flux_ops.rejects.state IS 'open, retried or discarded.';
COMMENT ON COLUMN flux_ops.rejects.digest IS 'What makes it the same: feed, time (place where there is none), field, value and reason.';
GRANT SELECT, INSERT, UPDATE, DELETE ON flux_ops.rejects TO flux_collector;
COMMIT;
