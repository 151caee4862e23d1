BEGIN;
DROP FUNCTION flux.gaps(integer, text[], interval, timestamptz, timestamptz, timestamptz);
DROP FUNCTION flux.known_since(integer, text[]);
COMMIT;
