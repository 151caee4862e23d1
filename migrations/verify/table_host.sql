BEGIN;
SELECT host, holder, epoch, acquired_at, expires_at, half_rate_until, next_call_at, held_until, excess FROM flux_ops.host WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.host', 'SELECT'), 'flux_collector lacks SELECT on host';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.host', 'INSERT, UPDATE, DELETE, TRUNCATE'), 'flux_collector can do too much to host';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.host', 'SELECT'), 'flux_reader reads host itself';
END $$;
ROLLBACK;
