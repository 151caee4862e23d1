BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux.add_signal(text, text, text)') IS NOT NULL, 'function_add_signal is missing';
  ASSERT has_function_privilege('flux_collector', 'flux.add_signal(text, text, text)', 'EXECUTE'), 'flux_collector cannot execute add_signal';
  ASSERT NOT has_function_privilege('flux_reader', 'flux.add_signal(text, text, text)', 'EXECUTE'), 'flux_reader can execute add_signal';
END $$;
ROLLBACK;
