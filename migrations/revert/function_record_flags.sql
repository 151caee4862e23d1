BEGIN;
DROP FUNCTION flux_ops.record_flags(text, timestamptz, jsonb);
COMMIT;
