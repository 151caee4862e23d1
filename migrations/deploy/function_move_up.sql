-- A long snapshot makes each row wander through new pages. Vacuum empties those behind it, yet can only cut off what is
-- behind the last row; and HOT updates would keep that on its page for ever.
BEGIN;
CREATE FUNCTION flux_ops.move_up() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  -- Few dead ones: vacuum has been there, and the pages before are free.
  IF pg_relation_size('flux_ops.host') > 16 * 8192 AND pg_stat_get_dead_tuples('flux_ops.host'::regclass) < 50 THEN
    WITH behind AS (DELETE FROM flux_ops.host h WHERE (h.ctid::text::point)[0] >= 16 RETURNING h.*)
    INSERT INTO flux_ops.host SELECT * FROM behind;
  END IF;
  IF pg_relation_size('flux_ops.collector') > 16 * 8192
    AND pg_stat_get_dead_tuples('flux_ops.collector'::regclass) < 50 THEN
    WITH behind AS (DELETE FROM flux_ops.collector c WHERE (c.ctid::text::point)[0] >= 16 RETURNING c.*)
    INSERT INTO flux_ops.collector SELECT * FROM behind;
  END IF;
END $$;
COMMENT ON FUNCTION flux_ops.move_up() IS
  'Brings the rows of host and collector back to the first pages once a long snapshot is gone and vacuum has run, so that the next vacuum can cut the rest off.';
REVOKE ALL ON FUNCTION flux_ops.move_up() FROM PUBLIC;
COMMIT;
