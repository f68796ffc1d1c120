-- What init has to know of functions and views: which were put in, which were there afterwards, and which are there now.
SELECT (SELECT i.content FROM hub.installed i WHERE i.name = 'functions') AS brought,
       (SELECT i.state FROM hub.installed i WHERE i.name = 'functions') AS then_there,
       md5(coalesce((SELECT string_agg(pg_get_functiondef(p.oid), ';' ORDER BY p.oid::regprocedure::text)
                     FROM pg_proc p WHERE p.pronamespace = 'hub'::regnamespace AND p.prokind IN ('f', 'p')), '')
           || coalesce((SELECT string_agg(c.relname || ' ' || pg_get_viewdef(c.oid), ';' ORDER BY c.relname)
                        FROM pg_class c WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind = 'v'), '')) AS now_there
