-- Verdicts and breaks as they are kept; what is newly matched becomes ready for each agency, and
-- what was declared and is no more, held until its list has a number.
-- Parameters  hub.agencies (comma-separated), hub.now (timestamptz), hub.business_date (YYYYMMDD)
-- Takes       touched, flows, breaks, lacks, verdicts

DELETE FROM hub.trade_break o USING touched t
WHERE o.trade_hash = t.trade_hash AND o.key_code = t.key_code AND o.order_no = t.order_no;
INSERT INTO hub.trade_break (trade_hash, key_code, order_no, code, seen, want)
SELECT trade_hash, key_code, order_no, code, seen, want FROM breaks JOIN touched USING (tid);

DELETE FROM hub.missing_rate m USING touched t
WHERE m.trade_hash = t.trade_hash AND m.key_code = t.key_code AND m.order_no = t.order_no
  AND NOT EXISTS (SELECT 1 FROM lacks l WHERE l.tid = t.tid AND l.kind = m.kind AND l.code = m.code);
INSERT INTO hub.missing_rate (trade_hash, key_code, order_no, kind, code, since, first_day)
SELECT t.trade_hash, t.key_code, t.order_no, l.kind, l.code, (SELECT current_setting('hub.now')::timestamptz),
       to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')
FROM lacks l JOIN touched t USING (tid)
ON CONFLICT DO NOTHING;
DELETE FROM hub.touch_again a USING touched t
WHERE a.trade_hash = t.trade_hash AND a.key_code = t.key_code AND a.order_no = t.order_no;

INSERT INTO hub.trade AS t (trade_hash, key_code, order_no, verdict, waiting_for, since, checked_at)
SELECT trade_hash, key_code, order_no, verdict, waiting_for,
       (SELECT current_setting('hub.now')::timestamptz), (SELECT current_setting('hub.now')::timestamptz)
FROM verdicts
ON CONFLICT (trade_hash, key_code, order_no) DO UPDATE SET
    -- what is overdue and still waits stays overdue
    verdict = CASE WHEN t.verdict = 'overdue' AND excluded.verdict = 'waiting' THEN 'overdue'
              ELSE excluded.verdict END, waiting_for = excluded.waiting_for, checked_at = excluded.checked_at,
    since = CASE WHEN excluded.verdict = CASE t.verdict WHEN 'overdue' THEN 'waiting' ELSE t.verdict END
            THEN t.since ELSE excluded.since END;

DELETE FROM hub.ready r USING touched t
WHERE r.trade_hash = t.trade_hash AND r.key_code = t.key_code AND r.order_no = t.order_no
  AND r.what IN ('trade', 'void');
INSERT INTO hub.ready (agency, trade_hash, key_code, order_no, order_row)
SELECT agency, trade_hash, key_code, order_no, order_row
FROM verdicts, string_to_table(nullif((SELECT current_setting('hub.agencies')), ''), ',') agency
WHERE verdict = 'matched';
INSERT INTO hub.ready (agency, what, held, trade_hash, key_code, order_no, order_row)
SELECT DISTINCT d.agency, 'void', true, v.trade_hash, v.key_code, v.order_no, v.order_row
FROM verdicts v
CROSS JOIN LATERAL (SELECT b.agency FROM hub.document d JOIN hub.bundle b USING (bundle_id)
                    WHERE d.trade_hash = v.trade_hash AND d.kind IN (SELECT withdraws FROM hub.receipt_kind) OFFSET 0) d
WHERE v.verdict = 'void';
