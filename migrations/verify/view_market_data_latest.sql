BEGIN;
SELECT type, name, unit, "time", value, metadata, observed_at, age FROM flux.market_data_latest WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.market_data_latest', 'SELECT'), 'flux_reader cannot read market_data_latest';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.market_data_latest', 'INSERT, UPDATE, DELETE'), 'flux_reader can change market_data_latest';
END $$;
ROLLBACK;
