BEGIN;
DROP VIEW flux.open_gaps;
COMMIT;
