-- Receipts of an agency, of one file or of many: which document each speaks of, and what it says of it. Nothing
-- is sent back to an agency: what is not understood stands in stage_reject and is kept as held.
-- Takes   stage_receipt (columns of receipt/receipt.xsd, line, bad, digest, file, row_id), stage_reject.
--         Settings hub.batch_id: any of the files; hub.receipt_now, hub.receipt_latest (17 digits, the zone's time): the
--         moment, and what no receipt may be later than; hub.receipt_skew (seconds): what the agency's clocks differ by
-- Leaves  receipt_now: each row with its kind's way to the document and its code's direction
--         receipt_found: row_id, and the newest document it can mean, as it is now
--         receipt_whole: rows that answer a file or a bundle of ours as a whole, and what they answer
--         receipt_clash: of two answers that contradict each other the one that is held; for ingest/receipt_merge.sql
-- Source  ceb-messages sections 3.x, 6.1, 6.2 (G-08), 7

SET LOCAL default_statistics_target = 5;

-- Whose receipts these are, and whose rows speak of them.
CREATE TEMP TABLE receipt_agency ON COMMIT DROP AS
SELECT party AS agency, hub.folder_of(party) AS folder FROM hub.batch WHERE batch_id = (SELECT current_setting('hub.batch_id')::bigint);

-- Kinds of answers as they are today; of several lines of one the agency's own counts, then the newest.
CREATE TEMP TABLE receipt_kinds ON COMMIT DROP AS
SELECT DISTINCT ON (kind) * FROM hub.receipt_kind
WHERE folder IN ('', (SELECT folder FROM receipt_agency)) AND valid_from <= current_date AND (valid_until IS NULL OR valid_until > current_date)
ORDER BY kind, folder = '', valid_from DESC;

-- Where an agency has one kind of answer it need not be named.
UPDATE stage_receipt SET kind = k.kind
FROM (SELECT min(kind) AS kind FROM hub.receipt_kind WHERE folder = (SELECT folder FROM receipt_agency)
      HAVING count(DISTINCT kind) = 1) k
WHERE stage_receipt.kind IS NULL;

CREATE TEMP TABLE receipt_now ON COMMIT DROP AS
SELECT s.row_id, s.digest, s.bad, s.kind, k.answers,
       CASE WHEN k.found_by = 'whole' AND s.record_no <> '' THEN 'file' ELSE k.found_by END AS found_by, k.decides, k.withdraws, k.codes, m.closes, m.early,
       -- some codes say only that something went wrong: the text says what
       CASE m.direction WHEN 'failure'
            THEN coalesce((SELECT min(x.direction) FROM hub.return_text x
                           WHERE x.folder IN ('', (SELECT folder FROM receipt_agency)) AND strpos(s.return_info, x.part) > 0), 'failure')
            ELSE m.direction END AS direction,
       s.return_status, t.return_time, upper(s.guid) AS guid, s.ebp_code, s.ebc_code, s.order_no, s.pay_code, s.pay_no,
       s.logistics_code, s.logistics_no,
       CASE k.found_by WHEN 'order' THEN hub.subject_hash(hub.order_issuer(s.ebp_code, s.ebc_code), s.order_no)
                       WHEN 'thing' THEN hub.subject_hash(s.logistics_code, s.logistics_no)
                       WHEN 'key' THEN hub.subject_hash(s.issuer, s.number) END AS subject_hash,
       s.number, CASE WHEN k.found_by IN ('file', 'message', 'whole') THEN nullif(s.file_name, '') END AS file_name,
       CASE WHEN s.record_no ~ '^[0-9]{1,9}$' THEN s.record_no::int END AS record_no,
       nullif(s.pre_no, '') AS pre_no, nullif(s.invt_no, '') AS invt_no,
       CASE WHEN k.found_by = 'cop' AND replace(s.cop_no, '-', '') ~ '^[0-9A-Fa-f]{16,32}$'
            THEN replace(s.cop_no, '-', '') END AS cop,
       CASE WHEN k.names_cop AND k.found_by <> 'cop' THEN upper(replace(nullif(s.cop_no, ''), '-', '')) END AS cop_said,
       CASE WHEN k.found_by = 'message' THEN coalesce(
            substring(s.ori_biz_message FROM '[gG]uid="([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"'),
            substring(s.ori_cop_msg_id FROM '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}'))::uuid
            END AS message_guid
FROM stage_receipt s
LEFT JOIN receipt_kinds k ON k.kind = s.kind
LEFT JOIN (
    SELECT DISTINCT ON (u.kind, u.return_status) u.kind, u.return_status, c.direction, c.closes, c.early
    FROM (SELECT DISTINCT kind, return_status FROM stage_receipt WHERE return_status IS NOT NULL) u
    LEFT JOIN receipt_kinds o ON o.kind = u.kind AND o.codes = 'own'
    JOIN hub.return_code c ON c.kind IN (u.kind, CASE WHEN o.kind IS NULL THEN '' ELSE u.kind END)
     AND c.folder IN ('', (SELECT folder FROM receipt_agency)) AND hub.code_between(u.return_status, c.first_code, c.last_code)
     AND c.valid_from <= current_date AND (c.valid_until IS NULL OR c.valid_until > current_date)
    ORDER BY u.kind, u.return_status, hub.code_width(c.first_code, c.last_code), c.kind = '', c.folder = '', c.valid_from DESC
) m ON m.kind = s.kind AND m.return_status = s.return_status
-- some relays cut the milliseconds off
CROSS JOIN LATERAL (SELECT CASE WHEN length(s.return_time) IN (14, 17) AND s.return_time !~ '[^0-9]'
                                 AND substr(s.return_time, 5, 2) BETWEEN '01' AND '12' AND s.return_time > '0001'
                                THEN rpad(s.return_time, 17, '0') END AS return_time) t;
-- a message as a whole, by our file's name
UPDATE receipt_now r SET message_guid = (
    SELECT m.guid FROM hub.message m JOIN hub.bundle b ON b.bundle_id = m.bundle_id
    WHERE b.agency = (SELECT agency FROM receipt_agency) AND b.offered_at IS NOT NULL AND regexp_replace(m.name, '^.*/', '') = r.file_name
    ORDER BY m.bundle_id DESC LIMIT 1)
WHERE r.found_by = 'message' AND r.file_name IS NOT NULL AND r.message_guid IS NULL;
-- A file or a bundle as a whole; under a name that was used twice the newest that was sent before it was answered.
CREATE TEMP TABLE receipt_whole ON COMMIT DROP AS
SELECT DISTINCT ON (r.row_id) r.row_id, w.bundle_id, w.guid AS message_guid, w.kind, w.before, w.before + w.documents AS last
FROM receipt_now r
JOIN (SELECT m.bundle_id, m.guid, m.kind, m.before, m.documents, regexp_replace(m.name, '^.*/', '') AS name, b.app_time
      FROM hub.message_span m JOIN hub.bundle b ON b.bundle_id = m.bundle_id
      WHERE b.agency = (SELECT agency FROM receipt_agency) AND b.offered_at IS NOT NULL
        AND (SELECT EXISTS (SELECT 1 FROM receipt_now WHERE found_by = 'whole'))
        AND regexp_replace(m.name, '^.*/', '') IN (SELECT file_name FROM receipt_now WHERE found_by = 'whole')
      UNION ALL
      SELECT b.bundle_id, NULL, NULL, NULL, NULL, n.name, b.app_time
      FROM hub.bundle b CROSS JOIN LATERAL (VALUES (b.name), (regexp_replace(b.name, '[.](zip|tar[.]zst)$', ''))) n (name)
      WHERE b.agency = (SELECT agency FROM receipt_agency) AND b.offered_at IS NOT NULL
        AND n.name IN (SELECT file_name FROM receipt_now WHERE found_by = 'whole')) w
  ON w.name = r.file_name AND (w.kind IS NULL OR r.answers IN ('', w.kind))
WHERE r.found_by = 'whole'
ORDER BY r.row_id, w.app_time <= left(r.return_time, 14) DESC NULLS LAST, w.bundle_id DESC, w.guid;
ANALYZE receipt_whole;
ANALYZE receipt_now (row_id, found_by, answers, direction, subject_hash, pay_code, pay_no, logistics_code, logistics_no, cop, invt_no);

-- Numbers of payments and waybills under who may have given them, and the rows they lead to. One step at a time, and a
-- look-up each (OFFSET 0): the planner takes conditions that go together for independent ones, and would begin at the
-- wrong end, or read the archive through.
CREATE TEMP TABLE receipt_part ON COMMIT DROP AS
SELECT r.row_id, r.answers, r.found_by, r.order_no, i.code || '/' || r.pay_no AS part_key
FROM receipt_now r
JOIN (SELECT DISTINCT code FROM hub.trade_issuer WHERE numbers = 'part') i ON r.pay_code IS NULL OR r.pay_code = i.code
WHERE r.found_by = 'payment' AND r.pay_no IS NOT NULL
UNION ALL
SELECT row_id, answers, found_by, NULL, logistics_code || '/' || logistics_no
FROM receipt_now WHERE found_by = 'waybill' AND logistics_no IS NOT NULL;
ANALYZE receipt_part (part_key);

CREATE TEMP TABLE receipt_row ON COMMIT DROP AS
SELECT k.row_id, k.answers, p.subject_hash, p.row_id AS part_row, true AS payment
FROM receipt_part k CROSS JOIN LATERAL (
    SELECT subject_hash, row_id FROM hub.payment p
    WHERE hashtextextended(p.part_key, 0) = hashtextextended(k.part_key, 0) AND p.part_key = k.part_key
      AND (k.order_no IS NULL OR k.order_no = p.order_no) OFFSET 0) p
WHERE k.found_by = 'payment'
UNION ALL
SELECT k.row_id, k.answers, w.subject_hash, w.row_id, false
FROM receipt_part k CROSS JOIN LATERAL (
    SELECT subject_hash, row_id FROM hub.waybill w
    WHERE hashtextextended(w.part_key, 0) = hashtextextended(k.part_key, 0) AND w.part_key = k.part_key OFFSET 0) w
WHERE k.found_by = 'waybill';

-- Each way to a document; a row may lead to several, versions among them. A copNo that stands there says which: a document
-- with another is not meant, whatever order it is of.
CREATE TEMP TABLE receipt_led ON COMMIT DROP AS
SELECT l.row_id, d.*
FROM (SELECT row_id, answers, subject_hash, NULL::bigint AS part_row, NULL::boolean AS payment, cop_said
      FROM receipt_now WHERE subject_hash IS NOT NULL
      UNION ALL
      SELECT row_id, answers, subject_hash, part_row, payment, NULL FROM receipt_row) l
CROSS JOIN LATERAL (
    SELECT * FROM hub.document d
    WHERE d.subject_hash = l.subject_hash AND l.answers IN ('', d.kind)
      AND (l.cop_said IS NULL OR hub.has_cop(d.guid, d.cop_guid, l.cop_said))
      AND (l.part_row IS NULL OR l.part_row = CASE WHEN l.payment THEN d.payment_row ELSE d.waybill_row END) OFFSET 0) d
UNION ALL
SELECT r.row_id, d.*
FROM receipt_now r CROSS JOIN LATERAL (
    SELECT * FROM hub.document d
    WHERE d.guid BETWEEN rpad(r.cop, 32, '0')::uuid AND rpad(r.cop, 32, 'f')::uuid AND r.answers IN ('', d.kind) AND d.by_cop OFFSET 0) d
WHERE r.cop IS NOT NULL
UNION ALL
SELECT r.row_id, d.*
FROM receipt_now r CROSS JOIN LATERAL (
    SELECT * FROM hub.document d WHERE d.invt_no = r.invt_no AND r.answers IN ('', d.kind) OFFSET 0) d
WHERE r.found_by = 'number'
UNION ALL
-- by file and record: each file's documents are looked up once, an answer alone would read through its whole bundle
SELECT r.row_id, d.*
FROM (SELECT regexp_replace(s.name, '^.*/', '') AS file_name, s.bundle_id, s.kind, s.before, s.documents
      FROM hub.message_span s JOIN hub.bundle b ON b.bundle_id = s.bundle_id
      WHERE b.agency = (SELECT agency FROM receipt_agency)
        AND (SELECT EXISTS (SELECT 1 FROM receipt_now WHERE found_by = 'file'))
        AND regexp_replace(s.name, '^.*/', '') IN (SELECT file_name FROM receipt_now WHERE found_by = 'file')) m
CROSS JOIN LATERAL (
    SELECT * FROM hub.document d
    WHERE d.bundle_id = m.bundle_id AND d.kind = m.kind AND d.doc_no > m.before AND d.doc_no <= m.before + m.documents OFFSET 0) d
JOIN receipt_now r ON r.found_by = 'file' AND r.file_name = m.file_name AND r.record_no = d.doc_no - m.before AND r.answers IN ('', d.kind);
ANALYZE receipt_led (row_id);
-- and the versions that kept that copNo
INSERT INTO receipt_led
SELECT r.row_id, d.*
FROM receipt_now r JOIN receipt_led l USING (row_id)
CROSS JOIN LATERAL (SELECT * FROM hub.document d WHERE d.cop_guid = l.guid AND d.subject_hash = l.subject_hash OFFSET 0) d
WHERE r.cop IS NOT NULL AND (SELECT cop_guid FROM hub.document WHERE cop_guid IS NOT NULL ORDER BY cop_guid LIMIT 1) IS NOT NULL;

-- Codes that are missing, or stand in each other's place: the order's number under every platform we know.
WITH missing AS MATERIALIZED (
    SELECT r.row_id, r.answers, r.order_no, r.ebp_code, r.ebc_code, r.cop_said FROM receipt_now r
    WHERE r.found_by IN ('order', 'payment') AND r.order_no IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM receipt_led l WHERE l.row_id = r.row_id)
)
INSERT INTO receipt_led
SELECT r.row_id, d.*
FROM missing r
CROSS JOIN (SELECT DISTINCT code FROM hub.trade_issuer WHERE numbers = 'number') i
CROSS JOIN LATERAL (
    SELECT d.*
    FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE d.subject_hash = hub.subject_hash(i.code, r.order_no) AND r.answers IN ('', d.kind) AND o.order_no = r.order_no
      AND (r.cop_said IS NULL OR hub.has_cop(d.guid, d.cop_guid, r.cop_said))
      AND (coalesce(r.ebc_code, r.ebp_code) IS NULL OR o.ebc_code IN (r.ebc_code, r.ebp_code)
           OR o.ebp_code IN (r.ebc_code, r.ebp_code)) OFFSET 0) d;

