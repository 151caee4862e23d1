-- A refresh runs in transactions of its own, so neither a SET clause nor SECURITY DEFINER nor a dynamic CALL is possible
-- here: every name is qualified, and TimescaleDB's is written in when this is made.
BEGIN;
DO $do$
DECLARE
  ts CONSTANT name := flux_ops.timescaledb_schema();
BEGIN
  EXECUTE format($make$
CREATE PROCEDURE flux.refresh_rollups(from_time timestamptz, to_time timestamptz) LANGUAGE plpgsql AS $body$
DECLARE
  earliest CONSTANT timestamptz := flux_ops.refresh_from();
  origin CONSTANT timestamptz := '2000-01-03 00:00:00+00';
  first timestamptz;
  last timestamptz;
BEGIN
  IF from_time >= to_time THEN
    RAISE EXCEPTION 'from_time %% is not before to_time %%', from_time, to_time USING ERRCODE = '22023';
  END IF;%s
END $body$ $make$, CASE WHEN ts IS NULL THEN '
  -- The roll-ups are views: there is nothing to do.' ELSE (
  SELECT string_agg(format('
  first := pg_catalog.date_bin(%2$L, from_time, origin);
  IF earliest > first OR from_time IS NULL AND earliest IS NOT NULL THEN
    first := pg_catalog.date_bin(%2$L, earliest, origin) + interval %2$L;  -- readings before it may be gone
  END IF;
  -- Whole buckets, and none that is still filling: what came later into that would stay unseen.
  last := least(pg_catalog.date_bin(%2$L, coalesce(to_time, pg_catalog.now()) + interval %2$L - interval ''1 microsecond'', origin),
    pg_catalog.date_bin(%2$L, pg_catalog.now(), origin));
  IF first IS NULL OR first < last THEN
    CALL %1$I.refresh_continuous_aggregate(%3$L::regclass, first, last);
  END IF;', ts, w.width, 'flux.mg_meter_readings_' || w.name || '_intermediate'), '' ORDER BY w.place)
  FROM (VALUES (1, '5m', '5 minutes'), (2, '30m', '30 minutes')) AS w(place, name, width)) END);
END $do$;
COMMENT ON PROCEDURE flux.refresh_rollups(timestamptz, timestamptz) IS
  'Brings the roll-ups of [from_time, to_time) up to date at once, by whole buckets; NULL is no bound. Late readings need no call: the next run of the policy sees them. With TimescaleDB only the owner of the roll-ups, who deployed them, may call it; where they are views there is nothing to do.';
REVOKE ALL ON PROCEDURE flux.refresh_rollups(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE flux.refresh_rollups(timestamptz, timestamptz) TO flux_owner;
COMMIT;
