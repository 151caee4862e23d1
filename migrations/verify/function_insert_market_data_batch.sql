BEGIN;
SELECT received, inserted, unchanged FROM flux.insert_market_data_batch('{}');
DO $$ BEGIN
  ASSERT to_regprocedure('flux.insert_market_data_batch(flux.market_data_input[], timestamptz, jsonb[])') IS NOT NULL, 'function_insert_market_data_batch is missing';
  ASSERT has_function_privilege('flux_collector', 'flux.insert_market_data_batch(flux.market_data_input[], timestamptz, jsonb[])', 'EXECUTE'), 'flux_collector cannot execute insert_market_data_batch';
  ASSERT NOT has_function_privilege('flux_reader', 'flux.insert_market_data_batch(flux.market_data_input[], timestamptz, jsonb[])', 'EXECUTE'), 'flux_reader can execute insert_market_data_batch';
END $$;
ROLLBACK;
