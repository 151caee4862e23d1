BEGIN;
DROP FUNCTION flux_ops.leave_hosts(text);
DROP FUNCTION flux_ops.release_host(text, text, bigint);
COMMIT;
