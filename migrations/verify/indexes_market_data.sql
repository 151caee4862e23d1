BEGIN;
DO $$ BEGIN
  ASSERT (SELECT count(*) = 2 FROM pg_catalog.pg_indexes WHERE schemaname = 'flux' AND tablename = 'market_data'
    AND (indexname, substring(indexdef FROM 'USING .*')) IN (
      ('market_data_time_idx', 'USING btree ("time" DESC)'),
      ('market_data_type_time_idx', 'USING btree (type, "time" DESC)'))),
    'an index of market_data is missing or is another';
END $$;
ROLLBACK;
