BEGIN;
DROP VIEW flux.coverage;
COMMIT;
