BEGIN;
DROP PROCEDURE flux.refresh_rollups(timestamptz, timestamptz);
COMMIT;
