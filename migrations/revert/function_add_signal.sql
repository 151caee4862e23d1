BEGIN;
DROP FUNCTION flux.add_signal(text, text, text);
COMMIT;
