-- Rows of feeds that came since last time become ready for each agency, of each feed that some message is told of
-- (hub.feed_table, hub.asked_message); declare keeps what it takes. What was ready of an earlier version of the same is not any more. Of what is
-- voided the agencies hear at which it stands (void FEED), once a message of theirs tells it: until then it is hub.untold_void.
-- Settings hub.batches (array), hub.low, hub.high, hub.agencies (comma-separated)

CREATE TEMP TABLE things (
    what text, held boolean, subject_hash bigint, issuer text, number text, part_key text, row_id bigint, app_type text
) ON COMMIT DROP;

DO $$
DECLARE
    feed record;
BEGIN
    FOR feed IN
        SELECT f.table_name, f.what, f.held, min(a.attname) FILTER (WHERE a.attname IN ('number', 'order_no')) AS number,
               coalesce(min(a.attname) FILTER (WHERE a.attname = 'part_key'), '''''') AS part
        FROM hub.feed_table f
        JOIN pg_attribute a ON a.attrelid = to_regclass('hub.' || quote_ident(f.table_name)) AND NOT a.attisdropped
        WHERE NOT f.lines AND f.what <> 'trade' AND f.what IN (SELECT m.what FROM hub.asked_message m)
        GROUP BY f.table_name, f.what, f.held
    LOOP
        EXECUTE format('INSERT INTO things
            SELECT %L, %L::boolean, subject_hash, issuer, %I, %s, row_id, app_type FROM hub.%I
            WHERE current AND batch_id = ANY (ARRAY (SELECT unnest(current_setting(''hub.batches'')::bigint[])))
              AND subject_hash + 0 BETWEEN (SELECT current_setting(''hub.low'')::bigint) AND (SELECT current_setting(''hub.high'')::bigint)',
            feed.what, feed.held, feed.number, feed.part, feed.table_name);
        EXECUTE format('DELETE FROM hub.ready r USING things t, hub.%I o
            WHERE t.what = %L AND r.what IN (t.what, ''void '' || t.what) AND r.subject_hash = t.subject_hash AND r.issuer = t.issuer AND r.number = t.number
              AND o.subject_hash = r.subject_hash AND o.row_id = r.row_id AND %s = t.part_key',
            feed.table_name, feed.what, CASE feed.part WHEN 'part_key' THEN 'o.part_key' ELSE feed.part END);
    END LOOP;
END $$;

INSERT INTO hub.ready (agency, what, held, subject_hash, issuer, number, row_id)
SELECT agency, what, held, subject_hash, issuer, number, row_id
FROM things
JOIN (SELECT DISTINCT agency, m.what AS asked   -- of what it asks for
      FROM string_to_table(nullif((SELECT current_setting('hub.agencies')), ''), ',') agency
      JOIN hub.asked_message m ON m.folder IN ('', hub.folder_of(agency))) a ON a.asked = things.what
WHERE app_type <> '3';

INSERT INTO hub.ready (agency, what, held, subject_hash, issuer, number, row_id)
SELECT s.agency, 'void ' || t.what, true, t.subject_hash, t.issuer, t.number, t.row_id
FROM things t CROSS JOIN LATERAL (
    SELECT DISTINCT s.agency FROM hub.voided_stands s WHERE s.what = 'void ' || t.what AND s.subject_hash = t.subject_hash AND s.row_id = t.row_id OFFSET 0) s
WHERE t.app_type = '3';
