-- hub.thing has rows of each feed whose rows may be told (hub.feed_table), as what the feed is told, and those that void one as `void` of
-- that: functions/thing.sql makes the view of what is no feed's, this
-- one adds the feeds' tables.
-- Leaves the view as it is where it has all of them.
DO $$
DECLARE
    feeds text := (
        SELECT string_agg(format(' UNION ALL SELECT %L::text, subject_hash, row_id, issuer, %I, %s, batch_id, line, current FROM hub.%I WHERE app_type %s ''3''',
                   v.void || t.what, n.attname, CASE WHEN p.attname IS NULL THEN '''''::text' ELSE 'part_key' END, t.table_name, v.op), ''
                   ORDER BY t.table_name, v.void)
        FROM hub.feed_table t
        CROSS JOIN (VALUES ('', '<>'), ('void ', '=')) v (void, op)
        JOIN LATERAL (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = to_regclass('hub.' || quote_ident(t.table_name))
                        AND a.attname IN ('number', 'order_no') AND NOT a.attisdropped ORDER BY a.attname LIMIT 1) n ON true
        LEFT JOIN pg_attribute p ON p.attrelid = to_regclass('hub.' || quote_ident(t.table_name)) AND p.attname = 'part_key' AND NOT p.attisdropped
        WHERE NOT t.lines AND t.what <> 'trade');
    was text := pg_get_viewdef('hub.thing'::regclass);
BEGIN
    -- a view that is made anew would wait for all jobs that look at it
    EXECUTE 'CREATE TEMP VIEW thing_wanted AS SELECT * FROM hub.told_thing' || coalesce(feeds, '');
    IF pg_get_viewdef('pg_temp.thing_wanted'::regclass) <> was THEN
        EXECUTE 'CREATE OR REPLACE VIEW hub.thing AS SELECT * FROM hub.told_thing' || coalesce(feeds, '');
    END IF;
    DROP VIEW thing_wanted;
END $$
