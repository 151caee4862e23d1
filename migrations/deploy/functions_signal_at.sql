-- Bodies of SQL, inlined into the caller's query: one probe of market_data_type_time_idx an instant. Ordered by an
-- expression of created_at, as the views of market data are.
BEGIN;
CREATE FUNCTION flux.signal_at(signal integer, at timestamptz, as_of timestamptz DEFAULT NULL, within interval DEFAULT NULL)
RETURNS TABLE ("time" timestamptz, value real, metadata jsonb, created_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT m."time", m.value, m.metadata, m.created_at FROM flux.market_data m
  WHERE m.type = signal AND m."time" <= at AND (within IS NULL OR m."time" > at - within)
    AND (as_of IS NULL OR (m.created_at > as_of) IS NOT TRUE)
  ORDER BY m."time" DESC, coalesce(m.created_at, '-infinity') DESC LIMIT 1;
END;
COMMENT ON FUNCTION flux.signal_at(integer, timestamptz, timestamptz, interval) IS
  'The signal in force at an instant: the value with the newest time at or before it, no older than within; its newest revision, or what was known as_of. FROM readings b LEFT JOIN LATERAL flux.signal_at(1, b.time) s ON true.';

CREATE FUNCTION flux.get_bess_readings_with_signal(
  signal integer,
  from_time timestamptz DEFAULT now() - interval '1 day',
  to_time timestamptz DEFAULT now(),
  device_ids uuid[] DEFAULT NULL,
  as_of timestamptz DEFAULT NULL,
  within interval DEFAULT interval '30 minutes'
)
RETURNS TABLE ("time" timestamptz, device_id uuid, soe real, target_power real, signal_time timestamptz, value real)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT b."time", b.device_id, b.soe, b.target_power, s."time", s.value
  FROM flux.mg_bess_readings b
  LEFT JOIN LATERAL (
    SELECT m."time", m.value FROM flux.market_data m
    WHERE m.type = signal AND m."time" <= b."time" AND m."time" > b."time" - within
      -- The same again in the caller's own terms, so that chunks outside are left out when the query is planned.
      AND m."time" < to_time AND m."time" > from_time - within
      AND (as_of IS NULL OR (m.created_at > as_of) IS NOT TRUE)
    ORDER BY m."time" DESC, coalesce(m.created_at, '-infinity') DESC LIMIT 1
  ) s ON true
  WHERE b."time" >= from_time AND b."time" < to_time AND (device_ids IS NULL OR b.device_id = ANY (device_ids));
END;
COMMENT ON FUNCTION flux.get_bess_readings_with_signal(integer, timestamptz, timestamptz, uuid[], timestamptz, interval) IS
  'Each battery reading of [from_time, to_time) once, with the signal in force at its time (no older than within): its newest revision, or what was known as_of. NULL where no signal is in force.';
REVOKE ALL ON FUNCTION flux.signal_at(integer, timestamptz, timestamptz, interval),
  flux.get_bess_readings_with_signal(integer, timestamptz, timestamptz, uuid[], timestamptz, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.signal_at(integer, timestamptz, timestamptz, interval),
  flux.get_bess_readings_with_signal(integer, timestamptz, timestamptz, uuid[], timestamptz, interval) TO flux_reader, flux_collector;
COMMIT;
