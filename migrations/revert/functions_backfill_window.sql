BEGIN;
DROP FUNCTION flux_ops.fail_backfill_window(bigint, integer, text, timestamptz);
DROP FUNCTION flux_ops.end_backfill_windows(bigint, integer[], integer[], integer[], bigint, bigint, bigint);
DROP FUNCTION flux_ops.claim_backfill_windows(bigint, bigint, timestamptz, integer, integer);
DROP FUNCTION flux_ops.end_backfill_worker(bigint);
DROP FUNCTION flux_ops.begin_backfill_worker();
DROP SEQUENCE flux_ops.backfill_worker;
COMMIT;
