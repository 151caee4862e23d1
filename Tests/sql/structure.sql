-- The page's statements, run in a schema of the same name while ours stands aside under another, give the same catalogue.
BEGIN;
SELECT plan(33);
SET LOCAL client_min_messages = 'warning';
ALTER SCHEMA flux RENAME TO ours;
CREATE SCHEMA flux;
SELECT CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN '' ELSE
  'CREATE FUNCTION flux.time_bucket(interval, timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT date_bin($1, $2, ''2000-01-03Z'') $$' END \gexec
SELECT set_config('search_path', concat_ws(', ', 'ours', 'flux', quote_ident(flux_ops.toolkit_schema()), 'public'), true) \g /dev/null
\ir seed/seed.psql
RESET search_path;
CREATE FUNCTION pg_temp.columns_of(relation regclass) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', attnum, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped ORDER BY attnum $$;
CREATE FUNCTION pg_temp.indexes_of(relation regclass) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT replace(pg_get_indexdef(indexrelid), 'ours.', 'flux.') FROM pg_index
  WHERE indrelid = relation AND indexrelid::regclass::text !~ 'rollup_idx$' ORDER BY 1 $$;
SELECT results_eq(format('SELECT pg_temp.columns_of(%L)', 'ours.' || r), format('SELECT pg_temp.columns_of(%L)', 'flux.' || r),
  r || ' has the printed columns, types, nullability and defaults')
FROM unnest(ARRAY['mg_meter_readings', 'mg_bess_readings', 'mg_device_registry', 'market_data', 'market_data_types', 'market_data_input',
  'mg_meter_readings_5m_intermediate']) r;
SELECT results_eq(format('SELECT pg_temp.indexes_of(%L)', 'ours.' || r), format('SELECT pg_temp.indexes_of(%L)', 'flux.' || r),
  r || ' has the printed indexes and no other')
FROM unnest(ARRAY['mg_meter_readings', 'mg_bess_readings', 'mg_device_registry', 'market_data', 'market_data_types']) r;
SELECT results_eq('SELECT conrelid::regclass::text, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = ''ours''::regnamespace AND contype <> ''t'' ORDER BY 1, 2, 3',
  'SELECT replace(conrelid::regclass::text, ''flux.'', ''ours.''), contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = ''flux''::regnamespace AND contype <> ''t'' ORDER BY 1, 2, 3',
  'no constraint is there that is not printed');
SELECT results_eq('SELECT id, name, description, unit FROM ours.market_data_types WHERE id < 100 ORDER BY id',
  'SELECT id, name, description, unit FROM flux.market_data_types ORDER BY id', 'the four standard signals are as printed');
SELECT is((SELECT (proargnames[1:3], proargtypes::text, pronargdefaults) FROM pg_proc WHERE oid = 'ours.get_meter_readings_30m'::regproc),
  (SELECT (proargnames[1:3], proargtypes::text, pronargdefaults) FROM pg_proc WHERE oid = 'flux.get_meter_readings_30m'::regproc),
  'get_meter_readings_30m takes what is printed');
SELECT is((SELECT pg_get_function_arguments(oid) FROM pg_proc WHERE oid = 'ours.get_meter_readings_30m'::regproc),
  (SELECT pg_get_function_arguments(oid) FROM pg_proc WHERE oid = 'flux.get_meter_readings_30m'::regproc), 'with the printed defaults');
SELECT is((SELECT (proargnames[4:8], proallargtypes[4:8]) FROM pg_proc WHERE oid = 'ours.get_meter_readings_30m'::regproc),
  (SELECT (proargnames[4:8], proallargtypes[4:8]) FROM pg_proc WHERE oid = 'flux.get_meter_readings_30m'::regproc),
  'and gives the five printed columns first, in that order');
DROP SCHEMA flux CASCADE;
ALTER SCHEMA ours RENAME TO flux;

SELECT is((SELECT provolatile FROM pg_proc WHERE oid = 'flux.get_meter_readings_30m'::regproc), 's'::"char", 'get_meter_readings_30m is stable');
SELECT results_eq($$SELECT pg_temp.columns_of('flux.mg_meter_readings_30m_intermediate')$$, $$SELECT pg_temp.columns_of('flux.mg_meter_readings_5m_intermediate')$$,
  'the half hours have the columns of the five minutes');
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
SELECT is_empty($$SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a
  WHERE a.attrelid::regclass::text IN ('flux.mg_meter_readings', 'flux.mg_meter_readings_5m_intermediate', 'flux.mg_meter_readings_30m_intermediate')
  AND (a.attname ~ '^(frequency|voltage|current|energy)' OR a.attname ~ '^power_(phase|total)')
  AND col_description(a.attrelid, a.attnum) !~ '(Hz|V|A|kW|kvar|kVA|kWh|kvarh|kVAh)[.;,]'$$, 'with the unit where it measures something');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace)
  AND obj_description(p.oid) IS NULL$$, 'every function has a comment');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace)
  AND p.prosecdef AND NOT 'search_path=pg_catalog, pg_temp' = ANY (coalesce(p.proconfig, '{}'))$$,
  'no function with its owner''s rights follows the caller''s search_path');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('flux'::regnamespace, 'flux_ops'::regnamespace)
  AND has_function_privilege('public', p.oid, 'EXECUTE')$$, 'no function is everybody''s');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'flux'::regnamespace AND p.prokind = 'f' AND p.provolatile <> 'v'
  AND p.proparallel <> 's'$$, 'every function that only reads may run in a parallel plan');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE k.contype = 'f' AND c.relnamespace = 'flux'::regnamespace$$, 'no telemetry is refused for want of a device: there is no foreign key');
SELECT has_pk('flux_ops', 'load', 'load has a primary key');
SELECT col_is_pk('flux_ops', 'coverage', ARRAY['feed', 'from_time', 'to_time'], 'coverage has a row for each window of a feed');
SELECT col_is_pk('flux_ops', 'flags', ARRAY['type', 'time', 'value'], 'flags has a row for each value');
SELECT col_is_pk('flux_ops', 'policy', 'relation', 'policy has a row for each table');
SELECT * FROM finish();
ROLLBACK;
