BEGIN;
SELECT id, "time", type, value, metadata, created_at FROM flux.market_data_current WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.market_data_current', 'SELECT'), 'flux_reader cannot read market_data_current';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.market_data_current', 'INSERT, UPDATE, DELETE'), 'flux_reader can change market_data_current';
END $$;
ROLLBACK;
