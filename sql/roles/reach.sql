-- How far the login of jobs reaches beyond the role they are for.
-- $1 that role by the configuration; NULL: named after the database
SELECT session_user AS login, quote_ident(coalesce($1, current_database() || '_job')) AS job_role,
       (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) AS super,
       EXISTS (SELECT 1 FROM pg_class c
               WHERE c.relnamespace = to_regnamespace('hub') AND pg_has_role(session_user, c.relowner, 'MEMBER')) AS owns,
       coalesce(has_schema_privilege(session_user, to_regnamespace('public'), 'CREATE'), false) AS makes
