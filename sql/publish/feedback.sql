-- What partners have not been told of yet: each receipt that decided something, once for each partner whose rows it is
-- about (hub.receipt_kind.tells). Settings hub.now (timestamptz), hub.day (YYYYMMDD), hub.columns (JSON: feed -> [[element, title], …])
-- hub.told_later: partners that are left out, since nothing can be made for them now (array). hub.told: the name, without ending, of a file that is made once more; else empty or not set.
-- Leaves  feedback_taken: the receipts that this is about; feedback_later: those about such partners; feedback_now, with the partner's own
--         numbers; feedback_name: its file's name without ending

CREATE TEMP TABLE feedback_name ON COMMIT DROP AS
SELECT 'feedback-' || d.day || '-' || lpad((coalesce(max(split_part(split_part(a.name, '.', 1), '-', 3)::int), 0) + 1)::text, 2, '0') AS name
FROM (SELECT current_setting('hub.day') AS day) d
LEFT JOIN hub.answer a ON a.kind = 'feedback' AND a.name LIKE 'feedback-' || d.day || '-%'
GROUP BY d.day;

-- What comes while the files are made is told by the next: the marks are on these.
CREATE TEMP TABLE feedback_taken ON COMMIT DROP AS
SELECT * FROM hub.receipt WHERE effect = 'applied' AND told IS NULL AND (SELECT coalesce(current_setting('hub.told', true), '') = '')
UNION ALL
SELECT * FROM hub.receipt
WHERE effect = 'held' AND told IS NULL AND message_guid IS NOT NULL AND direction = 'failure'
  AND (SELECT coalesce(current_setting('hub.told', true), '') = '')
UNION ALL
SELECT * FROM hub.receipt WHERE (effect = 'applied' OR effect = 'held' AND message_guid IS NOT NULL) AND told = (SELECT current_setting('hub.told', true))
                            AND (SELECT current_setting('hub.told', true) <> '');
ANALYZE feedback_taken (subject_hash, row_id);

-- Whose rows an answer is about: by its kind, or where a message could not be read by that which answers the kind the message holds. An
-- agency's own line counts before any agency's, then the newest; what no line says any more is told as most are.
CREATE TEMP TABLE feedback_tells ON COMMIT DROP AS
SELECT DISTINCT ON (a.agency, w.unread, w.kind) a.agency, w.unread, w.kind, coalesce(k.tells, '{source,order}') AS tells
FROM (SELECT DISTINCT agency FROM hub.bundle) a
CROSS JOIN (SELECT DISTINCT false AS unread, kind FROM feedback_taken WHERE effect = 'applied'
            UNION ALL
            SELECT DISTINCT true, m.kind FROM feedback_taken r JOIN hub.message m ON m.guid = r.message_guid WHERE r.effect = 'held') w
LEFT JOIN hub.receipt_kind k
    ON k.folder IN ('', hub.folder_of(a.agency)) AND CASE WHEN w.unread THEN k.decides AND k.answers IN ('', w.kind) ELSE k.kind = w.kind END
ORDER BY a.agency, w.unread, w.kind, w.unread AND k.answers = '', k.folder = '', k.valid_from DESC;
ANALYZE feedback_tells;

-- Which documents: that of a receipt, all that it decided where a whole file or bundle is answered, or all that a message held which could not be read over there; those are declared again by
-- the operators, and what the agency says of the message may quote another partner's rows.
-- A look-up each (OFFSET 0), since one row is expected of two keys that go together, or all of the archive is read.
CREATE TEMP TABLE feedback_now ON COMMIT DROP AS
SELECT p.party, r.subject_hash AS receipt_hash, r.row_id AS receipt, bd.agency, d.kind, d.version,
       CASE r.direction WHEN 'success' THEN 'accepted' WHEN 'failure' THEN 'refused' ELSE r.direction END AS state,
       r.kind AS receipt_kind, r.return_status, r.return_time, CASE WHEN d.unread THEN NULL ELSE r.return_info END AS return_info, d.unread, d.pre_no, d.invt_no, p.file, p.feed, p.line,
       coalesce(o.ebp_code, y.ebp_code, w.ebp_code) AS ebp_code, coalesce(o.ebc_code, y.ebc_code, w.ebc_code) AS ebc_code,
       coalesce(o.order_no, y.order_no, w.order_no) AS order_no, y.pay_code, y.pay_no, w.logistics_code, w.logistics_no,
       g.issuer, g.number
FROM feedback_taken r
CROSS JOIN LATERAL (
    SELECT false AS unread, d.* FROM hub.document d WHERE r.effect = 'applied' AND d.subject_hash = r.subject_hash AND d.guid = r.guid
    UNION ALL
    SELECT true, d.* FROM hub.message_span m
    CROSS JOIN LATERAL (SELECT * FROM hub.document d
                        WHERE d.bundle_id = m.bundle_id AND d.kind = m.kind AND d.doc_no > m.before AND d.doc_no <= m.before + m.documents OFFSET 0) d
    WHERE r.effect = 'held' AND m.guid = r.message_guid AND d.receipt_id = r.row_id
    UNION ALL
    SELECT false, d.* FROM hub.document d
    WHERE r.effect = 'applied' AND r.guid IS NULL AND d.bundle_id = r.bundle_id AND d.receipt_id = r.row_id OFFSET 0) d
