BEGIN;
CREATE VIEW flux.feed_signal AS
SELECT s.feed, s.type, s.first_time, s.last_time, s.published_after, s.cadence, s.expected_after, s.asked_every,
  s.is_estimate
FROM flux_ops.feed_signal s;
COMMENT ON VIEW flux.feed_signal IS 'Which feed supplies which signal, and at what pace: what flux.gaps is asked with.';
DO $$ DECLARE c record; BEGIN  -- the words of the table
  FOR c IN SELECT a.attname, pg_catalog.col_description(a.attrelid, a.attnum) AS words FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = 'flux_ops.feed_signal'::regclass AND a.attnum > 0 AND NOT a.attisdropped LOOP
    EXECUTE pg_catalog.format('COMMENT ON COLUMN flux.feed_signal.%I IS %L', c.attname, c.words);
  END LOOP;
END $$;
GRANT SELECT ON flux.feed_signal TO flux_reader, flux_collector;
COMMIT;
