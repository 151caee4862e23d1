BEGIN;
CREATE TYPE flux_ops.inserted_part AS (
    type integer,
    first_time timestamp with time zone,
    last_time timestamp with time zone,
    inserted bigint
);
COMMENT ON TYPE flux_ops.inserted_part IS 'What one signal got of a batch.';
COMMENT ON COLUMN flux_ops.inserted_part.type IS 'The signal.';
COMMENT ON COLUMN flux_ops.inserted_part.first_time IS 'The earliest time inserted.';
COMMENT ON COLUMN flux_ops.inserted_part.last_time IS 'The latest; included.';
COMMENT ON COLUMN flux_ops.inserted_part.inserted IS 'How many revisions.';
COMMIT;
