-- The signal in force at a battery reading's time, and the printed correlation.
BEGIN;
SELECT plan(13);
CREATE FUNCTION pg_temp.d() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT '123e4567-e89b-12d3-a456-426614174000'::uuid $$;
DO $$ BEGIN
  PERFORM flux.insert_market_data_batch(ARRAY(SELECT (t, 1, n)::flux.market_data_input FROM generate_series(date_trunc('hour', now()) - interval '12 hours', now(), interval '30 minutes') WITH ORDINALITY g(t, n)), now() - interval '11 hours');
  PERFORM flux.insert_market_data_batch(ARRAY(SELECT (t, 1, n + 1000)::flux.market_data_input FROM generate_series(date_trunc('hour', now()) - interval '12 hours', now(), interval '30 minutes') WITH ORDINALITY g(t, n)), now() - interval '1 hour');
END $$;
INSERT INTO flux.mg_bess_readings ("time", device_id, soe, target_power)
SELECT t, pg_temp.d(), 50, -10 FROM generate_series(date_trunc('hour', now()) - interval '6 hours', date_trunc('hour', now()) - interval '10 seconds', interval '10 seconds') t;
SELECT is((SELECT count(*)::int FROM (
SELECT
    b.time,
    b.soe,
    b.target_power,
    m.value as niv_estimate
FROM flux.mg_bess_readings b
JOIN flux.market_data m
    ON date_trunc('minute', b.time) = date_trunc('minute', m.time)
    AND m.type = 1  -- NIV estimate
WHERE b.time > now() - interval '1 day'
ORDER BY b.time) printed), 12 * 6 * 2, 'the printed correlation runs: one minute in thirty, and each revision');
SELECT is((SELECT count(*)::int FROM (
SELECT time, device_id, soe, target_power
FROM flux.mg_bess_readings
WHERE device_id = '123e4567-e89b-12d3-a456-426614174000'
  AND time > now() - interval '1 day'
ORDER BY time DESC) printed), 2160, 'the printed readings of a battery too');
SELECT is((SELECT (count(*), count(value), min(value), max(value))::text FROM flux.get_bess_readings_with_signal(1)), '(2160,2160,1013,1024)', 'each reading once, with the newest revision in force');
SELECT is((SELECT (min(value), max(value))::text FROM flux.get_bess_readings_with_signal(1, as_of => now() - interval '2 hours')), '(13,24)', 'or with what was known then');
SELECT is((SELECT count(value)::int FROM flux.get_bess_readings_with_signal(1, as_of => now() - interval '20 hours')), 0, 'nothing where nothing was known');
SELECT is_empty($$SELECT * FROM flux.get_bess_readings_with_signal(1) WHERE signal_time <> date_bin('30 minutes', time, '2000-01-01Z')$$, 'the half hour that the reading is in');
SELECT is((SELECT count(value)::int FROM flux.get_bess_readings_with_signal(1, within => '1 minute')), 12 * 6, 'a signal is in force no longer than within');
SELECT is((SELECT count(*)::int FROM flux.get_bess_readings_with_signal(1, device_ids => ARRAY[gen_random_uuid()])), 0, 'of the batteries asked for');
SELECT is((SELECT count(value)::int FROM flux.get_bess_readings_with_signal(3)), 0, 'a signal without values is NULL');
SELECT is((SELECT (count(*), count(s.value))::text FROM flux.mg_bess_readings b LEFT JOIN LATERAL flux.signal_at(1, b.time, as_of => b.time) s ON true), '(2160,2160)', 'signal_at looks up what was known at each reading itself');
SELECT is_empty($$SELECT b.time FROM flux.mg_bess_readings b CROSS JOIN LATERAL flux.signal_at(1, b.time, as_of => b.time) s
  WHERE s.created_at > b.time OR s.time > b.time OR s.value > 1000 AND b.time < now() - interval '1 hour'$$, 'never what came later');
SELECT is_empty($$SELECT * FROM flux.signal_at(1, '1980-01-01Z')$$, 'before the first value nothing is in force');
SELECT is((SELECT value FROM flux.signal_at(1, now(), within => '40 minutes')) > 1000, true, 'by itself it takes the newest');
SELECT * FROM finish();
ROLLBACK;
