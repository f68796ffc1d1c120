-- Receipts of an agency, of one file or of many: which document each speaks of, and what it says of it. Nothing
-- is sent back to an agency: what is not understood stands in stage_reject and is kept as held.
-- Takes   stage_receipt (columns of receipt/receipt.xsd, line, bad, digest, file, row_id), stage_reject.
--         Setting hub.batch_id: any of the files
-- Leaves  receipt_now: each row with its kind's way to the document and its code's direction
--         receipt_found: row_id, and the newest document it can mean, as it is now; for ingest/receipt_merge.sql
-- Source  ceb-messages sections 3.x, 6.1, 6.2 (G-08), 7

SET LOCAL default_statistics_target = 5;

CREATE TEMP TABLE receipt_now ON COMMIT DROP AS
SELECT s.row_id, s.digest, s.bad, s.kind, k.answers, k.found_by, k.decides, k.withdraws, m.direction,
       s.return_status, t.return_time, upper(s.guid) AS guid, s.ebp_code, s.ebc_code, s.order_no, s.pay_code, s.pay_no,
       s.logistics_code, s.logistics_no,
       CASE k.found_by WHEN 'order' THEN hub.trade_hash(hub.key_code(s.ebp_code, s.ebc_code), s.order_no)
                       WHEN 'thing' THEN hub.trade_hash(s.logistics_code, s.logistics_no) END AS trade_hash,
       nullif(s.pre_no, '') AS pre_no, nullif(s.invt_no, '') AS invt_no,
       CASE WHEN k.found_by = 'cop' AND replace(s.cop_no, '-', '') ~ '^[0-9A-Fa-f]{16,32}$'
            THEN replace(s.cop_no, '-', '') END AS cop,
       CASE WHEN k.found_by = 'message'
            THEN substring(s.ori_biz_message FROM '[gG]uid="([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"')::uuid
            END AS message_guid
FROM stage_receipt s
LEFT JOIN hub.receipt_kind k ON k.kind = s.kind AND k.valid_from <= current_date
                            AND (k.valid_until IS NULL OR k.valid_until > current_date)
LEFT JOIN (
    SELECT DISTINCT ON (u.kind, u.return_status) u.kind, u.return_status, c.direction
    FROM (SELECT DISTINCT kind, return_status FROM stage_receipt WHERE return_status ~ '^-?[0-9]{1,9}$') u
    JOIN hub.return_code c ON c.kind IN (u.kind, '') AND u.return_status::int BETWEEN c.first_code AND c.last_code
     AND c.valid_from <= current_date AND (c.valid_until IS NULL OR c.valid_until > current_date)
    ORDER BY u.kind, u.return_status, c.last_code - c.first_code, c.kind = ''
) m ON m.kind = s.kind AND m.return_status = s.return_status
-- some relays cut the milliseconds off
CROSS JOIN LATERAL (SELECT CASE WHEN length(s.return_time) IN (14, 17) AND s.return_time !~ '[^0-9]' THEN rpad(s.return_time, 17, '0') END AS return_time) t;
ANALYZE receipt_now (row_id, found_by, answers, trade_hash, pay_code, pay_no, logistics_code, logistics_no, cop, invt_no);

-- Numbers of payments and waybills under who may have given them, and the rows they lead to. One step at a time, and a
-- look-up each (OFFSET 0): the planner takes conditions that go together for independent ones, and would begin at the
-- wrong end, or read the archive through.
CREATE TEMP TABLE receipt_part ON COMMIT DROP AS
SELECT r.row_id, r.answers, r.found_by, r.order_no, i.code || '/' || r.pay_no AS part_key
FROM receipt_now r
JOIN (SELECT DISTINCT code FROM hub.issuer WHERE numbers = 'part') i ON r.pay_code IS NULL OR r.pay_code = i.code
WHERE r.found_by = 'payment' AND r.pay_no IS NOT NULL
UNION ALL
SELECT row_id, answers, found_by, NULL, logistics_code || '/' || logistics_no
FROM receipt_now WHERE found_by = 'waybill' AND logistics_no IS NOT NULL;
ANALYZE receipt_part (part_key);

CREATE TEMP TABLE receipt_row ON COMMIT DROP AS
SELECT k.row_id, k.answers, p.trade_hash, p.row_id AS part_row, true AS payment
FROM receipt_part k CROSS JOIN LATERAL (
    SELECT trade_hash, row_id FROM hub.payment p
    WHERE hashtextextended(p.part_key, 0) = hashtextextended(k.part_key, 0) AND p.part_key = k.part_key
      AND (k.order_no IS NULL OR k.order_no = p.order_no) OFFSET 0) p
WHERE k.found_by = 'payment'
UNION ALL
SELECT k.row_id, k.answers, w.trade_hash, w.row_id, false
FROM receipt_part k CROSS JOIN LATERAL (
    SELECT trade_hash, row_id FROM hub.waybill w
    WHERE hashtextextended(w.part_key, 0) = hashtextextended(k.part_key, 0) AND w.part_key = k.part_key OFFSET 0) w
WHERE k.found_by = 'waybill';

-- Each way to a document; a row may lead to several, versions among them.
CREATE TEMP TABLE receipt_led ON COMMIT DROP AS
SELECT l.row_id, d.*
FROM (SELECT row_id, answers, trade_hash, NULL::bigint AS part_row, NULL::boolean AS payment
      FROM receipt_now WHERE trade_hash IS NOT NULL
      UNION ALL
      SELECT row_id, answers, trade_hash, part_row, payment FROM receipt_row) l
