BEGIN;
SELECT (p).type, (p).first_time, (p).last_time, (p).inserted, (p).revised
FROM (SELECT ROW(1, now(), now(), 1, 0)::flux_ops.inserted_part AS p) q;
SELECT (p).type, (p).first_time, (p).last_time, (p).times, (p)."values"
FROM (SELECT ROW(1, now(), now(), ARRAY[now()], ARRAY[1])::flux_ops.batch_part AS p) q;
ROLLBACK;
