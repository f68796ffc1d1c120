-- 0023_aside: documents that could not be written, or whose message could not be made; all others go without them.
-- Locks: none but on the new table. Way back: DROP TABLE hub.aside; DROP FUNCTION hub.thing_of, hub.try_again, hub.drop_unneeded; DROP VIEW
-- hub.thing.

-- What documents are made of, by its kind (hub.message_rule.what) and row_id. stands: it may be told.
CREATE VIEW hub.thing AS
SELECT 'trade'::text AS what, trade_hash, row_id, key_code, order_no, ''::text AS part_key, batch_id, line,
       current AND app_type <> '3' AS stands FROM hub.trade_order
UNION ALL
SELECT 'void', trade_hash, row_id, key_code, order_no, '', batch_id, line, current AND app_type = '3' FROM hub.trade_order
UNION ALL
SELECT 'departure', trade_hash, row_id, key_code, order_no, '', batch_id, line, current AND app_type <> '3' FROM hub.departure
UNION ALL
SELECT 'entry', trade_hash, row_id, key_code, order_no, '', batch_id, line, current AND app_type <> '3' FROM hub.entry
UNION ALL
SELECT 'return', trade_hash, row_id, key_code, order_no, part_key, batch_id, line, current AND app_type <> '3' FROM hub.goods_return
UNION ALL
SELECT 'tally', trade_hash, row_id, key_code, order_no, '', batch_id, line, current AND app_type <> '3' FROM hub.tally
UNION ALL
SELECT 'status', trade_hash, row_id, key_code, order_no, '', batch_id, line, current AND app_type <> '3' FROM hub.waybill_status
UNION ALL
SELECT 'month', trade_hash, row_id, ebc_code, month, '', NULL, NULL, true FROM hub.summary;

-- What a document is of, by its kind and the rows it was made from.
CREATE FUNCTION hub.thing_of(of_kind text, hash bigint, order_row bigint, source_row bigint) RETURNS SETOF hub.thing LANGUAGE sql STABLE AS $$
    SELECT t.* FROM (SELECT DISTINCT what FROM hub.message_rule WHERE kind = of_kind) m
    JOIN hub.thing t ON t.what = m.what AND t.trade_hash = hash AND t.row_id = CASE m.what WHEN 'trade' THEN order_row ELSE source_row END
    ORDER BY t.what LIMIT 1
$$;

-- `aside` waits for a person or a corrected row, `waiting` for its kind: the next bundle takes it again. `dropped` waits for a corrected
-- row alone, unless a person thinks better of it.
CREATE TABLE hub.aside (
    trade_hash bigint NOT NULL,
    aside_id   bigint GENERATED ALWAYS AS IDENTITY,
    agency     text NOT NULL,
    kind       text NOT NULL,
    bundle_id  bigint NOT NULL,          -- it was to be in
    what text NOT NULL, key_code text NOT NULL, order_no text NOT NULL, row_id bigint, -- what becomes ready again
    first_guid uuid,                     -- of the document's first version; NULL: documents were not made
    order_row bigint, payment_row bigint, waybill_row bigint, source_row bigint,       -- as in hub.document
    state      text NOT NULL CHECK (state IN (
                   'aside', 'waiting',
                   'again',              -- a person sent it into the next bundle
                   'dropped',            -- a person gave it up, as long as its rows are what they are
                   'written',            -- a later bundle has it
                   'replaced')),         -- what it was made from is no more, or a later attempt has a line of its own
    code       text NOT NULL,            -- E1014 …
    reason     text NOT NULL,
    since      timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (trade_hash, aside_id)
);
CREATE INDEX aside_open ON hub.aside (agency, aside_id) WHERE state IN ('aside', 'waiting', 'dropped');

