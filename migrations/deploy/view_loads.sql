-- Without an order of its own: whoever asks for the newest gets them by one walk down an index, in either direction.
BEGIN;
CREATE VIEW flux.loads AS
SELECT l.id, l.xid, l.xid < pg_snapshot_xmin(pg_current_snapshot()) AS settled, l.stored_at, l.observed_at, l.source,
  l.types, l.first_times, l.last_times, l.received, l.inserted, l.revised
FROM flux_ops.load l;
COMMENT ON VIEW flux.loads IS 'A row for each batch that inserted something; flux.updates has one for each of its signals. Its place in the feed of updates is (xid, id). The six arrays go together, one element a signal.';
COMMENT ON COLUMN flux.loads.settled IS 'Whether no row before this one can still appear: a cursor may stand here.';
DO $$ DECLARE c record; BEGIN  -- the words of the table
  FOR c IN SELECT a.attname, pg_catalog.col_description(a.attrelid, a.attnum) AS words FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = 'flux_ops.load'::regclass AND a.attnum > 0 AND NOT a.attisdropped LOOP
    EXECUTE pg_catalog.format('COMMENT ON COLUMN flux.loads.%I IS %L', c.attname, c.words);
  END LOOP;
END $$;
GRANT SELECT ON flux.loads TO flux_reader, flux_collector;
COMMIT;
