-- 0025_roles: jobs connect as a role that owns nothing (roles/grants.sql says what it may).
-- Locks: none. Way back: ALTER FUNCTION hub.refresh_statistics() SECURITY INVOKER RESET search_path.

-- The one thing a job does that takes ownership: statistics and block ranges of what it has just written. It takes no argument and
-- runs no expression that a job could have put anywhere.
ALTER FUNCTION hub.refresh_statistics() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
