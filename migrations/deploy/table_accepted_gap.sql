BEGIN;
CREATE TABLE flux_ops.accepted_gap (
    type integer NOT NULL,
    from_time timestamp with time zone NOT NULL,
    to_time timestamp with time zone NOT NULL,
    reason text NOT NULL CHECK (btrim(reason) <> ''),
    accepted_by text NOT NULL DEFAULT session_user,
    accepted_at timestamp with time zone NOT NULL DEFAULT now(),
    PRIMARY KEY (type, from_time, to_time),
    CHECK (from_time < to_time)
);
COMMENT ON TABLE flux_ops.accepted_gap IS 'What a source will never have: missing half hours that somebody has accepted, and that raise no alarm any more. A value that comes all the same is stored as any other.';
COMMENT ON COLUMN flux_ops.accepted_gap.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux_ops.accepted_gap.from_time IS 'Start of the first half hour.';
COMMENT ON COLUMN flux_ops.accepted_gap.to_time IS 'End of the last one, excluded.';
COMMENT ON COLUMN flux_ops.accepted_gap.reason IS 'Why nothing will come, in the words of whoever accepted it.';
COMMENT ON COLUMN flux_ops.accepted_gap.accepted_by IS 'The role that did.';
COMMENT ON COLUMN flux_ops.accepted_gap.accepted_at IS 'When.';
GRANT SELECT, INSERT ON flux_ops.accepted_gap TO flux_collector;
GRANT DELETE ON flux_ops.accepted_gap TO flux_owner;
COMMIT;
