-- flux-schema.md to the letter.
BEGIN;
SELECT plan(16);
CREATE SCHEMA seed;
CREATE TABLE seed.market_data (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    "time" timestamp with time zone NOT NULL,
    type integer NOT NULL,
    value real NOT NULL,
    metadata jsonb,
    created_at timestamp with time zone DEFAULT now()
);
CREATE INDEX market_data_time_idx ON seed.market_data ("time" DESC);
CREATE INDEX market_data_type_time_idx ON seed.market_data (type, "time" DESC);
CREATE TABLE seed.market_data_types (
    id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text,
    unit text,
    created_at timestamp with time zone DEFAULT now()
);
INSERT INTO seed.market_data_types (id, name, description, unit) VALUES
(1, 'niv_estimate', 'Net Imbalance Volume Estimate', 'MW'),
(2, 'wholesale_price', 'Wholesale Electricity Price', '£/MWh'),
(3, 'imbalance_price', 'System Imbalance Price', '£/MWh'),
(4, 'axle_dispatch', 'Axle Platform Dispatch Signal', 'kW');
CREATE TYPE seed.market_data_input AS (
    "time" timestamp with time zone,
    type integer,
    value real
);
CREATE FUNCTION pg_temp.columns_of(relation regclass) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', attnum, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped ORDER BY attnum $$;
CREATE FUNCTION pg_temp.indexes_of(relation regclass) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT replace(pg_get_indexdef(indexrelid), 'seed.', 'flux.') FROM pg_index WHERE indrelid = relation ORDER BY 1 $$;
SELECT results_eq(format('SELECT pg_temp.columns_of(%L)', 'flux.' || r), format('SELECT pg_temp.columns_of(%L)', 'seed.' || r),
  r || ' has the printed columns, types, nullability and defaults')
FROM unnest(ARRAY['market_data', 'market_data_types', 'market_data_input']) r;
SELECT results_eq(format('SELECT pg_temp.indexes_of(%L)', 'flux.' || r), format('SELECT pg_temp.indexes_of(%L)', 'seed.' || r),
  r || ' has the printed indexes and no other')
FROM unnest(ARRAY['market_data', 'market_data_types']) r;
SELECT results_eq('SELECT id, name, description, unit FROM flux.market_data_types WHERE id < 100 ORDER BY id',
  'SELECT id, name, description, unit FROM seed.market_data_types ORDER BY id', 'the four standard signals are as printed');
SELECT results_eq('SELECT id, name, unit FROM flux.market_data_types WHERE id BETWEEN 100 AND 1000 ORDER BY id',
  $$VALUES (101, 'niv_outturn', 'MW'), (102, 'imbalance_price_estimate', '£/MWh'), (103, 'imbalance_price_settled', '£/MWh'),
    (104, 'niv_settled', 'MW'), (105, 'wholesale_volume', 'MWh')$$, 'the further signals are 101 to 105');
SELECT is((SELECT count(*)::int FROM pg_class WHERE relname LIKE '%market_data%' AND relnamespace = 'flux'::regnamespace
  AND relhastriggers AND relkind = 'r' AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')), 0,
  'nothing fires when rows come in');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace)
  AND c.relkind IN ('r', 'v', 'c') AND obj_description(c.oid) IS NULL
  AND NOT (c.relkind = 'c' AND EXISTS (SELECT FROM pg_type t WHERE t.typrelid = c.oid AND obj_description(t.oid) IS NOT NULL))$$,
  'every table, view and type has a comment');
SELECT is_empty($$SELECT c.oid::regclass, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  AND NOT a.attisdropped WHERE c.relnamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace) AND c.relkind IN ('r', 'v', 'c')
  AND col_description(c.oid, a.attnum) IS NULL$$, 'every column has a comment');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace)
  AND obj_description(p.oid) IS NULL$$, 'every function has a comment');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace)
  AND p.prosecdef AND NOT 'search_path=pg_catalog, pg_temp' = ANY (coalesce(p.proconfig, '{}'))$$,
  'no function with its owner''s rights follows the caller''s search_path');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace)
  AND has_function_privilege('public', p.oid, 'EXECUTE')$$, 'no function is everybody''s');
SELECT has_pk('flux_ops', 'load', 'load has a primary key');
SELECT col_is_pk('flux_ops', 'coverage', ARRAY['feed', 'from_time', 'to_time'], 'coverage has a row for each window of a feed');
SELECT col_is_pk('flux_ops', 'flags', ARRAY['type', 'time', 'value'], 'flags has a row for each value');
SELECT * FROM finish();
ROLLBACK;
