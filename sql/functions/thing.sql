-- thing: what documents are made of.

-- What documents are made of, by its kind (hub.asks.what) and row_id, but for rows of feeds. stands: it may be told.
CREATE OR REPLACE VIEW hub.told_thing AS
SELECT 'trade'::text AS what, subject_hash, row_id, issuer, order_no AS number, ''::text AS part_key, batch_id, line,
       current AND app_type <> '3' AS stands FROM hub.trade_order
UNION ALL
SELECT 'void', subject_hash, row_id, issuer, order_no, '', batch_id, line, current AND app_type = '3' FROM hub.trade_order
UNION ALL
SELECT 'report ' || kind, subject_hash, row_id, issuer, number, '', NULL, NULL, current FROM hub.report;

-- What people call it, and type: an order's number; elsewhere several may give the same, the sellers of a month all do.
CREATE OR REPLACE FUNCTION hub.subject_word(what text, issuer text, number text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN what IN ('trade', 'void') OR issuer = '' THEN number ELSE issuer || '/' || number END
$$;

-- The same with the rows of feeds, which init/things.sql adds.
CREATE OR REPLACE VIEW hub.thing AS SELECT * FROM hub.told_thing;

-- What a document is of, by its kind and the rows it was made from. To be asked for documents by their keys, in a LATERAL of its own
-- (OFFSET 0): else the archive is read through.
CREATE OR REPLACE VIEW hub.document_thing AS
SELECT DISTINCT ON (t.subject_hash, d.guid) d.guid, t.* -- of t, as it is asked for: a condition on another column stays outside
FROM hub.document d
JOIN (SELECT DISTINCT kind, what FROM hub.asks) m ON m.kind = d.kind
JOIN hub.thing t ON t.what = m.what AND t.subject_hash = d.subject_hash AND t.row_id = CASE m.what WHEN 'trade' THEN d.order_row ELSE d.source_row END
ORDER BY t.subject_hash, d.guid, t.what;

-- The agencies at which a document of what a feed's row voids (what: as it is told, void FEED) stands: the newest version that was not refused
-- was not withdrawn, and says no end itself. To be asked like the view before it.
CREATE OR REPLACE VIEW hub.voided_stands AS
SELECT n.what, n.subject_hash, n.row_id, n.agency
FROM (SELECT DISTINCT ON (v.what, v.subject_hash, v.row_id, coalesce(d.first_guid, d.guid)) v.what, v.subject_hash, v.row_id, b.agency, d.state, d.app_type
      FROM hub.thing v
      JOIN hub.document d ON d.subject_hash = v.subject_hash AND d.state IS DISTINCT FROM 'refused'
      JOIN hub.bundle b ON b.bundle_id = d.bundle_id
      JOIN hub.thing o ON o.subject_hash = d.subject_hash AND o.row_id = d.source_row AND v.what IN (o.what, 'void ' || o.what)
                      AND o.issuer = v.issuer AND o.number = v.number AND o.part_key = v.part_key
      ORDER BY v.what, v.subject_hash, v.row_id, coalesce(d.first_guid, d.guid), d.version DESC) n
WHERE n.state IS DISTINCT FROM 'withdrawn' AND n.app_type <> '3';

-- Who gives numbers to orders ('number'), payments and waybills ('part').
CREATE OR REPLACE VIEW hub.trade_issuer AS
SELECT i.numbers, i.code FROM hub.known_issuer i WHERE i.feed IN (SELECT t.feed FROM hub.feed_table t WHERE t.what = 'trade');

-- Orders of this number as they are now: several platforms may give the same. Of rows that name an order and not its platform, such as a
-- bank's, only a number that one of them has given says whose they are.
CREATE OR REPLACE FUNCTION hub.orders_numbered(named text) RETURNS TABLE (subject_hash bigint, issuer text, order_no text)
    LANGUAGE plpgsql STABLE ROWS 2 AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT o.subject_hash, o.issuer, o.order_no
    FROM (SELECT DISTINCT code FROM hub.trade_issuer WHERE numbers = 'number') i
    CROSS JOIN LATERAL (SELECT * FROM hub.trade_order o
                        WHERE o.subject_hash = hub.subject_hash(i.code, named) AND o.issuer = i.code AND o.order_no = named
                          AND o.current AND o.app_type <> '3' OFFSET 0) o;
END $$;

-- Rows that a number leads to, of feeds that are no part of a trade: under each issuer that is known, as the subject's number or its
-- part's. says: what stands in them, but for what is a person's.
CREATE OR REPLACE FUNCTION hub.feed_rows_numbered(named text)
RETURNS TABLE (feed text, subject_hash bigint, row_id bigint, issuer text, number text, part_key text, current boolean,
               batch_id bigint, line bigint, app_type text, says text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT f.feed, f.table_name,
               min(a.attname) FILTER (WHERE a.attname IN ('number', 'order_no')) AS number,
               CASE WHEN bool_or(a.attname = 'part_key') THEN 'r.part_key' ELSE '''''::text' END AS part,
               coalesce(string_agg(format('%L || r.%I', a.attname || '=', a.attname), ', ' ORDER BY a.attnum)
                   FILTER (WHERE col_description(a.attrelid, a.attnum) IS DISTINCT FROM 'sealed' AND a.attname <> ALL
                           ('{subject_hash,row_id,issuer,number,part_key,current,batch_id,line,digest,app_type}')), 'NULL') AS says
        FROM hub.feed_table f
        JOIN pg_attribute a ON a.attrelid = to_regclass('hub.' || quote_ident(f.table_name)) AND a.attnum > 0 AND NOT a.attisdropped
        WHERE NOT f.lines AND f.what <> 'trade'
        GROUP BY f.feed, f.table_name ORDER BY f.feed
    LOOP
        RETURN QUERY EXECUTE format('
            SELECT %1$L::text, r.subject_hash, r.row_id, r.issuer, r.%2$I, %3$s, r.current, r.batch_id, r.line, r.app_type,
                   array_to_string(ARRAY[%4$s]::text[], '', '')
            FROM hub.%5$I r
            WHERE r.subject_hash IN (SELECT hub.subject_hash(i.code, $1) FROM hub.known_issuer i WHERE i.feed = %1$L AND i.numbers = ''number'')
              AND r.%2$I = $1', t.feed, t.number, t.part, t.says, t.table_name) USING named;
        CONTINUE WHEN NOT EXISTS (SELECT 1 FROM hub.known_issuer i WHERE i.feed = t.feed AND i.numbers = 'part');
        RETURN QUERY EXECUTE format('
            SELECT %1$L::text, r.subject_hash, r.row_id, r.issuer, r.%2$I, r.part_key, r.current, r.batch_id, r.line, r.app_type,
                   array_to_string(ARRAY[%3$s]::text[], '', '')
            FROM (SELECT DISTINCT i.code || ''/'' || $1 AS key FROM hub.known_issuer i WHERE i.feed = %1$L AND i.numbers = ''part'') k
            JOIN hub.%4$I r ON hashtextextended(r.part_key, 0) = hashtextextended(k.key, 0) AND r.part_key = k.key
            WHERE r.%2$I <> $1', t.feed, t.number, t.says, t.table_name) USING named;
    END LOOP;
END $$;

-- The same, also by ISSUER/NUMBER; either may have a / in it.
CREATE OR REPLACE FUNCTION hub.feed_rows(named text)
RETURNS TABLE (feed text, subject_hash bigint, row_id bigint, issuer text, number text, part_key text, current boolean,
               batch_id bigint, line bigint, app_type text, says text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT r.* FROM hub.feed_rows_numbered(named) r
    UNION ALL
    SELECT r.* FROM generate_series(2, length(named) - 1) i CROSS JOIN LATERAL hub.feed_rows_numbered(substr(named, i + 1)) r
    WHERE substr(named, i, 1) = '/' AND r.issuer = left(named, i - 1) AND r.number = substr(named, i + 1);
END $$;

-- Subjects that a word leads to: ISSUER/NUMBER of any kind, the number of reports or of rows of feeds. Either part may have a / in it.
CREATE OR REPLACE FUNCTION hub.subjects_named(word text) RETURNS TABLE (subject_hash bigint, issuer text, number text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT hub.subject_hash(left(word, i - 1), substr(word, i + 1)), left(word, i - 1), substr(word, i + 1)
    FROM generate_series(2, length(word) - 1) i WHERE substr(word, i, 1) = '/'
    UNION
    SELECT subject_hash, issuer, number FROM hub.report WHERE number = word
    UNION
    SELECT subject_hash, issuer, number FROM hub.feed_rows(word);
END $$;
