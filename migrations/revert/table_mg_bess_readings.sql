BEGIN;
DROP TABLE flux.mg_bess_readings;
COMMIT;
