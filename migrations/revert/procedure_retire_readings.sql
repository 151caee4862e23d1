-- The job is of no table, so it does not go with one.
SELECT to_regprocedure('flux_ops.retire_readings(integer, jsonb)') IS NOT NULL AS retires \gset
BEGIN;
\if :retires
DO $$ BEGIN
  EXECUTE (SELECT format('SELECT %I.delete_job(j.job_id) FROM timescaledb_information.jobs j
    WHERE j.proc_schema = ''flux_ops'' AND j.proc_name = ''retire_readings''', flux_ops.timescaledb_schema()));
END $$;
DROP PROCEDURE flux_ops.retire_readings(integer, jsonb);
\endif
COMMIT;