-- Nobody answers what never left the house: a version that waits to be published, or is still being assigned, is not meant.
DELETE FROM receipt_led l USING hub.bundle b
WHERE b.bundle_id = l.bundle_id
  AND (b.agency <> (SELECT agency FROM receipt_agency) OR b.offered_at IS NULL);
-- Of its versions the one whose guid it repeats, else the newest that was sent before it was answered. Most rows lead
-- to one document: only the others are sorted. Of a report that was said again, in parts, the last of what was sent by then is meant.
CREATE TEMP TABLE receipt_many ON COMMIT DROP AS
SELECT row_id FROM receipt_led GROUP BY row_id HAVING count(*) > 1;
ANALYZE receipt_many;

CREATE TEMP TABLE receipt_found ON COMMIT DROP AS
SELECT row_id, subject_hash, guid, kind, state, state_at, receipt_id, pre_no, invt_no, false AS ambiguous
FROM receipt_led l WHERE NOT EXISTS (SELECT 1 FROM receipt_many m WHERE m.row_id = l.row_id)
UNION ALL
(SELECT DISTINCT ON (l.row_id) l.row_id, l.subject_hash, l.guid, l.kind, l.state, l.state_at, l.receipt_id, l.pre_no, l.invt_no,
        p.row_id IS NULL AND count(*) OVER (PARTITION BY l.row_id, coalesce(l.first_guid, l.guid)) < count(*) OVER (PARTITION BY l.row_id)
 FROM receipt_led l JOIN receipt_many USING (row_id) JOIN receipt_now r USING (row_id) JOIN hub.bundle b USING (bundle_id)
 LEFT JOIN LATERAL (SELECT p.row_id FROM hub.report p
                    WHERE r.found_by = 'key' AND p.subject_hash = l.subject_hash AND p.row_id = l.source_row AND p.kind = l.kind OFFSET 0) p ON true
 ORDER BY l.row_id, upper(l.guid::text) = r.guid DESC NULLS LAST, b.app_time <= left(r.return_time, 14) DESC NULLS LAST,
          CASE WHEN p.row_id IS NOT NULL THEN l.bundle_id END DESC NULLS LAST, CASE WHEN p.row_id IS NOT NULL THEN l.doc_no END DESC NULLS LAST,
          l.version DESC);
