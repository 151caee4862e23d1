BEGIN;
CREATE FUNCTION flux.add_signal(name text, unit text, description text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  taken integer;
  added integer;
BEGIN
  IF $1 IS NULL OR $1 !~ '^[a-z][a-z0-9_]*$' OR length($1) > 63 THEN
    RAISE EXCEPTION 'a signal''s name is lower-case letters, digits and _, a letter first, at most 63: not %', coalesce(quote_literal($1), 'NULL')
      USING ERRCODE = '22023';
  END IF;
  IF coalesce($2, '') = '' THEN
    RAISE EXCEPTION 'signal % needs a unit', $1 USING ERRCODE = '22023', HINT = 'MW, MWh, £/MWh, kW; 1 where it has none.';
  END IF;
  -- Two who register at once wait for each other, and get two ids.
  PERFORM pg_advisory_xact_lock(7157::bigint << 48);
  SELECT t.id INTO taken FROM flux.market_data_types t WHERE t.name = $1;
  IF FOUND THEN
    RAISE EXCEPTION 'there is a signal % already, with the id %', $1, taken USING ERRCODE = '23505';
  END IF;
  INSERT INTO flux.market_data_types (id, name, unit, description)
  SELECT greatest(1001, max(t.id) + 1), $1, $2, $3 FROM flux.market_data_types t
  RETURNING id INTO added;
  RETURN added;
END $$;
COMMENT ON FUNCTION flux.add_signal(text, text, text) IS 'Registers a signal of the user''s own and returns its id, the next free one from 1001.';
REVOKE ALL ON FUNCTION flux.add_signal(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.add_signal(text, text, text) TO flux_collector;
COMMIT;
