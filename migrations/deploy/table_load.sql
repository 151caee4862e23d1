BEGIN;
CREATE TABLE flux_ops.load (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    stored_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    observed_at timestamp with time zone NOT NULL,
    source text NOT NULL,
    types integer[] NOT NULL,
    first_times timestamp with time zone[] NOT NULL,
    last_times timestamp with time zone[] NOT NULL,
    received integer[] NOT NULL,
    inserted integer[] NOT NULL,
    revised integer[] NOT NULL
);
CREATE INDEX load_xid_id_idx ON flux_ops.load (xid, id);
COMMENT ON TABLE flux_ops.load IS 'A row for each batch that inserted something. Its place in the feed of updates is (xid, id); a cursor never passes pg_snapshot_xmin(pg_current_snapshot()), so nothing is overtaken. The six arrays go together, one element a signal.';
COMMENT ON COLUMN flux_ops.load.id IS 'What NOTIFY flux_updates carries.';
COMMENT ON COLUMN flux_ops.load.xid IS 'The transaction that stored the batch.';
COMMENT ON COLUMN flux_ops.load.stored_at IS 'When it was stored, by the database''s clock.';
COMMENT ON COLUMN flux_ops.load.observed_at IS 'When the reply had arrived, by the collector''s clock.';
COMMENT ON COLUMN flux_ops.load.source IS 'Who loaded: the setting flux.source, else application_name.';
COMMENT ON COLUMN flux_ops.load.types IS 'The signals that got a revision, in the order of their ids.';
COMMENT ON COLUMN flux_ops.load.first_times IS 'The earliest time inserted, a signal.';
COMMENT ON COLUMN flux_ops.load.last_times IS 'The latest time inserted, a signal; included.';
COMMENT ON COLUMN flux_ops.load.received IS 'How many elements the batch had, a signal.';
COMMENT ON COLUMN flux_ops.load.inserted IS 'How many revisions were inserted, a signal.';
COMMENT ON COLUMN flux_ops.load.revised IS 'How many of them replaced another value of the same time, a signal.';
GRANT SELECT ON flux_ops.load TO flux_collector;
COMMIT;
