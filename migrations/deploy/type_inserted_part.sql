-- A batch is taken apart by signal: what it has of each, and what became of that.
BEGIN;
CREATE TYPE flux_ops.inserted_part AS (
    type integer,
    first_time timestamp with time zone,
    last_time timestamp with time zone,
    inserted bigint,
    revised bigint
);
COMMENT ON TYPE flux_ops.inserted_part IS 'What one signal got of a batch.';
COMMENT ON COLUMN flux_ops.inserted_part.type IS 'The signal.';
COMMENT ON COLUMN flux_ops.inserted_part.first_time IS 'The earliest time inserted.';
COMMENT ON COLUMN flux_ops.inserted_part.last_time IS 'The latest; included.';
COMMENT ON COLUMN flux_ops.inserted_part.inserted IS 'How many revisions.';
COMMENT ON COLUMN flux_ops.inserted_part.revised IS 'How many of them replaced another value.';
CREATE TYPE flux_ops.batch_part AS (
    type integer,
    first_time timestamp with time zone,
    last_time timestamp with time zone,
    times timestamp with time zone[],
    "values" real[]
);
COMMENT ON TYPE flux_ops.batch_part IS 'What a batch has of one signal.';
COMMENT ON COLUMN flux_ops.batch_part.type IS 'The signal.';
COMMENT ON COLUMN flux_ops.batch_part.first_time IS 'The earliest time.';
COMMENT ON COLUMN flux_ops.batch_part.last_time IS 'The latest; included.';
COMMENT ON COLUMN flux_ops.batch_part.times IS 'The times in the order of the batch.';
COMMENT ON COLUMN flux_ops.batch_part."values" IS 'The values of these times.';
COMMIT;
