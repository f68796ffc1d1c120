-- Trades that rows of other feeds concern which have come since last time: rules that read such rows say which (section -- touches,
-- sql/README.md "Add a rule").
-- Settings hub.rules (jobs/rules.h; not set: no rule), hub.batches (array), hub.low, hub.high (this lane's part of the trades)
-- Leaves   touches (temporary), and of each table of feeds' rows the view came_<table>: its rows of these batches, and the versions that
--          they replaced, since a row may speak of another trade now. Both are found by the batch and the key: nothing of an archive is
--          read through.
DO $$
DECLARE
    queries text := (
        SELECT string_agg(format(E'SELECT * FROM (%s\n) q (subject_hash, issuer, order_no)', r.touches), E'\nUNION ALL\n')
        FROM jsonb_to_recordset(coalesce(nullif((SELECT current_setting('hub.rules', true)), ''), '[]')::jsonb) AS r (touches text)
        WHERE r.touches IS NOT NULL);
    t record;
BEGIN
    IF to_regclass('pg_temp.touches') IS NULL THEN
        CREATE TEMP TABLE touches (subject_hash bigint, issuer text, order_no text) ON COMMIT DROP;
    END IF;
    IF queries IS NULL THEN
        RETURN;
    END IF;
    FOR t IN
        SELECT c.relname AS name, min(a.attname) FILTER (WHERE a.attname IN ('number', 'order_no')) AS number,
               CASE WHEN bool_or(a.attname = 'part_key') THEN 'AND o.part_key = r.part_key' ELSE '' END AS same_part
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind IN ('r', 'p')
        GROUP BY c.relname
        HAVING array_agg(a.attname::text) @> '{subject_hash,row_id,issuer,current,batch_id}'
           AND bool_or(a.attname IN ('number', 'order_no'))
    LOOP
        EXECUTE format('CREATE OR REPLACE TEMP VIEW %I AS
            SELECT o.* FROM hub.%I r
            CROSS JOIN LATERAL (SELECT * FROM hub.%2$I o
                                WHERE o.subject_hash = r.subject_hash AND o.issuer = r.issuer AND o.%3$I = r.%3$I %4$s
                                  AND (o.row_id = r.row_id OR NOT o.current) OFFSET 0) o
            WHERE r.batch_id = ANY (ARRAY (SELECT unnest(current_setting(''hub.batches'')::bigint[])))',
            'came_' || t.name, t.name, t.number, t.same_part);
    END LOOP;
    EXECUTE format('INSERT INTO touches
        SELECT q.subject_hash, q.issuer, q.order_no
        FROM (SELECT DISTINCT subject_hash::bigint, issuer::text, order_no::text FROM (%s) u) q
        CROSS JOIN LATERAL (SELECT 1 FROM hub.trade t
                            WHERE t.subject_hash = q.subject_hash AND t.issuer = q.issuer AND t.order_no = q.order_no OFFSET 0) t
        WHERE q.subject_hash BETWEEN (SELECT current_setting(''hub.low'')::bigint) AND (SELECT current_setting(''hub.high'')::bigint)',
        queries);
END $$;
