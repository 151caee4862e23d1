BEGIN;
DROP FUNCTION flux_ops.retry_backfill(bigint);
DROP FUNCTION flux_ops.cancel_backfill(bigint);
DROP FUNCTION flux_ops.end_backfill(bigint);
DROP FUNCTION flux_ops.begin_backfill(text, text, timestamptz, timestamptz, text, boolean, text, timestamptz[], timestamptz[]);
COMMIT;
