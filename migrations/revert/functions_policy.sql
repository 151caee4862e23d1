-- The jobs go with the tables that they are of.
BEGIN;
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I RESET timescaledb.compression_batch_size_limit', current_database());
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_name THEN
  NULL;
END $$;
DROP FUNCTION flux_ops.policies();
DROP FUNCTION flux_ops.set_policy(text, text);
DROP FUNCTION flux_ops.apply_policies();
DROP FUNCTION flux_ops.refresh_from();
COMMIT;
