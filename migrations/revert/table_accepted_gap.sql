BEGIN;
DROP TABLE flux_ops.accepted_gap;
COMMIT;
