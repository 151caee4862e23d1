BEGIN;
DROP VIEW flux.updates;
COMMIT;
