BEGIN;
CREATE VIEW flux.coverage AS
SELECT c.feed, c.from_time, c.to_time, c.observed_at, c.fetches, c.records, c.observations, c.rejected, c.filtered,
  c.outside, c.least_age, c.source
FROM flux_ops.coverage c;
COMMENT ON VIEW flux.coverage IS 'What a caller asked for and got: a row for each window of a feed, of the reply observed last.';
DO $$ DECLARE c record; BEGIN  -- the words of the table
  FOR c IN SELECT a.attname, pg_catalog.col_description(a.attrelid, a.attnum) AS words FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = 'flux_ops.coverage'::regclass AND a.attnum > 0 AND NOT a.attisdropped LOOP
    EXECUTE pg_catalog.format('COMMENT ON COLUMN flux.coverage.%I IS %L', c.attname, c.words);
  END LOOP;
END $$;
GRANT SELECT ON flux.coverage TO flux_reader, flux_collector;
COMMIT;
