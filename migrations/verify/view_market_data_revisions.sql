BEGIN;
SELECT "time", type, value, metadata, created_at, revision, previous_value, previous_metadata, previous_created_at FROM flux.market_data_revisions WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_reader', 'flux.market_data_revisions', 'SELECT'), 'flux_reader cannot read market_data_revisions';
  ASSERT NOT has_table_privilege('flux_reader', 'flux.market_data_revisions', 'INSERT, UPDATE, DELETE'), 'flux_reader can change market_data_revisions';
END $$;
ROLLBACK;
