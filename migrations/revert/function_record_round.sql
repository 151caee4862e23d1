BEGIN;
DROP FUNCTION flux_ops.record_round(text, text, text, bigint, timestamptz, text, timestamptz, timestamptz);
COMMIT;
