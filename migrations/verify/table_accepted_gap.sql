BEGIN;
SELECT type, from_time, to_time, reason, accepted_by, accepted_at FROM flux_ops.accepted_gap WHERE false;
DO $$ BEGIN
  ASSERT has_table_privilege('flux_collector', 'flux_ops.accepted_gap', 'SELECT') AND has_table_privilege('flux_collector', 'flux_ops.accepted_gap', 'INSERT'), 'flux_collector cannot accept gaps';
  ASSERT NOT has_table_privilege('flux_collector', 'flux_ops.accepted_gap', 'UPDATE, DELETE'), 'flux_collector can change what was accepted';
  ASSERT NOT has_table_privilege('flux_reader', 'flux_ops.accepted_gap', 'INSERT'), 'flux_reader can accept gaps';
END $$;
ROLLBACK;
