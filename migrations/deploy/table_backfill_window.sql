-- A window is updated twice, claimed and done: with room on its page, and no index on what changes, in place.
-- No foreign key: its check would cost as much as the row, and the functions of flux_ops alone write here.
BEGIN;
CREATE TABLE flux_ops.backfill_window (
    job bigint NOT NULL,
    number integer NOT NULL,
    from_time timestamp with time zone NOT NULL,
    to_time timestamp with time zone NOT NULL,
    state text NOT NULL DEFAULT 'todo' CHECK (state IN ('todo', 'claimed', 'done', 'failed')),
    worker bigint,
    attempts integer NOT NULL DEFAULT 0,
    observations integer,
    rejected integer,
    last_error text,
    next_try_at timestamp with time zone,
    PRIMARY KEY (job, number),
    CHECK (from_time < to_time)
) WITH (fillfactor = 50);
COMMENT ON TABLE flux_ops.backfill_window IS 'The windows of each backfill, and how far each is. Changed by the functions of flux_ops alone.';
COMMENT ON COLUMN flux_ops.backfill_window.job IS 'The backfill: an id of backfill_job.';
COMMENT ON COLUMN flux_ops.backfill_window.number IS 'Its place in the plan, from 1.';
COMMENT ON COLUMN flux_ops.backfill_window.from_time IS 'Start of the window of time to ask for.';
COMMENT ON COLUMN flux_ops.backfill_window.to_time IS 'Its end, excluded.';
COMMENT ON COLUMN flux_ops.backfill_window.state IS 'todo; claimed by a worker; done, in the table; or failed, set aside until somebody repeats it.';
COMMENT ON COLUMN flux_ops.backfill_window.worker IS 'Who claimed it last. A worker holds an advisory lock on its number: where that is free, the claim is over.';
COMMENT ON COLUMN flux_ops.backfill_window.attempts IS 'How often it failed.';
COMMENT ON COLUMN flux_ops.backfill_window.observations IS 'Observations that its reply had; NULL until it is done.';
COMMENT ON COLUMN flux_ops.backfill_window.rejected IS 'Records of the reply with at least one reject; NULL until it is done.';
COMMENT ON COLUMN flux_ops.backfill_window.last_error IS 'Why it failed last, in one line, without secrets; NULL once it is done.';
COMMENT ON COLUMN flux_ops.backfill_window.next_try_at IS 'When it is to be tried again after a failure, by the worker''s clock; NULL at once.';
GRANT SELECT ON flux_ops.backfill_window TO flux_collector;
COMMIT;
