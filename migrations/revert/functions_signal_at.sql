BEGIN;
DROP FUNCTION flux.get_bess_readings_with_signal(integer, timestamptz, timestamptz, uuid[], timestamptz, interval);
DROP FUNCTION flux.signal_at(integer, timestamptz, timestamptz, interval);
COMMIT;
