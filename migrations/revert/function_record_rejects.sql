BEGIN;
DROP FUNCTION flux_ops.record_rejects(text, timestamptz, jsonb);
COMMIT;
