BEGIN;
SELECT from_time, to_time, kind, reason FROM flux.gaps(3, ARRAY['a'], NULL, '2024-01-01Z', '2024-01-01Z');
DO $$ BEGIN
  ASSERT has_function_privilege('flux_reader', 'flux.gaps(integer, text[], interval, timestamptz, timestamptz, timestamptz)', 'EXECUTE'), 'flux_reader cannot ask for gaps';
  ASSERT has_function_privilege('flux_reader', 'flux.known_since(integer, text[])', 'EXECUTE'), 'flux_reader cannot execute known_since';
END $$;
ROLLBACK;
