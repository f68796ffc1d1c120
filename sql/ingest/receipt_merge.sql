-- Receipts are kept, each; of those about one document the newest decides, if it is newer than what decided
-- before. At the same moment success counts before progress; success and refusal of one moment are nobody's to choose
-- between: a person does (receipt_clash). What is unclear decides where nothing else is known, and only that a person
-- must look. A withdrawn list stays withdrawn. Several files are judged as if each came after the one before it.
-- A file or bundle that is answered as a whole: so is each document of it of which nothing was said by itself, whichever came first.
-- Takes   receipt_now, receipt_found, receipt_whole, receipt_clash, stage_receipt, stage_reject
-- Source  ceb-messages G-08, 6.1

ANALYZE stage_reject (row_id);
CREATE TEMP TABLE receipt_twice ON COMMIT DROP AS
SELECT digest FROM receipt_now GROUP BY digest HAVING count(*) > 1;
ANALYZE receipt_twice;

-- rank, and moment, by which receipts of a document are compared: time and rank in one number.
CREATE TEMP TABLE receipt_fate ON COMMIT DROP AS
SELECT r.row_id, f.subject_hash, f.guid, r.answers, r.digest, r.return_time, r.direction, r.decides, r.withdraws, r.closes,
       f.state IS NULL AS unknown,
       (r.return_time || array_position('{progress,human,success,failure}', r.direction))::bigint AS moment,
       CASE WHEN w.row_id IS NULL THEN (f.state_at || array_position('{progress,human,accepted,refused}', f.state))::bigint END AS moment_before,
       f.state IS NOT DISTINCT FROM 'withdrawn' AS withdrawn,
       f.receipt_id IS NOT DISTINCT FROM r.row_id AS decided,
       CASE WHEN f.pre_no IS NULL THEN r.pre_no END AS pre_no, CASE WHEN f.invt_no IS NULL THEN r.invt_no END AS invt_no,
       o.kept IS NOT NULL AS repeat
FROM receipt_now r
JOIN receipt_found f USING (row_id)
-- a look-up each: whatever the archive holds, it is not read through. Where nothing decided nothing was kept
LEFT JOIN LATERAL (SELECT true AS kept FROM hub.receipt o
                   WHERE (f.receipt_id IS NOT NULL OR NOT r.decides)
                     AND o.subject_hash = f.subject_hash AND o.guid = f.guid AND o.digest = r.digest LIMIT 1) o ON true
-- what a whole of it was answered with is no answer to a document by itself; only some agencies answer so
LEFT JOIN LATERAL (SELECT o.row_id FROM hub.receipt o
                   WHERE (SELECT EXISTS (SELECT 1 FROM hub.receipt_kind WHERE found_by = 'whole' AND folder IN ('', (SELECT folder FROM receipt_agency))))
                     AND o.subject_hash = 0 AND o.row_id = f.receipt_id OFFSET 0) w ON true
WHERE NOT EXISTS (SELECT 1 FROM stage_reject j WHERE j.row_id = r.row_id);

UPDATE receipt_fate f SET repeat = true
FROM (SELECT row_id, row_number() OVER (PARTITION BY subject_hash, guid, digest ORDER BY row_id) AS nth
      FROM receipt_fate JOIN receipt_twice USING (digest)) t
WHERE t.row_id = f.row_id AND t.nth > 1;
ANALYZE receipt_fate (row_id);

