-- The session that has a lock is ended, its process being gone. Parameters $1 the lock's name, $2 run, $3 process, $4 born
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
WHERE a.pid = hub.lock_backend($1) AND a.application_name = format('landport run %s process %s born %s', $2::bigint, $3::bigint, $4::bigint)
