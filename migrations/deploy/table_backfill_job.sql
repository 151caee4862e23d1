BEGIN;
CREATE TABLE flux_ops.backfill_job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed text NOT NULL,
    request text NOT NULL,
    from_time timestamp with time zone NOT NULL,
    to_time timestamp with time zone NOT NULL,
    mode text NOT NULL CHECK (mode IN ('missing', 'failed', 'all')),
    newest_first boolean NOT NULL,
    plan text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'ended', 'cancelled')),
    inserted bigint NOT NULL DEFAULT 0,
    revised bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamp with time zone,
    CHECK (from_time < to_time)
);
COMMENT ON TABLE flux_ops.backfill_job IS 'What backfills were asked for: a row each, kept for 90 days after it ended.';
COMMENT ON COLUMN flux_ops.backfill_job.id IS 'What --join, show, retry and cancel name it by.';
COMMENT ON COLUMN flux_ops.backfill_job.feed IS 'The feed''s id: elexon-system-price.';
COMMENT ON COLUMN flux_ops.backfill_job.request IS 'What was asked for, for people: imbalance_price --from 2019-01-01.';
COMMENT ON COLUMN flux_ops.backfill_job.from_time IS 'Start of the range asked for.';
COMMENT ON COLUMN flux_ops.backfill_job.to_time IS 'Its end, excluded.';
COMMENT ON COLUMN flux_ops.backfill_job.mode IS 'Which windows of the range: missing, those that were not final; failed, those that had failed; all.';
COMMENT ON COLUMN flux_ops.backfill_job.newest_first IS 'Whether its windows are numbered from the newest one.';
COMMENT ON COLUMN flux_ops.backfill_job.plan IS 'The identity of its plan, as --dry-run prints it.';
COMMENT ON COLUMN flux_ops.backfill_job.state IS 'running until all its windows are done or failed; ended; or cancelled.';
COMMENT ON COLUMN flux_ops.backfill_job.inserted IS 'Observations that were new, or other than what was known. Of the job, since a load counts its windows together.';
COMMENT ON COLUMN flux_ops.backfill_job.revised IS 'Those of them that were other than what was known.';
COMMENT ON COLUMN flux_ops.backfill_job.unchanged IS 'Observations that were known already.';
COMMENT ON COLUMN flux_ops.backfill_job.created_at IS 'When it was begun.';
COMMENT ON COLUMN flux_ops.backfill_job.ended_at IS 'When it ended or was cancelled; NULL while it runs.';
GRANT SELECT ON flux_ops.backfill_job TO flux_collector;
COMMIT;