-- The newest of each file; it decides where it is newer than the document's state and than the files before.
CREATE TEMP TABLE receipt_applied ON COMMIT DROP AS
SELECT row_id, subject_hash, guid, answers, return_time, direction, withdraws, closes
FROM (SELECT n.*, max(moment) OVER (PARTITION BY subject_hash, guid ORDER BY row_id
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS moment_said
      FROM (SELECT DISTINCT ON (subject_hash, guid, row_id >> 32) *
            FROM receipt_fate
            WHERE decides AND direction <> 'unclear' AND NOT repeat AND NOT withdrawn AND (moment_before IS NULL OR moment > moment_before OR decided)
            ORDER BY subject_hash, guid, row_id >> 32, moment DESC, row_id) n) n
WHERE moment_said IS NULL OR moment > moment_said;
ANALYZE receipt_applied (row_id);

-- Where nothing else is known of a document, that it is unclear what became of it; any answer is newer than that.
INSERT INTO receipt_applied
SELECT DISTINCT ON (subject_hash, guid) row_id, subject_hash, guid, answers, NULL, 'human', NULL, false
FROM receipt_fate f
WHERE decides AND direction = 'unclear' AND unknown AND NOT repeat
  AND NOT EXISTS (SELECT 1 FROM receipt_applied a WHERE a.subject_hash = f.subject_hash AND a.guid = f.guid)
ORDER BY subject_hash, guid, row_id;

-- What that makes of a document. Numbers the agency gave come with any receipt, also with one that is late. The first
-- stays: withdrawals and returns that were sent name it.
CREATE TEMP TABLE receipt_said ON COMMIT DROP AS
SELECT subject_hash, guid, coalesce(s.answers, n.answers) AS answers, s.row_id, s.return_time, s.direction, s.withdraws, s.closes,
       n.pre_no, n.invt_no
FROM (SELECT DISTINCT ON (subject_hash, guid) * FROM receipt_applied ORDER BY subject_hash, guid, row_id DESC) s
FULL JOIN (SELECT subject_hash, guid, min(answers) AS answers,
                  (array_agg(pre_no ORDER BY row_id >> 32, return_time, row_id) FILTER (WHERE pre_no IS NOT NULL))[1] AS pre_no,
                  (array_agg(invt_no ORDER BY row_id >> 32, return_time, row_id) FILTER (WHERE invt_no IS NOT NULL))[1] AS invt_no
           FROM receipt_fate
           WHERE decides AND (pre_no IS NOT NULL OR invt_no IS NOT NULL)
           GROUP BY subject_hash, guid) n USING (subject_hash, guid);
-- where two contradict each other, unless a third came well after them
UPDATE receipt_said s SET direction = 'human', return_time = greatest(s.return_time, c.at), withdraws = NULL, closes = false
FROM receipt_clash c
WHERE c.subject_hash = s.subject_hash AND c.guid = s.guid
  AND (s.return_time IS NULL OR s.return_time <= c.at OR extract(epoch FROM hub.moment(s.return_time) - hub.moment(c.at))
                                                         <= (SELECT current_setting('hub.receipt_skew')::numeric));
INSERT INTO receipt_said (subject_hash, guid, answers, row_id, return_time, direction, closes)
SELECT DISTINCT ON (c.subject_hash, c.guid) c.subject_hash, c.guid, r.answers, c.row_id, greatest(c.at, f.state_at), 'human', false
FROM receipt_clash c JOIN receipt_now r USING (row_id) JOIN receipt_found f USING (row_id)
WHERE NOT EXISTS (SELECT 1 FROM receipt_said s WHERE s.subject_hash = c.subject_hash AND s.guid = c.guid)
  AND (f.state_at IS NULL OR f.state_at <= c.at OR extract(epoch FROM hub.moment(f.state_at) - hub.moment(c.at))
                                                   <= (SELECT current_setting('hub.receipt_skew')::numeric))
ORDER BY c.subject_hash, c.guid, c.at DESC;

-- Of a message that could not be read over there no document was declared.
INSERT INTO receipt_said (subject_hash, guid, answers, row_id, return_time, direction, closes)
SELECT DISTINCT ON (d.subject_hash, d.guid) d.subject_hash, d.guid, d.kind, u.row_id, u.return_time, 'failure', false
FROM (SELECT r.row_id, least(r.return_time, (SELECT current_setting('hub.receipt_now'))) AS return_time, m.bundle_id, m.kind, m.documents, m.before
      FROM receipt_now r
      JOIN hub.message_span m ON m.guid = r.message_guid
      JOIN hub.bundle b ON b.bundle_id = m.bundle_id
      WHERE r.found_by = 'message' AND r.direction = 'failure' AND r.return_time IS NOT NULL
        AND b.agency = (SELECT agency FROM receipt_agency)) u
CROSS JOIN LATERAL (
    SELECT * FROM hub.document d
    WHERE d.bundle_id = u.bundle_id AND d.kind = u.kind AND d.doc_no > u.before AND d.doc_no <= u.before + u.documents OFFSET 0) d
WHERE d.state IS NULL AND NOT EXISTS (SELECT 1 FROM receipt_said s WHERE s.subject_hash = d.subject_hash AND s.guid = d.guid)
ORDER BY d.subject_hash, d.guid, u.return_time DESC;
ANALYZE receipt_said (subject_hash, guid);

-- Documents of what is answered as a whole: those that nothing but another whole, or that it is under way, is known of.
CREATE TEMP TABLE receipt_wholly ON COMMIT DROP AS
SELECT DISTINCT ON (d.subject_hash, d.guid) d.subject_hash, d.guid, d.kind AS answers, u.row_id, u.return_time, u.direction, u.withdraws, u.closes
FROM (SELECT w.*, r.answers, r.return_time, r.direction, CASE WHEN r.answers <> '' THEN r.withdraws END AS withdraws, r.closes,
             (r.return_time || array_position('{progress,human,success,failure}', r.direction))::bigint AS moment
      FROM receipt_whole w JOIN receipt_now r USING (row_id)
      WHERE r.decides AND r.direction <> 'unclear' AND NOT EXISTS (SELECT 1 FROM stage_reject j WHERE j.row_id = r.row_id)) u
CROSS JOIN LATERAL (
    SELECT * FROM hub.document d
    WHERE d.bundle_id = u.bundle_id AND (u.answers = '' OR d.kind = u.answers)
      AND (u.message_guid IS NULL OR d.kind = u.kind AND d.doc_no > u.before AND d.doc_no <= u.last) OFFSET 0) d
WHERE (d.state IS NULL OR d.receipt_id = u.row_id
       OR d.state <> 'withdrawn' AND (d.state_at || array_position('{progress,human,accepted,refused}', d.state))::bigint < u.moment
          AND (d.state = 'progress' OR EXISTS (SELECT 1 FROM hub.receipt o WHERE o.subject_hash = 0 AND o.row_id = d.receipt_id)))
  AND NOT EXISTS (SELECT 1 FROM receipt_said s WHERE s.subject_hash = d.subject_hash AND s.guid = d.guid AND s.row_id IS NOT NULL
                  AND (s.direction <> 'progress' OR s.return_time >= u.return_time))
ORDER BY d.subject_hash, d.guid, u.moment DESC, u.row_id;
ANALYZE receipt_wholly;
DELETE FROM receipt_said s USING receipt_wholly w WHERE s.subject_hash = w.subject_hash AND s.guid = w.guid AND s.row_id IS NOT NULL;
UPDATE receipt_said s SET row_id = w.row_id, return_time = w.return_time, direction = w.direction, withdraws = w.withdraws, closes = w.closes
FROM receipt_wholly w WHERE s.subject_hash = w.subject_hash AND s.guid = w.guid; -- where only numbers were given
INSERT INTO receipt_said (subject_hash, guid, answers, row_id, return_time, direction, withdraws, closes)
SELECT w.* FROM (SELECT subject_hash, guid, answers, row_id, return_time, direction, withdraws, closes FROM receipt_wholly) w
WHERE NOT EXISTS (SELECT 1 FROM receipt_said s WHERE s.subject_hash = w.subject_hash AND s.guid = w.guid);

INSERT INTO hub.receipt (subject_hash, row_id, batch_id, line, kind, guid, effect, code, direction, digest, ebp_code, ebc_code,
    agent_code, operator_code, logistics_code, pay_code, issuer, number, file_name, record_no, order_no, pay_no, logistics_no, cop_no, bill_no, pre_no, invt_no,
    tax_no, entry_id, return_status, return_time, return_info, customs_tax, value_added_tax, consumption_tax, message_guid, bundle_id)
SELECT coalesce(f.subject_hash, c.subject_hash, h.subject_hash, 0), s.row_id, s.file, s.line, s.kind, coalesce(f.guid, c.guid, h.guid),
       CASE WHEN j.code IS NULL AND w.row_id IS NOT NULL THEN
                CASE WHEN y.row_id IS NOT NULL THEN 'applied' WHEN NOT r.decides OR r.direction = 'unclear' THEN 'kept' WHEN w.said THEN 'repeat' ELSE 'older' END
            WHEN f.row_id IS NULL THEN CASE WHEN j.code IS NULL THEN 'kept' ELSE 'held' END WHEN f.repeat THEN 'repeat' WHEN a.row_id IS NOT NULL THEN 'applied'
            WHEN NOT f.decides OR f.direction = 'unclear' THEN 'kept' ELSE 'older' END,
       CASE WHEN f.row_id IS NULL THEN j.code END,
       coalesce(a.direction, r.direction), s.digest, s.ebp_code, s.ebc_code, s.agent_code, s.operator_code, s.logistics_code, s.pay_code,
       s.issuer, s.number, s.file_name, s.record_no,
       s.order_no, s.pay_no, s.logistics_no, s.cop_no, s.bill_no, s.pre_no, s.invt_no, s.tax_no, s.entry_id,
       s.return_status, s.return_time, s.return_info, s.customs_tax, s.value_added_tax, s.consumption_tax, coalesce(r.message_guid, w.message_guid), w.bundle_id
FROM stage_receipt s
JOIN receipt_now r USING (row_id)
LEFT JOIN receipt_fate f USING (row_id)
LEFT JOIN receipt_applied a USING (row_id)
LEFT JOIN receipt_clash c USING (row_id)
LEFT JOIN (SELECT w.*, EXISTS (SELECT 1 FROM hub.receipt o JOIN receipt_now r ON r.row_id = w.row_id
                               WHERE o.subject_hash = 0 AND o.bundle_id = w.bundle_id AND o.digest = r.digest AND o.row_id <> w.row_id) AS said
           FROM receipt_whole w) w USING (row_id)
LEFT JOIN (SELECT DISTINCT row_id FROM receipt_wholly) y USING (row_id)
LEFT JOIN (SELECT row_id, min(code) AS code FROM stage_reject GROUP BY row_id) j USING (row_id)
-- what a person must look at is known for what it speaks of
LEFT JOIN receipt_found h ON h.row_id = s.row_id AND NOT r.decides AND r.direction = 'human';

-- A look-up each here too: one row is expected of two keys that go together, or all of the archive is read.
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
UPDATE hub.document d SET
    state = CASE s.direction WHEN 'success' THEN 'accepted' WHEN 'failure' THEN 'refused' ELSE coalesce(s.direction, d.state) END,
    state_at = coalesce(s.return_time, d.state_at), receipt_id = coalesce(s.row_id, d.receipt_id),
    closed = CASE WHEN s.return_time IS NULL THEN d.closed WHEN s.closes THEN true END,
    pre_no = coalesce(d.pre_no, s.pre_no), invt_no = coalesce(d.invt_no, s.invt_no)
FROM receipt_said s
WHERE d.subject_hash = s.subject_hash AND d.guid = s.guid;

-- A withdrawal that was accepted ends the list it is about, at the agency that accepted it.
UPDATE hub.document l SET state = 'withdrawn', state_at = s.return_time, receipt_id = s.row_id
FROM receipt_said s JOIN hub.document c ON c.subject_hash = s.subject_hash AND c.guid = s.guid
JOIN hub.bundle a ON a.bundle_id = c.bundle_id
WHERE s.withdraws IS NOT NULL AND s.direction = 'success'
  AND l.subject_hash = c.subject_hash AND l.kind = s.withdraws AND l.order_row = c.order_row
  AND EXISTS (SELECT 1 FROM hub.bundle b WHERE b.bundle_id = l.bundle_id AND b.agency = a.agency);
SET LOCAL enable_hashjoin TO DEFAULT;
SET LOCAL enable_mergejoin TO DEFAULT;

-- Which trades somebody must look at now; a look-up each (OFFSET 0).
INSERT INTO hub.attention
SELECT DISTINCT subject_hash FROM receipt_said WHERE direction IN ('human', 'failure')
ON CONFLICT DO NOTHING;
DELETE FROM hub.attention a
WHERE subject_hash IN (SELECT subject_hash FROM receipt_said)
  AND NOT EXISTS (SELECT 1 FROM hub.unsettled u WHERE u.subject_hash = a.subject_hash OFFSET 0);

-- A list that was refused needed no withdrawal when its order was voided; now it stands after all. A look-up each. Whether there is
-- one still is asked when nobody takes it away (reconcile/held.sql).
SELECT pg_advisory_xact_lock(hashtextextended('hub.void', 0))
FROM (SELECT f.guid FROM receipt_said s JOIN receipt_found f ON f.subject_hash = s.subject_hash AND f.guid = s.guid AND f.state = 'refused'
      WHERE s.direction <> 'failure' LIMIT 1) again;
INSERT INTO hub.ready (agency, what, held, subject_hash, issuer, number, row_id)
SELECT DISTINCT d.agency, 'void', true, d.subject_hash, d.issuer, d.order_no, d.row_id
FROM receipt_said s
JOIN receipt_found f ON f.subject_hash = s.subject_hash AND f.guid = s.guid AND f.state = 'refused'
CROSS JOIN LATERAL (
    SELECT b.agency, v.subject_hash, v.issuer, v.order_no, v.row_id
    FROM hub.document d
    JOIN hub.bundle b ON b.bundle_id = d.bundle_id
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    JOIN hub.trade_order v ON v.subject_hash = o.subject_hash AND v.issuer = o.issuer AND v.order_no = o.order_no
                          AND v.current AND v.app_type = '3'
    WHERE d.subject_hash = s.subject_hash AND d.guid = s.guid AND (b.agency, d.kind) IN (SELECT agency, kind FROM hub.voided_kind)
      AND NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = b.agency AND r.what = 'void' AND r.subject_hash = v.subject_hash
                      AND r.issuer = v.issuer AND r.number = v.order_no) OFFSET 0) d
