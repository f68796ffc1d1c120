-- Functions and views as they are before they are made anew: by which transaction was each written?
CREATE TEMP TABLE made_before ON COMMIT DROP AS
SELECT p.oid AS id, false AS is_view, p.xmin::text AS written FROM pg_proc p
WHERE p.pronamespace = 'hub'::regnamespace AND p.prokind IN ('f', 'p')
UNION ALL
SELECT c.oid, true, r.xmin::text FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid
WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind = 'v'