CROSS JOIN LATERAL (SELECT b.agency FROM hub.bundle b WHERE b.bundle_id = d.bundle_id OFFSET 0) bd
JOIN feedback_tells k ON k.agency = bd.agency AND k.unread = d.unread AND k.kind = CASE WHEN d.unread THEN d.kind ELSE r.kind END
LEFT JOIN LATERAL (SELECT ebp_code, ebc_code, order_no FROM hub.trade_order o
                   WHERE o.subject_hash = d.subject_hash AND o.row_id = d.order_row OFFSET 0) o ON true
LEFT JOIN LATERAL (SELECT ebp_code, ebc_code, order_no, pay_code, pay_no FROM hub.payment y
                   WHERE y.subject_hash = d.subject_hash AND y.row_id = d.payment_row OFFSET 0) y ON true
LEFT JOIN LATERAL (SELECT ebp_code, ebc_code, order_no, logistics_code, logistics_no FROM hub.waybill w
                   WHERE w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row OFFSET 0) w ON true
-- a row of a feed that is no part of a trade has a number of its own
LEFT JOIN LATERAL (SELECT t.issuer, t.number FROM hub.thing t
                   WHERE t.subject_hash = d.subject_hash AND t.row_id = d.source_row
                     AND t.what IN (SELECT m.what FROM hub.asks m WHERE m.kind = d.kind) LIMIT 1) g
       ON num_nonnulls(d.order_row, d.payment_row, d.waybill_row) = 0
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (b.party) b.party, b.name AS file, b.feed,
           -- lines of XML, and bit 31 of hub.withdraw
           CASE WHEN l.line >= 4000000000 THEN l.line ELSE l.line & 2147483647 END AS line
    FROM (VALUES (1, 'source', d.source_row), (2, 'order', d.order_row), (3, 'payment', d.payment_row), (4, 'waybill', d.waybill_row)) v (nth, row, row_id)
    JOIN hub.batch b ON b.batch_id = v.row_id >> 32
    CROSS JOIN LATERAL (VALUES (v.row_id & 4294967295)) l (line)
    WHERE v.row = ANY (k.tells)
    ORDER BY b.party, v.nth) p;

-- What is told later to a partner whose files could not be made is told the others later too.
CREATE TEMP TABLE feedback_later ON COMMIT DROP AS
SELECT DISTINCT receipt_hash, receipt FROM feedback_now WHERE party = ANY ((SELECT current_setting('hub.told_later'))::text[]);
DELETE FROM feedback_now n USING feedback_later l WHERE l.receipt_hash = n.receipt_hash AND l.receipt = n.receipt;
CREATE INDEX ON feedback_now (party, receipt);
ANALYZE feedback_now;

-- What each status means.
CREATE TEMP TABLE feedback_code ON COMMIT DROP AS
SELECT DISTINCT ON (u.agency, u.receipt_kind, u.return_status) u.agency, u.receipt_kind, u.return_status, c.name_zh, c.meaning_en
FROM (SELECT DISTINCT agency, receipt_kind, return_status FROM feedback_now) u
JOIN hub.return_code c ON c.kind IN (u.receipt_kind, '') AND c.folder IN ('', hub.folder_of(u.agency))
                      AND hub.code_between(u.return_status, c.first_code, c.last_code)
ORDER BY u.agency, u.receipt_kind, u.return_status, hub.code_width(c.first_code, c.last_code), c.kind = '', c.valid_from DESC;
ANALYZE feedback_code;

-- Which column is to be corrected: the code in returnInfo says (hub.return_field), or the column is named there.
CREATE TEMP TABLE feedback_column ON COMMIT DROP AS
SELECT DISTINCT ON (t.agency, t.feed, t.return_info) t.agency, t.feed, t.return_info, n.column_name
FROM (SELECT DISTINCT agency, feed, return_info FROM feedback_now WHERE state = 'refused' AND return_info <> '') t
CROSS JOIN LATERAL (
    SELECT 1 AS nth, column_name FROM hub.return_field
    WHERE feed = t.feed AND folder IN ('', hub.folder_of(t.agency)) AND code = substring(t.return_info FROM '\[Code:([^];]+)')
    UNION ALL
    SELECT 2, e ->> 0 FROM jsonb_array_elements((SELECT current_setting('hub.columns')::jsonb) -> t.feed) e
    WHERE t.return_info ~ ('(^|[^A-Za-z])' || (e ->> 0) || '([^A-Za-z]|$)')
       OR e ->> 1 <> '' AND strpos(t.return_info, e ->> 1) > 0) n
ORDER BY t.agency, t.feed, t.return_info, n.nth, length(n.column_name) DESC;
ANALYZE feedback_column
