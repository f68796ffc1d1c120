-- Functions and views that are still what they were (made_before) are dropped: what no file makes any more or, before they are made,
-- all of them. What something else hangs on comes after that; what something of somebody else's hangs on stays.
DO $$
DECLARE
    t record;
    went boolean := true;
BEGIN
    WHILE went LOOP
        went := false;
        FOR t IN
            SELECT CASE WHEN b.is_view THEN 'VIEW ' || c.oid::regclass ELSE 'ROUTINE ' || p.oid::regprocedure END AS named
            FROM made_before b
            LEFT JOIN pg_proc p ON NOT b.is_view AND p.oid = b.id AND p.xmin::text = b.written
            LEFT JOIN (pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid) ON b.is_view AND c.oid = b.id AND r.xmin::text = b.written
            WHERE p.oid IS NOT NULL OR c.oid IS NOT NULL
        LOOP
            BEGIN
                EXECUTE 'DROP ' || t.named;
                went := true;
            EXCEPTION WHEN dependent_objects_still_exist THEN
                NULL; -- the next time round
            END;
        END LOOP;
    END LOOP;
END $$
