BEGIN;
CREATE TABLE flux_ops.flags (
    type integer NOT NULL,
    "time" timestamp with time zone NOT NULL,
    value real NOT NULL,
    reason text NOT NULL,
    feed text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    PRIMARY KEY (type, "time", value)
);
COMMENT ON TABLE flux_ops.flags IS 'Values outside their plausible range: stored unchanged, and shown to somebody.';
COMMENT ON COLUMN flux_ops.flags.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux_ops.flags."time" IS 'What the value is of.';
COMMENT ON COLUMN flux_ops.flags.value IS 'The value, in the unit of its signal.';
COMMENT ON COLUMN flux_ops.flags.reason IS 'Why it was flagged: above 9000 £/MWh.';
COMMENT ON COLUMN flux_ops.flags.feed IS 'The feed that brought it.';
COMMENT ON COLUMN flux_ops.flags.first_seen IS 'When it was observed first.';
COMMENT ON COLUMN flux_ops.flags.last_seen IS 'When it was observed last.';
GRANT SELECT, INSERT, UPDATE ON flux_ops.flags TO flux_collector;
COMMIT;
