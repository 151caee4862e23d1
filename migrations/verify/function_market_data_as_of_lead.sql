BEGIN;
SELECT "time", type, value, metadata, created_at FROM flux.market_data_as_of_lead('20 minutes', now(), now());
DO $$ BEGIN
  ASSERT to_regprocedure('flux.market_data_as_of_lead(interval, timestamptz, timestamptz, integer[])') IS NOT NULL, 'market_data_as_of_lead is missing';
  ASSERT has_function_privilege('flux_collector', 'flux.market_data_as_of_lead(interval, timestamptz, timestamptz, integer[])', 'EXECUTE'), 'flux_collector cannot execute market_data_as_of_lead';
  ASSERT has_function_privilege('flux_reader', 'flux.market_data_as_of_lead(interval, timestamptz, timestamptz, integer[])', 'EXECUTE'), 'flux_reader cannot execute market_data_as_of_lead';
END $$;
ROLLBACK;
