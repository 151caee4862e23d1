BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux_ops.insert_by_range(flux.market_data_input[], timestamptz, flux_ops.batch_part[])') IS NOT NULL, 'function_insert_by_range is missing';
  ASSERT NOT has_function_privilege('flux_collector', 'flux_ops.insert_by_range(flux.market_data_input[], timestamptz, flux_ops.batch_part[])', 'EXECUTE'), 'flux_collector can execute insert_by_range';
  ASSERT NOT has_function_privilege('flux_reader', 'flux_ops.insert_by_range(flux.market_data_input[], timestamptz, flux_ops.batch_part[])', 'EXECUTE'), 'flux_reader can execute insert_by_range';
END $$;
ROLLBACK;
