-- Who has a lock: the run that its session is signed with (lock_sign in jobs/lock.c), if it is. Parameter $1 the lock's name.
SELECT r.run_id, r.pid, r.host, r.system, r.born, to_char(r.started_at, 'YYYY-MM-DD HH24:MI:SS TZ') AS since
FROM pg_stat_activity a
LEFT JOIN hub.job_run r ON a.application_name = 'landport run ' || r.run_id
WHERE a.pid = hub.lock_backend($1)
