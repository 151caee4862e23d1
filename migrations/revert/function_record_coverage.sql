BEGIN;
DROP FUNCTION flux_ops.record_coverage(text, timestamptz[], timestamptz[], timestamptz[], integer[], integer[], integer[], integer[], integer[], interval[], text);
COMMIT;