ANALYZE receipt_found (row_id, subject_hash, guid);

-- A number that another receipt of these files gives only now: a bill may come with the list's receipt, or before it.
INSERT INTO receipt_found
SELECT DISTINCT ON (r.row_id) r.row_id, f.subject_hash, f.guid, f.kind, f.state, f.state_at, f.receipt_id, f.pre_no, f.invt_no, false
FROM receipt_now r
JOIN receipt_now g ON g.invt_no = r.invt_no AND g.answers = r.answers AND g.decides AND g.direction IS NOT NULL AND g.return_time IS NOT NULL
JOIN receipt_found f ON f.row_id = g.row_id AND f.invt_no IS NULL
WHERE r.found_by = 'number' AND NOT EXISTS (SELECT 1 FROM receipt_found k WHERE k.row_id = r.row_id)
ORDER BY r.row_id, g.return_time DESC, g.row_id DESC;

-- An answer to any kind is one to the kind of what it found.
UPDATE receipt_now r SET answers = f.kind
FROM receipt_found f
WHERE r.answers = '' AND f.row_id = r.row_id;

-- Few are wrong: look at all at once before at each.
INSERT INTO stage_reject (file, line, column_name, code, seen, want)
SELECT r.row_id >> 32, r.row_id & 4294967295, f.column_name, f.code, f.seen, f.want
FROM (SELECT r.*, d.guid AS found, d.ambiguous, w.bundle_id AS whole, (SELECT current_setting('hub.receipt_latest')) AS latest
      FROM receipt_now r LEFT JOIN receipt_found d USING (row_id) LEFT JOIN receipt_whole w USING (row_id)
      WHERE NOT r.bad AND (r.found_by IS NULL OR r.found_by = 'message' OR (r.codes <> 'any' AND r.direction IS NULL)
                           OR r.return_time IS NULL OR d.guid IS NULL OR d.ambiguous
                           OR r.return_time > (SELECT current_setting('hub.receipt_latest'))
                           OR NOT r.decides AND r.direction = 'human')) r
