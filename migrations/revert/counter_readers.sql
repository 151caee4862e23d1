-- Ours where the toolkit was not; nothing where it was.
SELECT to_regtype('flux.countersummary') IS NOT NULL AS ours \gset
BEGIN;
\if :ours
DROP FUNCTION flux.interpolated_delta(flux.countersummary, timestamptz, interval, flux.countersummary, flux.countersummary);
DROP FUNCTION flux.counter_at(timestamptz, double precision, timestamptz, double precision, timestamptz);
DROP FUNCTION flux.num_resets(flux.countersummary);
DROP FUNCTION flux.delta(flux.countersummary);
\endif
COMMIT;
