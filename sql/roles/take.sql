-- The session goes on as the role of jobs, or of readers, where its login is another that may take it on.
-- $1 that role by the configuration; NULL: the database's name and $2
SELECT set_config('role', r.rolname, false)
FROM pg_roles r
WHERE r.rolname = coalesce($1, current_database() || $2)::name AND current_user <> r.rolname
  AND pg_has_role(current_user, r.oid, 'MEMBER')
