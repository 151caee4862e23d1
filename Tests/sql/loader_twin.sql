-- The loader against a slow, obvious twin that goes row by row: 200 random batches, dense, sparse, late, tied.
BEGIN;
SELECT plan(5);
CREATE TEMP TABLE twin (time timestamptz, type integer, value real, metadata jsonb, created_at timestamptz);
CREATE INDEX ON twin (time, type, created_at);
CREATE FUNCTION pg_temp.twin_load(data flux.market_data_input[], observed timestamptz, described jsonb[], OUT added integer, OUT revised integer) LANGUAGE plpgsql AS $$
DECLARE e record; f record; at timestamptz; known boolean; is_revision boolean;
BEGIN
  added := 0;
  revised := 0;
  FOR e IN SELECT DISTINCT ON (d.time, d.type) d.* FROM unnest(data, described) WITH ORDINALITY d(time, type, value, metadata, i)
    ORDER BY d.time, d.type, d.i DESC LOOP
    SELECT * INTO f FROM twin t WHERE t.time = e.time AND t.type = e.type AND t.created_at <= observed ORDER BY t.created_at DESC LIMIT 1;
    IF FOUND AND f.value = e.value AND (described IS NULL OR f.metadata IS NOT DISTINCT FROM e.metadata) THEN CONTINUE; END IF;
    at := observed; known := false; is_revision := f.value IS NOT NULL;
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
      revised := revised + is_revision::integer;
    END IF;
  END LOOP;
END $$;
CREATE TEMP TABLE outcome (round integer, expected integer, inserted integer, again integer, told bigint, revised integer, told_revised bigint, set_revised bigint);
DO $$
DECLARE batch flux.market_data_input[]; described jsonb[]; observed timestamptz; size integer; span integer; expected record; r record; set_revised bigint; again integer; seed float8 := 2 * random() - 1;
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
    SELECT * INTO expected FROM pg_temp.twin_load(batch, observed, described);
    SELECT * INTO r FROM flux.insert_market_data_batch(batch, observed, described);
    set_revised := current_setting('flux.revised');
    SELECT f.inserted INTO again FROM flux.insert_market_data_batch(batch, observed, described) f;
    INSERT INTO outcome VALUES (round, expected.added, r.inserted, again,
      CASE WHEN r.inserted > 0 THEN (SELECT sum(i) FROM flux_ops.load l, unnest(l.inserted) i WHERE l.id = (SELECT max(id) FROM flux_ops.load)) ELSE 0 END,
      expected.revised, CASE WHEN r.inserted > 0 THEN (SELECT sum(i) FROM flux_ops.load l, unnest(l.revised) i WHERE l.id = (SELECT max(id) FROM flux_ops.load)) ELSE 0 END, set_revised);
  END LOOP;
END $$;
SELECT is_empty('SELECT * FROM outcome WHERE inserted <> expected', 'every batch inserts what the twin does');
SELECT is_empty('SELECT * FROM outcome WHERE again <> 0', 'every batch again inserts nothing');
SELECT is_empty('SELECT * FROM outcome WHERE told <> inserted', 'the feed of updates tells the counts');
SELECT is_empty('SELECT * FROM outcome WHERE told_revised <> revised OR set_revised <> revised', 'and how many of them replaced another value, as the setting does');
SELECT bag_eq('SELECT time, type, value, metadata, created_at FROM flux.market_data', 'SELECT * FROM twin', 'the history is the same');
SELECT * FROM finish();
ROLLBACK;
