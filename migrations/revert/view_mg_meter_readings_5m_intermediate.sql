-- A continuous aggregate is dropped as a materialised view, though the catalogue has it as a view.
SELECT EXISTS (SELECT FROM pg_catalog.pg_views WHERE schemaname = 'timescaledb_information' AND viewname = 'continuous_aggregates') AS extended \gset
\if :extended
SELECT EXISTS (SELECT FROM timescaledb_information.continuous_aggregates
  WHERE view_schema = 'flux' AND view_name = 'mg_meter_readings_5m_intermediate') AS continuous \gset
\else
\set continuous false
\endif
BEGIN;
SET LOCAL client_min_messages = 'warning';
\if :continuous
DROP STATISTICS flux.mg_meter_readings_5m_buckets;
DROP MATERIALIZED VIEW flux.mg_meter_readings_5m_intermediate;
\else
DROP VIEW flux.mg_meter_readings_5m_intermediate;
\endif
COMMIT;