WHERE s.direction <> 'failure';

-- Bills and results that came before the number they are known by. Few are held: each is looked up.
CREATE TEMP TABLE receipt_awaited ON COMMIT DROP AS
SELECT o.row_id, o.batch_id, o.line, coalesce(o.direction, '') AS direction, d.subject_hash, d.guid
FROM hub.receipt o
JOIN hub.batch f ON f.batch_id = o.batch_id
JOIN hub.receipt_kind k ON k.kind = o.kind AND k.found_by = 'number' AND k.folder IN ('', hub.folder_of(f.party))
CROSS JOIN LATERAL (
    SELECT d.subject_hash, d.guid FROM hub.document d JOIN hub.bundle b USING (bundle_id)
    WHERE d.invt_no = o.invt_no AND k.answers IN ('', d.kind) AND b.agency = f.party
    ORDER BY d.version DESC LIMIT 1) d
WHERE o.effect = 'held' AND o.cleared_at IS NULL AND o.code = 'E6005' AND o.subject_hash = 0;
CREATE TEMP TABLE receipt_came ON COMMIT DROP AS
SELECT o.* FROM hub.receipt o JOIN receipt_awaited a ON a.row_id = o.row_id AND o.subject_hash = 0;
UPDATE receipt_came c SET subject_hash = a.subject_hash, guid = a.guid,
    effect = CASE a.direction WHEN 'human' THEN 'held' ELSE 'kept' END, code = CASE a.direction WHEN 'human' THEN 'E6110' END
