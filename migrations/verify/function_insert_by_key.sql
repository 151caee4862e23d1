BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.insert_by_key(flux.market_data_input[], timestamptz, jsonb[])') IS NOT NULL, 'function_insert_by_key is missing';
  ASSERT NOT has_function_privilege('flux_collector', 'flux_ops.insert_by_key(flux.market_data_input[], timestamptz, jsonb[])', 'EXECUTE'), 'flux_collector can execute insert_by_key';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.insert_by_key(flux.market_data_input[], timestamptz, jsonb[])', 'EXECUTE'), 'flux_reader can execute insert_by_key';
END $$;
ROLLBACK;
