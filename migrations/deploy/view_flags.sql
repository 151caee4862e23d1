BEGIN;
CREATE VIEW flux.flags AS
SELECT f.type, f."time", f.value, f.reason, f.feed, f.first_seen, f.last_seen
FROM flux_ops.flags f;
COMMENT ON VIEW flux.flags IS 'Values outside their plausible range: stored unchanged, and shown here.';
DO $$ DECLARE c record; BEGIN  -- the words of the table
  FOR c IN SELECT a.attname, pg_catalog.col_description(a.attrelid, a.attnum) AS words FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = 'flux_ops.flags'::regclass AND a.attnum > 0 AND NOT a.attisdropped LOOP
    EXECUTE pg_catalog.format('COMMENT ON COLUMN flux.flags.%I IS %L', c.attname, c.words);
  END LOOP;
END $$;
GRANT SELECT ON flux.flags TO flux_reader, flux_collector;
COMMIT;
