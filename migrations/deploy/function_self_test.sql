-- TimescaleDB has had versions in which DISTINCT ON, answered by skipping through an index, gave the oldest revision of
-- a key where a compressed chunk had later rows beside it. The readers of market data do not go that way; this notices
-- if some version makes them, and tells of a version that errs when asked directly.
BEGIN;
CREATE FUNCTION flux_ops.self_test() RETURNS TABLE (name text, is_ok boolean, says text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = 'warning' AS $$
#variable_conflict use_column
DECLARE
  ts CONSTANT name := flux_ops.timescaledb_schema();
  day CONSTANT timestamptz := '1990-01-01 00:00:00+00';
  signal integer;
  wrong integer;
  shape text;
  chunk regclass;
  chunks regclass[];
  outcome text[] := '{}';
BEGIN
  -- Everything is done in a block that ends in an exception: nothing of it stays, the trial rows neither.
  BEGIN
    SELECT min(t.id) INTO signal FROM flux.market_data_types t;
    IF EXISTS (SELECT FROM flux.market_data m WHERE m."time" >= day AND m."time" < day + interval '2 days') THEN
      RAISE EXCEPTION 'there are values of 1 and 2 January 1990, which the trial needs for itself';
    END IF;
    INSERT INTO flux.market_data ("time", type, value, created_at)
    SELECT day + n * interval '30 minutes', signal, 1, day + r * interval '1 hour' FROM generate_series(0, 47) n, generate_series(1, 3) r;
    IF ts IS NOT NULL THEN
      SELECT array_agg(DISTINCT m.tableoid::regclass) INTO chunks FROM flux.market_data m
      WHERE m.type = signal AND m."time" >= day AND m."time" < day + interval '1 day';
      FOREACH chunk IN ARRAY chunks LOOP
        EXECUTE format('SELECT %I.compress_chunk($1)', ts) USING chunk;
      END LOOP;
    END IF;
    INSERT INTO flux.market_data ("time", type, value, created_at)
    SELECT day + n * interval '30 minutes', signal, 2, day + interval '1 day' FROM generate_series(0, 47) n;

    SELECT count(*) INTO wrong FROM flux.market_data_current m
    WHERE m.type = signal AND m."time" >= day AND m."time" < day + interval '1 day' AND m.value = 2;
    outcome := outcome || ARRAY['newest revision', (wrong = 48)::text, format('market_data_current gave %s of 48', wrong)];
    SELECT count(*) INTO wrong FROM flux.market_data_as_of(day + interval '150 minutes', day, day + interval '1 day', ARRAY[signal]) m
    WHERE m.created_at = day + interval '2 hours';
    outcome := outcome || ARRAY['revision as of an instant', (wrong = 48)::text, format('market_data_as_of gave %s of 48', wrong)];
    SELECT count(*) INTO wrong FROM generate_series(0, 47) n
    CROSS JOIN LATERAL flux.signal_at(signal, day + n * interval '30 minutes') s WHERE s.value = 2;
    outcome := outcome || ARRAY['signal in force', (wrong = 48)::text, format('signal_at gave %s of 48', wrong)];
    IF ts IS NOT NULL THEN
      wrong := 0;
      FOREACH shape IN ARRAY ARRAY['off', 'on'] LOOP
        PERFORM set_config('enable_seqscan', shape, true);
        SELECT wrong + count(*) INTO wrong FROM (
          SELECT DISTINCT ON (m.type, m."time") m.value FROM flux.market_data m
          WHERE m.type = signal AND m."time" >= day AND m."time" < day + interval '1 day'
          ORDER BY m.type, m."time" DESC, m.created_at DESC) q WHERE q.value = 2;
      END LOOP;
      outcome := outcome || ARRAY['DISTINCT ON over compressed chunks', (wrong = 96)::text,
        CASE wrong WHEN 96 THEN 'asked directly it is right too'
          ELSE 'asked directly this version errs: read market_data_current and market_data_as_of, which do not go that way' END];
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'FX000', MESSAGE = 'done';
  EXCEPTION
    WHEN SQLSTATE 'FX000' THEN NULL;
    WHEN OTHERS THEN outcome := outcome || ARRAY['trial', 'false', SQLERRM];
  END;
  RETURN QUERY SELECT outcome[3 * i + 1], outcome[3 * i + 2]::boolean, outcome[3 * i + 3]
  FROM generate_series(0, cardinality(outcome) / 3 - 1) i;
END $$;
COMMENT ON FUNCTION flux_ops.self_test() IS
  'Tries the readers of market data on a compressed chunk with later revisions beside it, and takes everything back. A row a check; is_ok is false where this engine errs.';
REVOKE ALL ON FUNCTION flux_ops.self_test() FROM PUBLIC;
COMMIT;
