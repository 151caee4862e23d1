BEGIN;
DROP FUNCTION flux_ops.hold_hosts(text, text[], interval, text[], boolean, boolean);
COMMIT;
