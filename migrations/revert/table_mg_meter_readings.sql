BEGIN;
DROP TABLE flux.mg_meter_readings;
COMMIT;