CROSS JOIN LATERAL (   -- of an order that has documents of this kind, none with that copNo
    SELECT r.found IS NULL AND r.cop_said IS NOT NULL AND (
        SELECT d.guid FROM hub.document d WHERE d.subject_hash = r.subject_hash AND r.answers IN ('', d.kind) LIMIT 1) IS NOT NULL AS other) c
CROSS JOIN LATERAL (   -- of a file that is named: it is not ours, or came over whole, which is no fault
    SELECT r.file_name IS NOT NULL AND (r.message_guid IS NULL OR r.direction IN ('success', 'progress')) AS other) m
CROSS JOIN LATERAL (
    SELECT * FROM (VALUES
        (1, r.found_by IS NULL,                       'kind',         'E6001', r.kind, NULL),
        (2, r.found_by = 'message' AND NOT m.other,   'returnStatus', 'E6002', r.return_status, NULL),
        (3, r.codes <> 'any' AND r.direction IS NULL, 'returnStatus', 'E6003', r.return_status, NULL),
        (4, r.return_time IS NULL,                    'returnTime',   'E6004', NULL, NULL),
        (5, c.other,                                  'copNo',        'E6006', r.cop_said, NULL),
        (6, CASE r.found_by WHEN 'message' THEN r.file_name IS NOT NULL AND r.message_guid IS NULL WHEN 'whole' THEN r.whole IS NULL
             ELSE r.found IS NULL END, CASE r.found_by WHEN 'cop' THEN 'copNo' WHEN 'number' THEN 'invtNo'
             WHEN 'payment' THEN 'payNo' WHEN 'order' THEN 'orderNo' WHEN 'key' THEN 'number' WHEN 'file' THEN 'fileName' WHEN 'message' THEN 'fileName'
             WHEN 'whole' THEN 'fileName' ELSE 'logisticsNo' END, 'E6005',
             CASE r.found_by WHEN 'cop' THEN r.cop WHEN 'number' THEN r.invt_no WHEN 'payment' THEN coalesce(r.pay_no, r.order_no)
             WHEN 'order' THEN r.order_no WHEN 'key' THEN r.number WHEN 'file' THEN concat_ws(' ', r.file_name, r.record_no)
             WHEN 'message' THEN r.file_name WHEN 'whole' THEN r.file_name
             ELSE r.logistics_no END, NULL),
        (7, r.ambiguous, CASE r.found_by WHEN 'key' THEN 'number' WHEN 'file' THEN 'fileName' ELSE 'orderNo' END, 'E6006',
             CASE r.found_by WHEN 'key' THEN r.number WHEN 'file' THEN r.file_name ELSE r.order_no END, NULL),
        (8, r.decides AND r.return_time > r.latest,   'returnTime',   'E6069', r.return_time, r.latest),
        (9, NOT r.decides AND r.direction = 'human',  'returnStatus', 'E6110', r.return_status,
         (SELECT min(c.name_zh || ' ' || c.meaning_en) FROM hub.return_code c
          WHERE c.kind = r.kind AND c.folder IN ('', (SELECT folder FROM receipt_agency))
            AND hub.code_between(r.return_status, c.first_code, c.last_code)))
    ) v (nth, wrong, column_name, code, seen, want)
    WHERE v.wrong ORDER BY nth LIMIT 1) f;
