-- As roles: the cluster's, made where missing. flux_owner belongs to the others, so it can what each of them can.
BEGIN;
DO $$
DECLARE wanted name;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['flux_telemetry', 'flux_owner'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- another deployment was first
      END;
    END IF;
  END LOOP;
  -- Whose the kept roll-ups are: TimescaleDB lets nobody else refresh them, and runs its jobs only for a role that may
  -- log in. With no connections nobody does.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'flux_rollups') THEN
    BEGIN
      CREATE ROLE flux_rollups LOGIN CONNECTION LIMIT 0;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END IF;
  -- Two deployments that grant at once write the same row of the catalogue: one after the other.
  PERFORM pg_catalog.pg_advisory_xact_lock(7158::bigint << 48);
  FOREACH wanted IN ARRAY ARRAY['flux_reader', 'flux_collector', 'flux_telemetry', 'flux_rollups'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members
                   WHERE roleid = wanted::regrole AND member = 'flux_owner'::regrole) THEN
      BEGIN
        EXECUTE pg_catalog.format('GRANT %I TO flux_owner', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA flux TO flux_telemetry, flux_owner, flux_rollups;
GRANT USAGE ON SCHEMA flux_ops TO flux_owner;
COMMIT;
