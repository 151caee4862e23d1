-- The self-test holds on this engine, leaves nothing, and would notice.
BEGIN;
SELECT plan(4);
SELECT is_empty('SELECT * FROM flux_ops.self_test() WHERE NOT is_ok', 'no reader gives an old revision for the newest');
SELECT is_empty($$SELECT * FROM flux.market_data WHERE "time" < '1995-01-01Z'$$, 'the trial''s rows are gone');
CREATE OR REPLACE VIEW flux.market_data_current AS
SELECT DISTINCT ON (m.type, m."time") m.id, m."time", m.type, m.value, m.metadata, m.created_at FROM flux.market_data m
ORDER BY m.type, m."time" DESC, m.created_at;
SELECT results_eq('SELECT name FROM flux_ops.self_test() WHERE NOT is_ok', $$VALUES ('newest revision')$$, 'a reader that gives the oldest is noticed');
INSERT INTO flux.market_data ("time", type, value) VALUES ('1990-01-01Z', 1, 5);
SELECT matches((SELECT says FROM flux_ops.self_test() WHERE NOT is_ok), 'values of 1 and 2 January 1990', 'values of one''s own in its place are not touched');
SELECT * FROM finish();
ROLLBACK;
