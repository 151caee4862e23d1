-- A row is updated about once a second, and beside a long snapshot none of its versions can be removed. So there is no
-- index but the key's, every update is HOT, and a low fillfactor makes whoever comes next tidy the page.
-- Vacuum is to empty pages even where it finds a few dead rows: only so can it cut them off.
BEGIN;
CREATE TABLE flux_ops.host (
    host text PRIMARY KEY,
    holder text,
    epoch bigint NOT NULL DEFAULT 0,
    acquired_at timestamp with time zone,
    expires_at timestamp with time zone,
    half_rate_until timestamp with time zone,
    next_call_at timestamp with time zone,
    held_until timestamp with time zone,
    excess bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 1, autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_cost_delay = 0,
    vacuum_index_cleanup = on);
COMMENT ON TABLE flux_ops.host IS 'Who asks each host, and when it may be asked next. Changed by the functions of flux_ops alone, by this database''s clock.';
COMMENT ON COLUMN flux_ops.host.host IS 'The host''s id in hosts.yaml: elexon.';
COMMENT ON COLUMN flux_ops.host.holder IS 'The collector that runs its feeds; NULL after a release.';
COMMENT ON COLUMN flux_ops.host.epoch IS 'Counts the claims: what is written in the name of an earlier one is refused.';
COMMENT ON COLUMN flux_ops.host.acquired_at IS 'When it was claimed last.';
COMMENT ON COLUMN flux_ops.host.expires_at IS 'The end of the lease: from then on another may claim the host. After a release, when that was.';
COMMENT ON COLUMN flux_ops.host.half_rate_until IS 'Until then calls are spaced twice as far: a strict host whose lease ran out may have two callers for a while.';
COMMENT ON COLUMN flux_ops.host.next_call_at IS 'When the next call would begin if all had been evenly spaced: the theoretical arrival time of the generic cell rate algorithm.';
COMMENT ON COLUMN flux_ops.host.held_until IS 'Nobody calls before: the server asked for a pause.';
COMMENT ON COLUMN flux_ops.host.excess IS 'Calls made without a permit, while their caller could not reach this database.';
GRANT SELECT ON flux_ops.host TO flux_collector;
COMMIT;
