-- TimescaleDB's own retention drops readings whether or not they have been rolled up, and a refresh that begins before
-- what has gone deletes its roll-ups. So this is one job, in this order: roll up what is there, see that it is, drop.
-- It works in transactions of its own, as a refresh does, and is written the same way.
BEGIN;
DO $do$
DECLARE
  ts CONSTANT name := flux_ops.timescaledb_schema();
BEGIN
  IF ts IS NULL THEN RETURN; END IF;
  EXECUTE format($make$
CREATE PROCEDURE flux_ops.retire_readings(job_id integer DEFAULT NULL, config jsonb DEFAULT NULL) LANGUAGE plpgsql AS $body$
DECLARE
  gone timestamptz;
  refreshed timestamptz;
  oldest timestamptz;
  past timestamptz;
BEGIN
  -- The refresh policies begin inside what is kept: what is older, and not dropped yet, is rolled up here. No more than
  -- that, as TimescaleDB refuses to refresh a range that is being refreshed.
  SELECT p.kept_from INTO gone FROM flux_ops.policy p WHERE p.relation = 'mg_meter_readings';
  SELECT pg_catalog.now() - pg_catalog.max((j.config ->> 'start_offset')::interval) INTO refreshed
  FROM timescaledb_information.jobs j WHERE j.proc_name = 'policy_refresh_continuous_aggregate'
    AND j.hypertable_schema = 'flux' AND j.hypertable_name ~ '^mg_meter_readings_';
  IF (refreshed <= gone) IS NOT TRUE THEN  -- all of it where the policies say no bound, or are not there
    CALL flux_ops.roll_up(NULL, refreshed, gone);
  END IF;
  SELECT pg_catalog.min(c.range_start), pg_catalog.max(c.range_end) INTO oldest, past FROM timescaledb_information.chunks c
  JOIN flux_ops.policy p ON p.relation = c.hypertable_name
  WHERE c.hypertable_schema = 'flux' AND c.hypertable_name = 'mg_meter_readings' AND c.range_end <= pg_catalog.now() - p.keep;
  IF past IS NULL THEN RETURN; END IF;%2$s
  UPDATE flux_ops.policy p SET kept_from = greatest(p.kept_from, past) WHERE p.relation = 'mg_meter_readings';
  PERFORM %1$I.drop_chunks('flux.mg_meter_readings'::regclass, older_than => past);
END $body$ $make$, ts, (
  SELECT string_agg(format('
  IF EXISTS (
      SELECT pg_catalog.date_bin(%1$L, r."time", ''2000-01-03 00:00:00+00''), r.device_id FROM flux.mg_meter_readings r
      WHERE r."time" < past AND r."time" >= coalesce(gone + interval %1$L, oldest)
      EXCEPT SELECT v.time_b, v.device_id FROM flux.mg_meter_readings_%2$s_intermediate v
      WHERE v.time_b < past AND v.time_b >= oldest - interval %1$L) THEN
    RAISE EXCEPTION ''readings before %% are not all in the roll-up of %1$s: nothing is dropped'', past
      USING ERRCODE = ''55000'', HINT = ''The next run of the job tries again.'';
  END IF;', w.width, w.name), '' ORDER BY w.place)
  FROM (VALUES (1, '5m', '5 minutes'), (2, '30m', '30 minutes')) AS w(place, name, width)));
  COMMENT ON PROCEDURE flux_ops.retire_readings(integer, jsonb) IS
    'The job that drops the meters'' readings past their keep, by whole chunks, once their roll-ups are there; TimescaleDB calls it every hour.';
  REVOKE ALL ON PROCEDURE flux_ops.retire_readings(integer, jsonb) FROM PUBLIC;
END $do$;
COMMIT;
