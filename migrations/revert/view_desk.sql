BEGIN;
DROP VIEW flux.desk;
DROP FUNCTION flux.desk_values();
COMMIT;
