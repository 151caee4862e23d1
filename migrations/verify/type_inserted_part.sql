BEGIN;
SELECT (p).type, (p).first_time, (p).last_time, (p).inserted
FROM (SELECT ROW(1, now(), now(), 1)::flux_ops.inserted_part AS p) q;
ROLLBACK;
