BEGIN;
SELECT id, "time", type, value, metadata, created_at FROM flux.market_data WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux.market_data', 'SELECT'), 'flux_collector cannot read market_data';
  ASSERT has_table_privilege('flux_collector', 'flux.market_data', 'INSERT'), 'flux_collector cannot insert market_data';
  ASSERT NOT has_table_privilege('flux_collector', 'flux.market_data', 'UPDATE, DELETE, TRUNCATE'),
    'flux_collector can change the history';
  ASSERT has_table_privilege('flux_reader', 'flux.market_data', 'SELECT'), 'flux_reader cannot read market_data';
END $$;
ROLLBACK;
