BEGIN;
CREATE TABLE flux_ops.collector (
    holder text PRIMARY KEY,
    expires_at timestamp with time zone NOT NULL,
    wanted text[] NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 1, autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_cost_delay = 0,
    vacuum_index_cleanup = on);
COMMENT ON TABLE flux_ops.collector IS 'The collectors that share the hosts among them, those that hold none included.';
COMMENT ON COLUMN flux_ops.collector.holder IS 'The collector, one name a start.';
COMMENT ON COLUMN flux_ops.collector.expires_at IS 'Unless it is heard of before, it is gone then.';
COMMENT ON COLUMN flux_ops.collector.wanted IS 'The hosts whose feeds it has.';
GRANT SELECT ON flux_ops.collector TO flux_collector;
COMMIT;
