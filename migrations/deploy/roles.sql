-- Roles belong to the cluster: another database may have made them, or be making them now.
BEGIN;
DO $$
DECLARE wanted name;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['flux_collector', 'flux_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- the other deployment was first
      END;
    END IF;
  END LOOP;
END $$;
COMMIT;