FROM receipt_awaited a WHERE a.row_id = c.row_id;
DELETE FROM hub.receipt o USING receipt_awaited a WHERE o.subject_hash = 0 AND o.row_id = a.row_id;
INSERT INTO hub.receipt SELECT * FROM receipt_came;
INSERT INTO hub.reject (batch_id, line, column_name, code, seen, want)
SELECT batch_id, line, 'returnStatus', 'E6110', NULL, NULL FROM receipt_awaited WHERE direction = 'human';
DELETE FROM hub.reject j USING receipt_awaited a WHERE j.batch_id = a.batch_id AND j.line = a.line AND j.code = 'E6005';
UPDATE hub.batch b SET rejected = b.rejected - n.n, accepted = b.accepted + n.n
FROM (SELECT batch_id, count(*) AS n FROM receipt_awaited WHERE direction <> 'human' GROUP BY batch_id) n WHERE n.batch_id = b.batch_id;

-- For section "-- answered" of the kinds (jobs/sections.h): the documents these receipts spoke of and the lists that are withdrawn by them,
-- each under its kind.
CREATE TEMP TABLE answered_now ON COMMIT DROP AS
SELECT DISTINCT answers AS kind, subject_hash FROM receipt_said WHERE answers IS NOT NULL
UNION
SELECT DISTINCT withdraws, subject_hash FROM receipt_said WHERE withdraws IS NOT NULL