CROSS JOIN LATERAL (
    SELECT * FROM hub.document d
    WHERE d.trade_hash = l.trade_hash AND d.kind = l.answers
      AND (l.part_row IS NULL OR l.part_row = CASE WHEN l.payment THEN d.payment_row ELSE d.waybill_row END) OFFSET 0) d
UNION ALL
SELECT r.row_id, d.*
FROM receipt_now r CROSS JOIN LATERAL (
    SELECT * FROM hub.document d
    WHERE d.guid BETWEEN rpad(r.cop, 32, '0')::uuid AND rpad(r.cop, 32, 'f')::uuid AND d.kind = r.answers
      AND (d.kind <> ALL ('{CEB303,CEB403,CEB505,CEB603,CEB311,CEB411,CEB511}'::text[])) IS TRUE OFFSET 0) d -- as document_cop says it
WHERE r.cop IS NOT NULL
UNION ALL
SELECT r.row_id, d.*
FROM receipt_now r CROSS JOIN LATERAL (
    SELECT * FROM hub.document d WHERE d.invt_no = r.invt_no AND d.kind = r.answers OFFSET 0) d
WHERE r.found_by = 'number';
ANALYZE receipt_led (row_id);

-- Codes that are missing, or stand in each other's place: the order's number under every platform we know.
WITH missing AS MATERIALIZED (
    SELECT r.row_id, r.answers, r.order_no, r.ebp_code, r.ebc_code FROM receipt_now r
    WHERE r.found_by IN ('order', 'payment') AND r.order_no IS NOT NULL
      AND NOT EXISTS (SELECT FROM receipt_led l WHERE l.row_id = r.row_id)
)
INSERT INTO receipt_led
SELECT r.row_id, d.*
FROM missing r
CROSS JOIN (SELECT DISTINCT code FROM hub.issuer WHERE numbers = 'order') i
CROSS JOIN LATERAL (
    SELECT d.*
    FROM hub.document d JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
    WHERE d.trade_hash = hub.trade_hash(i.code, r.order_no) AND d.kind = r.answers AND o.order_no = r.order_no
      AND (coalesce(r.ebc_code, r.ebp_code) IS NULL OR o.ebc_code IN (r.ebc_code, r.ebp_code)
           OR o.ebp_code IN (r.ebc_code, r.ebp_code)) OFFSET 0) d;

-- Of its versions the one whose guid it repeats, else the newest that was sent before it was answered. Most rows lead
-- to one document: only the others are sorted.
DELETE FROM receipt_led l USING hub.bundle b
WHERE b.bundle_id = l.bundle_id
  AND b.agency <> (SELECT party FROM hub.batch WHERE batch_id = current_setting('hub.batch_id')::bigint);
CREATE TEMP TABLE receipt_many ON COMMIT DROP AS
SELECT row_id FROM receipt_led GROUP BY row_id HAVING count(*) > 1;
ANALYZE receipt_many;

CREATE TEMP TABLE receipt_found ON COMMIT DROP AS
SELECT row_id, trade_hash, guid, state, state_at, receipt_id, pre_no, invt_no, false AS ambiguous
FROM receipt_led l WHERE NOT EXISTS (SELECT FROM receipt_many m WHERE m.row_id = l.row_id)
UNION ALL
(SELECT DISTINCT ON (l.row_id) l.row_id, l.trade_hash, l.guid, l.state, l.state_at, l.receipt_id, l.pre_no, l.invt_no,
        count(*) OVER (PARTITION BY l.row_id, coalesce(l.first_guid, l.guid)) < count(*) OVER (PARTITION BY l.row_id)
 FROM receipt_led l JOIN receipt_many USING (row_id) JOIN receipt_now r USING (row_id) JOIN hub.bundle b USING (bundle_id)
 ORDER BY l.row_id, upper(l.guid::text) = r.guid DESC NULLS LAST, b.app_time <= left(r.return_time, 14) DESC NULLS LAST,
          l.version DESC);
ANALYZE receipt_found (row_id, trade_hash, guid);

-- Few are wrong: look at all at once before at each.
INSERT INTO stage_reject (file, line, column_name, code, seen)
SELECT r.row_id >> 32, r.row_id & 4294967295, f.column_name, f.code, f.seen
FROM (SELECT r.*, d.guid AS found, d.ambiguous FROM receipt_now r LEFT JOIN receipt_found d USING (row_id)
      WHERE NOT r.bad AND (r.found_by IS NULL OR r.found_by = 'message' OR (r.decides AND r.direction IS NULL)
                           OR r.return_time IS NULL OR d.guid IS NULL OR d.ambiguous)) r
CROSS JOIN LATERAL (
    SELECT * FROM (VALUES
        (1, r.found_by IS NULL,                       'kind',         'E6001', r.kind),
        (2, r.found_by = 'message',                   'returnStatus', 'E6002', r.return_status),
        (3, r.decides AND r.direction IS NULL,        'returnStatus', 'E6003', r.return_status),
        (4, r.return_time IS NULL,                    'returnTime',   'E6004', NULL),
        (5, r.found_by <> 'message' AND r.found IS NULL, CASE r.found_by WHEN 'cop' THEN 'copNo' WHEN 'number' THEN 'invtNo'
             WHEN 'payment' THEN 'payNo' WHEN 'order' THEN 'orderNo' ELSE 'logisticsNo' END, 'E6005',
             CASE r.found_by WHEN 'cop' THEN r.cop WHEN 'number' THEN r.invt_no WHEN 'payment' THEN coalesce(r.pay_no, r.order_no)
             WHEN 'order' THEN r.order_no ELSE r.logistics_no END),
        (6, r.ambiguous,                              'orderNo',      'E6006', r.order_no)
    ) v (nth, wrong, column_name, code, seen)
    WHERE v.wrong ORDER BY nth LIMIT 1) f
