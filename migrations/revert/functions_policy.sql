-- The jobs go with the tables that they are of.
BEGIN;
DROP FUNCTION flux_ops.policies();
DROP FUNCTION flux_ops.set_policy(text, text);
DROP FUNCTION flux_ops.apply_policies();
DROP FUNCTION flux_ops.refresh_from();
COMMIT;
