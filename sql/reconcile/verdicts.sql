-- Verdicts and breaks as they are kept; what is newly matched becomes ready for each agency, and
-- what was declared and is no more, held until reconcile/let_go.sql says that it may go.
-- Parameters  hub.agencies (comma-separated), hub.now (timestamptz), hub.business_date (YYYYMMDD)
-- Takes       touched_again, touched, flows, breaks, lacks, verdicts

DELETE FROM hub.trade_break o USING touched t
WHERE o.subject_hash = t.subject_hash AND o.issuer = t.issuer AND o.order_no = t.order_no;
INSERT INTO hub.trade_break (subject_hash, issuer, order_no, code, seen, want)
SELECT subject_hash, issuer, order_no, code, seen, want FROM breaks JOIN touched USING (tid);

DELETE FROM hub.missing_rate m USING touched t
WHERE m.subject_hash = t.subject_hash AND m.issuer = t.issuer AND m.order_no = t.order_no
  AND NOT EXISTS (SELECT 1 FROM lacks l WHERE l.tid = t.tid AND l.kind = m.kind AND l.code = m.code);
INSERT INTO hub.missing_rate (subject_hash, issuer, order_no, kind, code, since, first_day)
SELECT t.subject_hash, t.issuer, t.order_no, l.kind, l.code, (SELECT current_setting('hub.now')::timestamptz),
       to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')
FROM lacks l JOIN touched t USING (tid)
ON CONFLICT DO NOTHING;
DELETE FROM hub.touch_again a USING touched_again t
WHERE a.subject_hash = t.subject_hash AND a.issuer = t.issuer AND a.order_no = t.order_no AND a.touch_id = t.touch_id;

INSERT INTO hub.trade AS t (subject_hash, issuer, order_no, verdict, waiting_for, since, checked_at)
SELECT subject_hash, issuer, order_no, verdict, waiting_for,
       (SELECT current_setting('hub.now')::timestamptz), (SELECT current_setting('hub.now')::timestamptz)
FROM verdicts
ON CONFLICT (subject_hash, issuer, order_no) DO UPDATE SET
    -- what is overdue and still waits stays overdue
    verdict = CASE WHEN t.verdict = 'overdue' AND excluded.verdict = 'waiting' THEN 'overdue'
              ELSE excluded.verdict END, waiting_for = excluded.waiting_for, checked_at = excluded.checked_at,
    since = CASE WHEN excluded.verdict = CASE t.verdict WHEN 'overdue' THEN 'waiting' ELSE t.verdict END
            THEN t.since ELSE excluded.since END;

DELETE FROM hub.ready r USING touched t
WHERE r.subject_hash = t.subject_hash AND r.issuer = t.issuer AND r.number = t.order_no
  AND r.what IN ('trade', 'void');
INSERT INTO hub.ready (agency, subject_hash, issuer, number, row_id)
SELECT agency, subject_hash, issuer, order_no, order_row
FROM verdicts, (SELECT agency   -- that ask for trades
                FROM string_to_table(nullif((SELECT current_setting('hub.agencies')), ''), ',') agency
                WHERE EXISTS (SELECT 1 FROM hub.asked_message m WHERE m.what = 'trade' AND m.folder IN ('', hub.folder_of(agency)))) a
WHERE verdict = 'matched';
INSERT INTO hub.ready (agency, what, held, subject_hash, issuer, number, row_id)
SELECT DISTINCT d.agency, 'void', true, v.subject_hash, v.issuer, v.order_no, v.order_row
FROM verdicts v
CROSS JOIN LATERAL (SELECT b.agency FROM hub.document d JOIN hub.bundle b USING (bundle_id)
                    WHERE d.subject_hash = v.subject_hash AND (b.agency, d.kind) IN (SELECT agency, kind FROM hub.voided_kind) OFFSET 0) d
WHERE v.verdict = 'void';