ANALYZE stage_reject (row_id);

-- Of two answers that contradict each other and are no further apart than clocks may be, nobody can say which came last; nor
-- where the later one was later than the clock when it came. Refusals are few: what was accepted is held against them, in
-- these files or as the document is now, and what was said before where a person already has the document.
CREATE TEMP TABLE receipt_answer ON COMMIT DROP AS
SELECT r.row_id, f.subject_hash, f.guid, r.digest, r.direction, r.early, r.return_time AS at, f.state, f.state_at, f.receipt_id
FROM receipt_now r JOIN receipt_found f USING (row_id)
WHERE r.decides AND (r.direction = 'failure' OR r.direction = 'success' AND f.state IN ('refused', 'human'))
  AND f.state IS DISTINCT FROM 'withdrawn'
  AND NOT EXISTS (SELECT 1 FROM stage_reject j WHERE j.row_id = r.row_id);
ANALYZE receipt_answer;

CREATE TEMP TABLE receipt_clash ON COMMIT DROP AS
SELECT a.row_id, a.subject_hash, a.guid, max(greatest(a.at, o.at)) AS at, max(o.at) AS other
FROM receipt_answer a
JOIN (SELECT a.row_id, n.return_time AS at, n.early, (SELECT current_setting('hub.receipt_now')) AS came
      FROM receipt_answer a JOIN receipt_found f USING (subject_hash, guid) JOIN receipt_now n ON n.row_id = f.row_id
      WHERE a.direction = 'failure' AND n.decides AND n.direction = 'success'
        AND n.return_time <= (SELECT current_setting('hub.receipt_latest'))
      UNION ALL
      SELECT a.row_id, o.return_time, o.direction = 'success' AND EXISTS (
                 SELECT 1 FROM hub.return_code c WHERE c.early AND c.kind IN (o.kind, '')
                    AND c.folder IN ('', (SELECT folder FROM receipt_agency))
                    AND hub.code_between(o.return_status, c.first_code, c.last_code)), o.came
      FROM receipt_answer a CROSS JOIN LATERAL (
          SELECT o.return_time, o.direction, o.kind, o.return_status,
                 to_char(b.finished_at AT TIME ZONE (SELECT current_setting('hub.timezone')), 'YYYYMMDDHH24MISSMS') AS came
          FROM hub.receipt o LEFT JOIN hub.batch b ON b.batch_id = o.batch_id
          WHERE o.subject_hash = a.subject_hash AND o.guid = a.guid
            AND (o.effect IN ('applied', 'older') OR o.code = 'E6070' AND o.cleared_at IS NULL)
            AND o.direction = CASE a.direction WHEN 'success' THEN 'failure' ELSE 'success' END OFFSET 0) o
      WHERE a.state IS NOT NULL) o USING (row_id)
WHERE abs(extract(epoch FROM hub.moment(a.at) - hub.moment(o.at))) <= (SELECT current_setting('hub.receipt_skew')::numeric)
      AND NOT (o.early AND a.at >= o.at) AND NOT (a.early AND a.at <= o.at AND a.direction = 'success')
   OR a.direction = 'failure' AND o.at > a.at AND o.at > o.came
GROUP BY a.row_id, a.subject_hash, a.guid;
-- what was said before is no news
DELETE FROM receipt_clash c USING receipt_answer a
WHERE a.row_id = c.row_id AND EXISTS (SELECT 1 FROM hub.receipt o WHERE o.subject_hash = c.subject_hash AND o.guid = c.guid
                                      AND o.digest = a.digest AND o.effect <> 'repeat' AND o.row_id <> c.row_id);

INSERT INTO stage_reject (file, line, column_name, code, seen, want)
SELECT c.row_id >> 32, c.row_id & 4294967295, 'returnTime', 'E6070', c.at, c.other FROM receipt_clash c
