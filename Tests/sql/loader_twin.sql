-- The loader against a slow, obvious twin that goes row by row: 200 random batches, dense, sparse, late, tied.
BEGIN;
SELECT plan(4);
CREATE TEMP TABLE twin (time timestamptz, type integer, value real, metadata jsonb, created_at timestamptz);
CREATE INDEX ON twin (time, type, created_at);
CREATE FUNCTION pg_temp.twin_load(data flux.market_data_input[], observed timestamptz, described jsonb[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE e record; f record; at timestamptz; known boolean; added integer := 0;
BEGIN
  FOR e IN SELECT DISTINCT ON (d.time, d.type) d.* FROM unnest(data, described) WITH ORDINALITY d(time, type, value, metadata, i)
    ORDER BY d.time, d.type, d.i DESC LOOP
    SELECT * INTO f FROM twin t WHERE t.time = e.time AND t.type = e.type AND t.created_at <= observed ORDER BY t.created_at DESC LIMIT 1;
    IF FOUND AND f.value = e.value AND (described IS NULL OR f.metadata IS NOT DISTINCT FROM e.metadata) THEN CONTINUE; END IF;
    at := observed; known := false;
    IF f.created_at = observed THEN
      LOOP
        SELECT * INTO f FROM twin t WHERE t.time = e.time AND t.type = e.type AND t.created_at = at;
        EXIT WHEN NOT FOUND;
        known := known OR f.value = e.value AND (described IS NULL OR f.metadata IS NOT DISTINCT FROM e.metadata);
        at := at + interval '1 microsecond';
      END LOOP;
    END IF;
    IF NOT known THEN
      INSERT INTO twin VALUES (e.time, e.type, e.value, CASE WHEN described IS NOT NULL THEN e.metadata END, at);
      added := added + 1;
    END IF;
  END LOOP;
  RETURN added;
END $$;
CREATE TEMP TABLE outcome (round integer, expected integer, inserted integer, again integer, told bigint);
DO $$
DECLARE batch flux.market_data_input[]; described jsonb[]; observed timestamptz; size integer; span integer; expected integer; r record; again integer; seed float8 := 2 * random() - 1;
BEGIN
  PERFORM setseed(seed);
  RAISE LOG 'loader_twin: seed %', seed;
  FOR round IN 1..200 LOOP
    size := (ARRAY[1, 2, 7, 50, 199, 200, 201, 900])[1 + floor(random() * 8)];
    span := (ARRAY[6, 40, 400, 400, 700000])[1 + floor(random() * 5)];
    observed := '2024-01-01Z'::timestamptz + floor(random() * 5) * interval '1 hour' + floor(random() * 3) * interval '1 microsecond';
    SELECT array_agg(('2010-01-01Z'::timestamptz + floor(random() * span) * interval '30 minutes', 1 + floor(random() * 3),
      (ARRAY[0, -0.0, 1, 2, 0.1])[1 + floor(random() * 5)])::flux.market_data_input) INTO batch FROM generate_series(1, size);
    described := NULL;
    IF random() < 0.2 THEN
      SELECT array_agg((ARRAY[NULL, '{}', '{"a": 1}'])[1 + floor(random() * 3)]::jsonb) INTO described FROM generate_series(1, size);
    END IF;
    expected := pg_temp.twin_load(batch, observed, described);
    SELECT * INTO r FROM flux.insert_market_data_batch(batch, observed, described);
    SELECT f.inserted INTO again FROM flux.insert_market_data_batch(batch, observed, described) f;
    INSERT INTO outcome VALUES (round, expected, r.inserted, again,
      CASE WHEN r.inserted > 0 THEN (SELECT sum(i) FROM flux_ops.load l, unnest(l.inserted) i WHERE l.id = (SELECT max(id) FROM flux_ops.load)) ELSE 0 END);
  END LOOP;
END $$;
SELECT is_empty('SELECT * FROM outcome WHERE inserted <> expected', 'every batch inserts what the twin does');
SELECT is_empty('SELECT * FROM outcome WHERE again <> 0', 'every batch again inserts nothing');
SELECT is_empty('SELECT * FROM outcome WHERE told <> inserted', 'the feed of updates tells the counts');
SELECT bag_eq('SELECT time, type, value, metadata, created_at FROM flux.market_data', 'SELECT * FROM twin', 'the history is the same');
SELECT * FROM finish();
ROLLBACK;
