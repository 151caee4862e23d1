-- Ours where the toolkit was not; nothing where it was.
SELECT to_regtype('flux.countersummary') IS NOT NULL AS ours \gset
BEGIN;
\if :ours
DROP AGGREGATE flux.rollup(flux.countersummary);
DROP FUNCTION flux.counter_fold(flux.countersummary[]);
DROP AGGREGATE flux.counter_agg(timestamptz, double precision);
DROP FUNCTION flux.counter_agg_add(flux.countersummary, timestamptz, double precision);
DROP FUNCTION flux.counter_summary(timestamptz[], double precision[]);
DROP TYPE flux.countersummary;
\endif
COMMIT;