-- A bundle that was not closed, lost its last document and was not due: its business date has another. As the owner, since jobs
-- delete no bundle.
CREATE FUNCTION hub.drop_unneeded(asked bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, hub, pg_temp AS $$
BEGIN
    PERFORM 1 FROM hub.bundle b
    WHERE b.bundle_id = asked AND b.state = 'open'
      AND NOT EXISTS (SELECT 1 FROM hub.document d WHERE d.bundle_id = b.bundle_id)
      AND EXISTS (SELECT 1 FROM hub.bundle o WHERE o.agency = b.agency AND o.business_date = b.business_date AND o.bundle_id <> b.bundle_id);
    IF FOUND THEN
        DELETE FROM hub.bundle_goods WHERE bundle_id = asked;
        DELETE FROM hub.bundle_waybill WHERE bundle_id = asked;
        DELETE FROM hub.bundle_sum WHERE bundle_id = asked;
        DELETE FROM hub.message WHERE bundle_id = asked;
        DELETE FROM hub.bundle WHERE bundle_id = asked;
    END IF;
END $$;

-- ... with the files and lines it was to be made from: order, payment, waybill, or the thing it is of, and a list's articles.
CREATE VIEW hub.aside_place AS
SELECT a.*, (
    SELECT string_agg(b.name || ':' || r.line, ', ' ORDER BY r.nth, r.batch_id, r.line)
    FROM (SELECT 1 AS nth, batch_id, line FROM hub.trade_order o
          WHERE o.trade_hash = a.trade_hash AND o.row_id = coalesce(a.order_row, CASE WHEN a.what IN ('trade', 'void') THEN a.row_id END)
          UNION ALL
          SELECT 2, batch_id, line FROM hub.payment p WHERE p.trade_hash = a.trade_hash AND p.row_id = a.payment_row
          UNION ALL
          SELECT 3, batch_id, line FROM hub.waybill w WHERE w.trade_hash = a.trade_hash AND w.row_id = a.waybill_row
          UNION ALL
          SELECT 0, batch_id, line FROM hub.thing t
          WHERE a.what NOT IN ('trade', 'void') AND t.what = a.what AND t.trade_hash = a.trade_hash AND t.row_id = a.row_id
          UNION ALL
          (SELECT DISTINCT 4, g.batch_id, g.line
           FROM hub.trade_order o
           JOIN hub.order_item i ON i.trade_hash = o.trade_hash AND i.row_id = o.row_id
           JOIN hub.bundle_goods u ON u.bundle_id = a.bundle_id AND u.key_code = o.ebc_code AND u.order_no = i.item_no
           JOIN hub.goods g ON g.trade_hash = hub.trade_hash(u.key_code, u.order_no) AND g.row_id = u.goods_row
           WHERE a.kind IN (SELECT withdraws FROM hub.receipt_kind)
             AND o.trade_hash = a.trade_hash AND o.row_id = a.order_row ORDER BY 2, 3 LIMIT 5)) r
    JOIN hub.batch b USING (batch_id)) AS place
FROM hub.aside a;

-- Variants of a feed whose rows are of one direction of trade only.
CREATE TABLE hub.feed_direction (
    feed    text PRIMARY KEY,
    ie_flag text NOT NULL CHECK (ie_flag IN ('E', 'I'))
);
INSERT INTO hub.feed_direction VALUES ('order', 'E'), ('importorder', 'I');

-- The next bundle takes these up again, and is due: those that still may be told. Which they are.
CREATE FUNCTION hub.try_again(asides bigint[], at timestamptz) RETURNS SETOF hub.aside LANGUAGE sql AS $$
    WITH chosen AS MATERIALIZED (
        SELECT a.* FROM hub.aside a
        JOIN hub.thing t ON t.what = a.what AND t.trade_hash = a.trade_hash AND t.row_id = a.row_id AND t.stands
        WHERE a.aside_id = ANY (asides) AND a.state IN ('aside', 'waiting', 'dropped')
          AND (a.what <> 'trade' OR EXISTS (SELECT 1 FROM hub.trade m WHERE m.trade_hash = a.trade_hash
                                            AND m.key_code = a.key_code AND m.order_no = a.order_no AND m.verdict = 'matched'))
    ), done AS (
        UPDATE hub.aside a SET state = 'again', ended_at = at FROM chosen c
        WHERE a.trade_hash = c.trade_hash AND a.aside_id = c.aside_id
    ), let_go AS (
        UPDATE hub.ready r SET held = false FROM chosen c
        WHERE r.held AND r.agency = c.agency AND r.what = c.what AND r.trade_hash = c.trade_hash AND r.order_row = c.row_id
    ), ready AS (
        INSERT INTO hub.ready (agency, what, trade_hash, key_code, order_no, order_row)
        SELECT DISTINCT c.agency, c.what, c.trade_hash, c.key_code, c.order_no, c.row_id FROM chosen c
        WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = c.agency AND r.what = c.what
                          AND r.trade_hash = c.trade_hash AND r.order_row = c.row_id)
    )
    SELECT * FROM chosen
$$;

-- Which feed the rows of a table come from, as what they are told, and whether they are lines of a thing.
CREATE TABLE hub.feed_table (
    table_name text PRIMARY KEY,
    feed       text NOT NULL,
    what       text NOT NULL,            -- as in hub.message_rule
    lines      boolean NOT NULL
);
INSERT INTO hub.feed_table VALUES
    ('trade_order', 'order', 'trade', false), ('order_item', 'order', 'trade', true),
    ('import_order', 'order', 'trade', false), ('import_item', 'order', 'trade', true),
    ('payment', 'payment', 'trade', false), ('waybill', 'logistics', 'trade', false),
    ('departure', 'departure', 'departure', false), ('departure_item', 'departure', 'departure', true),
    ('entry', 'entry', 'entry', false), ('entry_item', 'entry', 'entry', true),
    ('goods_return', 'return', 'return', false), ('return_item', 'return', 'return', true),
    ('tally', 'tally', 'tally', false), ('waybill_status', 'status', 'status', false);
