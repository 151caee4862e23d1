BEGIN;
DO $$ BEGIN
  ASSERT to_regprocedure('flux.refresh_rollups(timestamptz, timestamptz)') IS NOT NULL, 'refresh_rollups is missing';
  ASSERT NOT has_function_privilege('public', 'flux.refresh_rollups(timestamptz, timestamptz)', 'EXECUTE'), 'everybody can execute refresh_rollups';
  ASSERT has_function_privilege('flux_owner', 'flux.refresh_rollups(timestamptz, timestamptz)', 'EXECUTE'), 'flux_owner cannot execute refresh_rollups';
END $$;
ROLLBACK;
