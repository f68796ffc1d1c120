-- lock: who works on what (jobs/lock.h).

-- The backend that has a lock of that name; NULL: nobody.
CREATE OR REPLACE FUNCTION hub.lock_backend(lock text) RETURNS int
LANGUAGE sql STABLE AS $$
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint) = hashtextextended(lock, 0)
    LIMIT 1
$$;
