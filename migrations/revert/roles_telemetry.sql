-- The roles stay, as the others do; what they may do here goes with the objects, and this with the schemas.
BEGIN;
REVOKE USAGE ON SCHEMA flux FROM flux_telemetry, flux_owner, flux_rollups;
REVOKE USAGE ON SCHEMA flux_ops FROM flux_owner;
COMMIT;
