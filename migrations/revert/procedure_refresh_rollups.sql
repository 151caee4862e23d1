BEGIN;
DROP PROCEDURE flux.refresh_rollups(timestamptz, timestamptz);
DROP PROCEDURE flux_ops.roll_up(timestamptz, timestamptz, timestamptz);
COMMIT;
