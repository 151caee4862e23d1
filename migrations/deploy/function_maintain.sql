-- A function, so that its caller decides how much goes in one transaction: call it again while more is true.
BEGIN;
CREATE FUNCTION flux_ops.maintain(batch integer DEFAULT 20000)
RETURNS TABLE (relation text, deleted bigint, more boolean, says text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ts CONSTANT name := flux_ops.timescaledb_schema();
  p flux_ops.policy;
BEGIN
  IF batch IS NULL OR batch < 1 THEN
    RAISE EXCEPTION 'a batch has one row or more, not %', coalesce(batch::text, 'NULL') USING ERRCODE = '22023';
  END IF;
  FOR p IN SELECT q.* FROM flux_ops.policy q ORDER BY q.relation LOOP
    relation := p.relation;
    deleted := 0;
    IF p.keep IS NULL THEN
      says := 'kept for ever';
    ELSIF ts IS NOT NULL THEN
      says := format('TimescaleDB drops chunks older than %s', p.keep);
    ELSE
      -- The oldest first, by the index on time.
      EXECUTE format('DELETE FROM flux.%1$I WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM flux.%1$I WHERE "time" < $1 ORDER BY "time" LIMIT $2))', p.relation) USING now() - p.keep, batch;
      GET DIAGNOSTICS deleted = ROW_COUNT;
      says := format('rows older than %s deleted', p.keep)
        || CASE p.relation WHEN 'mg_meter_readings' THEN '; the roll-ups are views here, theirs are gone too' ELSE '' END;
    END IF;
    IF p.compress_after IS NOT NULL AND ts IS NULL THEN says := says || '; this engine does not compress'; END IF;
    more := deleted = batch;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION flux_ops.maintain(integer) IS
  'On ordinary tables: deletes rows past their keep, at most batch a table and call; call it again while more. Says what this engine does by itself and what it does not do.';
REVOKE ALL ON FUNCTION flux_ops.maintain(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux_ops.maintain(integer) TO flux_owner;
COMMIT;
