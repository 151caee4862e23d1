BEGIN;
SELECT coalesce(flux_ops.toolkit_schema(), 'flux') AS counters \gset
SELECT :"counters".delta(s), :"counters".num_resets(s), :"counters".interpolated_delta(s, now(), interval '5 minutes', NULL, NULL)
FROM (SELECT :"counters".counter_agg(now(), 1.0) AS s) q;
ROLLBACK;
