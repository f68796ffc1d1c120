-- Who has a lock: the run and its process that its session is signed with (lock_sign in jobs/lock.c), if it is. Parameter $1 the lock's name.
SELECT r.run_id, s.m[2]::bigint AS pid, r.host, r.system, s.m[3]::bigint AS born, to_char(r.started_at, 'YYYY-MM-DD HH24:MI:SS TZ') AS since
FROM pg_stat_activity a
CROSS JOIN LATERAL (SELECT regexp_match(a.application_name, '^landport run ([0-9]+) process ([0-9]+) born (-?[0-9]+)$') AS m) s
LEFT JOIN hub.job_run r ON r.run_id = s.m[1]::bigint
WHERE a.pid = hub.lock_backend($1)
