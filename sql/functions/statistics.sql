-- A night's load can outgrow what the planner knows before autovacuum wakes up. Block ranges that were added are summed up too:
-- autovacuum does that when a fifth of a table is new, and all of it is read until then. It is the one thing a job does that takes
-- ownership, of what it has just written: it takes no argument and runs no expression that a job could have put anywhere.
CREATE OR REPLACE FUNCTION hub.refresh_statistics() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET default_statistics_target = 10 AS $$
DECLARE
    t regclass;
BEGIN
    FOR t IN SELECT s.relid FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
             WHERE s.schemaname = 'hub' AND s.n_mod_since_analyze > 1000 + 0.1 * greatest(c.reltuples, 0)
             ORDER BY s.relid LOOP
        EXECUTE format('ANALYZE %s', t);
    END LOOP;
    PERFORM brin_summarize_new_values(c.oid) FROM pg_class c JOIN pg_am m ON m.oid = c.relam
    WHERE m.amname = 'brin' AND c.relnamespace = 'hub'::regnamespace;
END $$;
