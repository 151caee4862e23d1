-- How the feeds fare, for whoever watches.
BEGIN;
SELECT plan(9);
INSERT INTO flux_ops.feed_state (feed, last_attempt_at, last_success_at, consecutive_failures, last_error, next_due_at, newest_time) VALUES
  ('a-healthy', now() - interval '2 minutes', now() - interval '2 minutes', 0, NULL, now() + interval '3 minutes', now() - interval '30 minutes'),
  ('b-failing', now() - interval '2 minutes', now() - interval '9 minutes', 2, 'no answer', now() + interval '3 minutes', NULL),
  ('c-late', now() - interval '11 minutes', now() - interval '11 minutes', 0, NULL, now() - interval '6 minutes', now() + interval '4 hours'),
  ('d-due', now() - interval '9 minutes', now() - interval '9 minutes', 0, NULL, now() - interval '4 minutes', NULL),
  ('e-once', now() - interval '9 days', now() - interval '9 days', 0, NULL, NULL, NULL),
  ('f-new', NULL, NULL, 0, NULL, now() + interval '1 minute', NULL),
  ('g-never', now() - interval '1 minute', NULL, 1, 'no address', now() + interval '1 minute', NULL),
  ('h-busy', now() - interval '90 seconds', now() - interval '90 seconds', 0, NULL, now() - interval '59 seconds', NULL);
SELECT results_eq('SELECT feed, state FROM flux.feed_health ORDER BY feed',
  $$VALUES ('a-healthy', 'healthy'), ('b-failing', 'failing'), ('c-late', 'late'), ('d-due', 'healthy'), ('e-once', 'healthy'),
    ('f-new', 'never'), ('g-never', 'failing'), ('h-busy', 'healthy')$$, 'a feed is healthy, failing, late or never asked');
SELECT results_eq($$SELECT age, lag FROM flux.feed_health WHERE feed IN ('a-healthy', 'c-late', 'g-never') ORDER BY feed$$,
  $$VALUES (interval '2 minutes', interval '30 minutes'), (interval '11 minutes', interval '-4 hours'), (NULL, NULL)$$,
  'age is since the last success, lag since the newest time; unknown is unknown');

INSERT INTO flux_ops.rejects (feed, observed_at, place, field, value, reason, first_seen, last_seen, state, digest)
SELECT f, now(), '', 'x', '', '', seen, seen, state, decode(md5(f || seen || state), 'hex')
FROM (VALUES ('a-healthy', 'open'), ('a-healthy', 'retried'), ('a-healthy', 'discarded'), ('other', 'open')) v(f, state),
  (VALUES (date_trunc('day', now(), 'Europe/London')), (date_trunc('day', now(), 'Europe/London') - interval '1 microsecond')) w(seen);
INSERT INTO flux_ops.flags (type, "time", value, reason, feed, first_seen, last_seen)
SELECT 3, now(), i, 'above', 'a-healthy', now(), CASE WHEN i < 3 THEN now() ELSE now() - interval '25 hours' END FROM generate_series(0, 9) i;
SELECT results_eq($$SELECT rejects_today, flags_today FROM flux.feed_health WHERE feed IN ('a-healthy', 'b-failing') ORDER BY feed$$,
  $$VALUES (2::bigint, 3::bigint), (0::bigint, 0::bigint)$$, 'today begins at midnight in London; what was discarded is nobody''s trouble');
SELECT is((SELECT count(*)::int FROM flux.feed_health), 8, 'a feed that was never asked has no row');

-- However much was refused and flagged in the past, only today's is read.
INSERT INTO flux_ops.rejects (feed, observed_at, place, field, value, reason, first_seen, last_seen, digest)
SELECT 'a-healthy', now(), '', 'x', i::text, '', now() - interval '2 days', now() - interval '2 days', decode(md5(i::text), 'hex') FROM generate_series(1, 10000) i;
INSERT INTO flux_ops.flags (type, "time", value, reason, feed, first_seen, last_seen)
SELECT 3, now() - i * interval '30 minutes', i, 'above', 'a-healthy', now() - interval '2 days', now() - interval '2 days' FROM generate_series(100, 20099) i;
ANALYZE flux_ops.rejects, flux_ops.flags;
CREATE FUNCTION pg_temp.reads() RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; lines text := '';
BEGIN
  FOR line IN EXPLAIN (COSTS off) SELECT * FROM flux.feed_health LOOP lines := lines || line; END LOOP;
  RETURN lines;
END $$;
SELECT matches(pg_temp.reads(), 'rejects_feed_last_seen_idx', 'today''s rejects come from an index');
SELECT matches(pg_temp.reads(), 'flags_feed_last_seen_idx', 'today''s flags too');

SET LOCAL ROLE flux_reader;
SELECT lives_ok('SELECT * FROM flux.feed_health', 'a reader sees it');
SELECT throws_ok('SELECT * FROM flux_ops.feed_state', '42501', NULL, 'and not what it is made of');
SELECT throws_ok('DELETE FROM flux.feed_health', NULL, NULL, 'and changes nothing');
SELECT * FROM finish();
ROLLBACK;
