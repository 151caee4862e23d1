-- A refresh runs in transactions of its own, so neither a SET clause nor SECURITY DEFINER nor a dynamic CALL is possible
-- here: every name is qualified, and TimescaleDB's is written in when this is made.
BEGIN;
DO $do$
DECLARE
  ts CONSTANT name := flux_ops.timescaledb_schema();
BEGIN
  EXECUTE format($make$
CREATE PROCEDURE flux_ops.roll_up(from_time timestamptz, to_time timestamptz, earliest timestamptz) LANGUAGE plpgsql AS $body$
DECLARE
  origin CONSTANT timestamptz := '2000-01-03 00:00:00+00';
  first timestamptz;
  last timestamptz;
BEGIN%s
END $body$ $make$, CASE WHEN ts IS NULL THEN '
  -- The roll-ups are views: there is nothing to do.' ELSE (
  SELECT string_agg(format('
  -- Whole buckets: the one that from_time is in, none that begins before earliest, and none that is still filling, or
  -- what came later into that would stay unseen.
  first := greatest(pg_catalog.date_bin(%2$L, from_time, origin),
    pg_catalog.date_bin(%2$L, earliest - interval ''1 microsecond'', origin) + interval %2$L);
  last := least(pg_catalog.date_bin(%2$L, coalesce(to_time, pg_catalog.now()) + interval %2$L - interval ''1 microsecond'', origin),
    pg_catalog.date_bin(%2$L, pg_catalog.now(), origin));
  IF first IS NULL OR first < last THEN
    CALL %1$I.refresh_continuous_aggregate(%3$L::regclass, first, last);
  END IF;', ts, w.width, 'flux.mg_meter_readings_' || w.name || '_intermediate'), '' ORDER BY w.place)
  FROM (VALUES (1, '5m', '5 minutes'), (2, '30m', '30 minutes')) AS w(place, name, width)) END);
END $do$;
COMMENT ON PROCEDURE flux_ops.roll_up(timestamptz, timestamptz, timestamptz) IS
  'A part of flux.refresh_rollups and flux_ops.retire_readings: computes the buckets of [from_time, to_time), none before earliest.';

CREATE PROCEDURE flux.refresh_rollups(from_time timestamptz, to_time timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  IF from_time >= to_time THEN
    RAISE EXCEPTION 'from_time % is not before to_time %', from_time, to_time USING ERRCODE = '22023';
  END IF;
  -- Readings before that instant may be gone.
  CALL flux_ops.roll_up(from_time, to_time, flux_ops.refresh_from());
END $$;
COMMENT ON PROCEDURE flux.refresh_rollups(timestamptz, timestamptz) IS
  'Brings the roll-ups of [from_time, to_time) up to date at once, by whole buckets; NULL is no bound. Late readings need no call: the next run of the policy sees them. Where the roll-ups are views there is nothing to do.';
REVOKE ALL ON PROCEDURE flux_ops.roll_up(timestamptz, timestamptz, timestamptz), flux.refresh_rollups(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE flux_ops.roll_up(timestamptz, timestamptz, timestamptz), flux.refresh_rollups(timestamptz, timestamptz) TO flux_owner;
COMMIT;
