BEGIN;
CREATE TABLE flux_ops.policy (
    relation text PRIMARY KEY,
    chunk interval NOT NULL CHECK (chunk >= interval '1 hour'),
    compress_after interval CHECK (compress_after >= interval '0'),
    keep interval CHECK (keep >= interval '1 day'),
    kept_from timestamp with time zone
);
COMMENT ON TABLE flux_ops.policy IS 'How long what is kept, and how. flux_ops.set_policy changes it, flux_ops.policies() shows it.';
COMMENT ON COLUMN flux_ops.policy.relation IS 'The table, in schema flux.';
COMMENT ON COLUMN flux_ops.policy.chunk IS 'How much time a chunk made from now on covers. TimescaleDB only.';
COMMENT ON COLUMN flux_ops.policy.compress_after IS 'The age at which a chunk is compressed; NULL for never. TimescaleDB only.';
COMMENT ON COLUMN flux_ops.policy.keep IS 'The age at which rows go; NULL for never.';
COMMENT ON COLUMN flux_ops.policy.kept_from IS 'Rows before this instant have been dropped; NULL where none has. A refresh of the roll-ups starts no earlier, or it would delete what they alone still know.';
INSERT INTO flux_ops.policy (relation, chunk, compress_after, keep) VALUES
('mg_meter_readings', coalesce(nullif(current_setting('flux.readings_chunk', true), ''), '7 days')::interval, '7 days', NULL),
('mg_bess_readings', coalesce(nullif(current_setting('flux.readings_chunk', true), ''), '7 days')::interval, '7 days', NULL),
('market_data', coalesce(nullif(current_setting('flux.market_data_chunk', true), ''), '365 days')::interval, NULL, NULL);
GRANT SELECT ON flux_ops.policy TO flux_owner;
COMMIT;
