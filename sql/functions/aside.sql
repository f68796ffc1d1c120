-- aside: documents that were set aside.

-- Bundles that are not closed: their agency's next one, which would take up what is aside, comes after them.
CREATE OR REPLACE VIEW hub.unfinished AS
SELECT agency, min(name) AS bundle, 'landport run, which ends bundle ' || min(name) || ' first; landport status says what keeps it' AS next
FROM hub.bundle WHERE state IN ('begun', 'open') GROUP BY agency;

-- hub.aside, with what to type, and the files and lines it was to be made from: order, payment, waybill, or the thing it is of, and a
-- list's articles.
CREATE OR REPLACE VIEW hub.aside_place AS
SELECT a.*, hub.subject_word(a.what, a.issuer, a.number) AS subject,
       coalesce((SELECT u.next FROM hub.unfinished u WHERE u.agency = a.agency),
                'landport bundle retry ' || CASE a.state WHEN 'waiting' THEN '--all' ELSE hub.subject_word(a.what, a.issuer, a.number) END
                || ' --kind ' || a.kind || ' --reason "…"') AS next, (
    SELECT string_agg(b.name || ':' || r.line, ', ' ORDER BY r.nth, r.batch_id, r.line)
    FROM (SELECT 1 AS nth, batch_id, line FROM hub.trade_order o
          WHERE o.subject_hash = a.subject_hash AND o.row_id = coalesce(a.order_row, CASE WHEN a.what IN ('trade', 'void') THEN a.row_id END)
          UNION ALL
          SELECT 2, batch_id, line FROM hub.payment p WHERE p.subject_hash = a.subject_hash AND p.row_id = a.payment_row
          UNION ALL
          SELECT 3, batch_id, line FROM hub.waybill w WHERE w.subject_hash = a.subject_hash AND w.row_id = a.waybill_row
          UNION ALL
          SELECT 0, batch_id, line FROM hub.thing t
          WHERE a.what NOT IN ('trade', 'void') AND t.what = a.what AND t.subject_hash = a.subject_hash AND t.row_id = a.row_id
          UNION ALL
          (SELECT DISTINCT 4, g.batch_id, g.line
           FROM hub.trade_order o
           JOIN hub.order_item i ON i.subject_hash = o.subject_hash AND i.row_id = o.row_id
           JOIN hub.bundle_goods u ON u.bundle_id = a.bundle_id AND u.issuer = o.ebc_code AND u.number = i.item_no
           JOIN hub.goods g ON g.subject_hash = hub.subject_hash(u.issuer, u.number) AND g.row_id = u.goods_row
           WHERE a.kind IN (SELECT withdraws FROM hub.receipt_kind)
             AND o.subject_hash = a.subject_hash AND o.row_id = a.order_row ORDER BY 2, 3 LIMIT 5)) r
    JOIN hub.batch b USING (batch_id)) AS place
FROM hub.aside a;

-- Of a correction that takes two documents, what takes back and what is said in its place.
CREATE OR REPLACE VIEW hub.report_pair AS
SELECT p.subject_hash, p.kind, p.row_id, o.row_id AS other_row
FROM hub.report p
JOIN hub.report o ON o.subject_hash = p.subject_hash AND o.agency = p.agency AND o.kind = p.kind AND o.issuer = p.issuer AND o.number = p.number
                 AND o.version = p.version AND o.takes_back <> p.takes_back;

-- The next bundle takes these up again, and is due: those that still may be told. Which they are.
CREATE OR REPLACE FUNCTION hub.try_again(asides bigint[], at timestamptz) RETURNS SETOF hub.aside LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    chosen hub.aside[];
BEGIN
    chosen := ARRAY(
        SELECT a FROM hub.aside a
        JOIN hub.thing t ON t.what = a.what AND t.subject_hash = a.subject_hash AND t.row_id = a.row_id AND t.stands
        WHERE a.state IN ('aside', 'waiting', 'dropped')
          AND (a.aside_id = ANY (asides) OR a.aside_id IN (
              SELECT o.aside_id
              FROM hub.aside b
              JOIN hub.report_pair p ON p.subject_hash = b.subject_hash AND p.kind = b.kind AND p.row_id = b.source_row
              JOIN hub.aside o ON o.subject_hash = p.subject_hash AND o.kind = p.kind AND o.source_row = p.other_row AND o.agency = b.agency
              WHERE b.aside_id = ANY (asides)))
          AND (a.what <> 'trade' OR EXISTS (SELECT 1 FROM hub.trade m WHERE m.subject_hash = a.subject_hash
                                            AND m.issuer = a.issuer AND m.order_no = a.number AND m.verdict = 'matched')));
    UPDATE hub.aside a SET state = 'again', ended_at = at FROM unnest(chosen) c
    WHERE a.subject_hash = c.subject_hash AND a.aside_id = c.aside_id;
    UPDATE hub.ready r SET held = false, waits = false FROM unnest(chosen) c
    WHERE r.held AND r.agency = c.agency AND r.what = c.what AND r.subject_hash = c.subject_hash AND r.row_id = c.row_id;
    INSERT INTO hub.ready (agency, what, subject_hash, issuer, number, row_id)
    SELECT DISTINCT c.agency, c.what, c.subject_hash, c.issuer, c.number, c.row_id FROM unnest(chosen) c
    WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = c.agency AND r.what = c.what
                      AND r.subject_hash = c.subject_hash AND r.row_id = c.row_id);
    RETURN QUERY SELECT * FROM unnest(chosen);
END $$;

-- Documents that are aside, or wait for their kind, are given up; how many. NULL: any.
CREATE OR REPLACE FUNCTION hub.give_up(of_number text, of_agency text, of_kind text, who text, reason text, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    chosen hub.aside[] := ARRAY(
        SELECT a FROM hub.aside a
        WHERE a.state IN ('aside', 'waiting') AND (of_number IS NULL OR of_number IN (a.number, hub.subject_word(a.what, a.issuer, a.number)))
          AND (of_agency IS NULL OR a.agency = of_agency) AND (of_kind IS NULL OR a.kind = of_kind));
BEGIN
    UPDATE hub.aside a SET state = 'dropped', ended_at = at FROM unnest(chosen) c
    WHERE a.subject_hash = c.subject_hash AND a.aside_id = c.aside_id;
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT at, who, 'bundle give-up', c.kind || ' ' || hub.subject_word(c.what, c.issuer, c.number) || ' ' || coalesce(upper(c.first_guid::text), ''), give_up.reason FROM unnest(chosen) c;
    RETURN cardinality(chosen);
END $$;
