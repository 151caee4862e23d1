BEGIN;
DROP TYPE flux_ops.inserted_part;
DROP TYPE flux_ops.batch_part;
COMMIT;
