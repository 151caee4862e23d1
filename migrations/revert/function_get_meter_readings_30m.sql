BEGIN;
DROP FUNCTION flux.get_meter_readings_30m(timestamptz, timestamptz, uuid[]);
COMMIT;
