-- Whose they are is told by the search_path, as callers tell it.
BEGIN;
SELECT coalesce(flux_ops.toolkit_schema(), 'flux') AS counters \gset
SELECT :"counters".rollup(s) FROM (
  SELECT :"counters".counter_agg(at, reading ORDER BY at) AS s FROM (VALUES (now(), 1.0), (now() - interval '1 hour', 2)) r(at, reading)) q;
DO $$ BEGIN
  IF flux_ops.toolkit_schema() IS NULL THEN
    ASSERT (flux.counter_summary(ARRAY[now(), now() - interval '1 hour'], '{1, 2}')).reset_sum = 2, 'counter_summary errs';
    ASSERT has_function_privilege('flux_reader', 'flux.counter_summary(timestamptz[], double precision[])', 'EXECUTE'),
      'flux_reader cannot execute counter_summary';
  END IF;
END $$;
ROLLBACK;
