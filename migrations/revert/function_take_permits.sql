BEGIN;
DROP FUNCTION flux_ops.count_excess(text, bigint);
DROP FUNCTION flux_ops.hold_host_calls(text, interval);
DROP FUNCTION flux_ops.take_permits(text, integer, interval, integer, integer);
COMMIT;
