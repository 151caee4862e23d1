BEGIN;
DROP TYPE flux_ops.inserted_part;
COMMIT;
