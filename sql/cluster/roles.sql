-- The private cluster's roles, and whose its database is. Run by the cluster's superuser at each start and each init; what a
-- former version, or somebody in psql, made as the superuser becomes the owner's.
DO $$
DECLARE
    role text;
    thing text;
BEGIN
    FOREACH role IN ARRAY ARRAY['landport_owner', 'landport_job', 'landport_reader'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
    FOR thing IN
        SELECT format('DATABASE %I', datname) FROM pg_database
        WHERE datname = current_database() AND datdba <> 'landport_owner'::regrole
        UNION ALL
        SELECT format('SCHEMA %I', nspname) FROM pg_namespace
        WHERE nspname = 'hub' AND nspowner <> 'landport_owner'::regrole
        UNION ALL
        SELECT format('%s hub.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'hub' AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relowner <> 'landport_owner'::regrole
        UNION ALL
        SELECT format('ROUTINE %s', p.oid::regprocedure)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'hub' AND p.proowner <> 'landport_owner'::regrole
    LOOP
        EXECUTE format('ALTER %s OWNER TO landport_owner', thing);
    END LOOP;
END $$
