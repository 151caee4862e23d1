BEGIN;
DO $$ BEGIN
  ASSERT (to_regprocedure('flux_ops.retire_readings(integer, jsonb)') IS NOT NULL) = (flux_ops.timescaledb_schema() IS NOT NULL),
    'retire_readings is not where continuous aggregates are, or is where none are';
END $$;
ROLLBACK;
