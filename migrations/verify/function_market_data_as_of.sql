BEGIN;
SELECT "time", type, value, metadata, created_at FROM flux.market_data_as_of(now(), now(), now());
DO $$ BEGIN
  ASSERT to_regprocedure('flux.market_data_as_of(timestamptz, timestamptz, timestamptz, integer[])') IS NOT NULL, 'function_market_data_as_of is missing';
  ASSERT has_function_privilege('flux_collector', 'flux.market_data_as_of(timestamptz, timestamptz, timestamptz, integer[])', 'EXECUTE'), 'flux_collector cannot execute market_data_as_of';
  ASSERT has_function_privilege('flux_reader', 'flux.market_data_as_of(timestamptz, timestamptz, timestamptz, integer[])', 'EXECUTE'), 'flux_reader cannot execute market_data_as_of';
END $$;
ROLLBACK;
