-- Receipts are kept, each; of those about one document the newest decides, if it is newer than what decided
-- before. At the same moment a refusal counts before success, success before progress: nothing is called
-- accepted that may not be. A withdrawn list stays withdrawn.
-- Takes   receipt_now, receipt_found, stage_reject. Setting hub.batch_id
-- Source  ceb-messages G-08, 6.1

CREATE TEMP TABLE receipt_fate ON COMMIT DROP AS
SELECT r.line, f.trade_hash, f.guid, r.return_time, r.direction, r.decides, r.withdraws, r.pre_no, r.invt_no,
       array_position('{progress,human,success,failure}', r.direction) AS rank,
       row_number() OVER (PARTITION BY f.trade_hash, f.guid, r.digest ORDER BY r.line) > 1 OR o.kept IS NOT NULL AS repeat
FROM receipt_now r JOIN receipt_found f USING (line)
-- a look-up each: whatever the archive holds, it is not read through
LEFT JOIN LATERAL (SELECT true AS kept FROM hub.receipt o
                   WHERE o.trade_hash = f.trade_hash AND o.guid = f.guid AND o.digest = r.digest LIMIT 1) o ON true
WHERE NOT EXISTS (SELECT FROM stage_reject j WHERE j.line = r.line);
ANALYZE receipt_fate;

CREATE TEMP TABLE receipt_said ON COMMIT DROP AS
SELECT DISTINCT ON (r.trade_hash, r.guid) r.trade_hash, r.guid, r.line, r.return_time, r.direction, r.withdraws
FROM receipt_fate r JOIN hub.document d USING (trade_hash, guid)
WHERE r.decides AND NOT r.repeat AND d.state IS DISTINCT FROM 'withdrawn'
  AND (d.state_at IS NULL OR (r.return_time, r.rank) > (d.state_at, array_position('{progress,human,accepted,refused}', d.state))
       OR d.receipt_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), r.line))
ORDER BY r.trade_hash, r.guid, r.return_time DESC, r.rank DESC, r.line;
ANALYZE receipt_said;

INSERT INTO hub.receipt (trade_hash, row_id, batch_id, line, kind, guid, effect, code, direction, digest, ebp_code, ebc_code,
    agent_code, operator_code, logistics_code, pay_code, order_no, pay_no, logistics_no, cop_no, bill_no, pre_no, invt_no,
    tax_no, entry_id, return_status, return_time, return_info, customs_tax, value_added_tax, consumption_tax, message_guid)
SELECT coalesce(f.trade_hash, 0), hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line),
       (SELECT current_setting('hub.batch_id')::bigint), s.line, s.kind, f.guid,
       CASE WHEN f.line IS NULL THEN 'held' WHEN f.repeat THEN 'repeat' WHEN NOT f.decides THEN 'kept'
            WHEN a.line IS NOT NULL THEN 'applied' ELSE 'older' END,
       CASE WHEN f.line IS NULL THEN (SELECT min(code) FROM stage_reject j WHERE j.line = s.line) END,
       r.direction, s.digest, s.ebp_code, s.ebc_code, s.agent_code, s.operator_code, s.logistics_code, s.pay_code,
       s.order_no, s.pay_no, s.logistics_no, s.cop_no, s.bill_no, s.pre_no, s.invt_no, s.tax_no, s.entry_id,
       s.return_status, s.return_time, s.return_info, s.customs_tax, s.value_added_tax, s.consumption_tax, r.message_guid
FROM stage_receipt s
JOIN receipt_now r USING (line)
LEFT JOIN receipt_fate f USING (line)
LEFT JOIN receipt_said a ON a.line = s.line;

UPDATE hub.document d SET state = CASE a.direction WHEN 'success' THEN 'accepted' WHEN 'failure' THEN 'refused' ELSE a.direction END,
    state_at = a.return_time, receipt_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), a.line)
FROM receipt_said a
WHERE d.trade_hash = a.trade_hash AND d.guid = a.guid;

-- Numbers the agency gave come with any of them, also with one that is late. The first stays: withdrawals and
-- returns that were sent name it.
UPDATE hub.document d SET pre_no = coalesce(d.pre_no, n.pre_no), invt_no = coalesce(d.invt_no, n.invt_no)
FROM (SELECT trade_hash, guid, (array_agg(pre_no ORDER BY return_time, line) FILTER (WHERE pre_no IS NOT NULL))[1] AS pre_no,
             (array_agg(invt_no ORDER BY return_time, line) FILTER (WHERE invt_no IS NOT NULL))[1] AS invt_no
      FROM receipt_fate WHERE decides AND (pre_no IS NOT NULL OR invt_no IS NOT NULL) GROUP BY trade_hash, guid) n
WHERE d.trade_hash = n.trade_hash AND d.guid = n.guid
  AND (d.pre_no IS NULL AND n.pre_no IS NOT NULL OR d.invt_no IS NULL AND n.invt_no IS NOT NULL);

-- A withdrawal that was accepted ends the list it is about.
UPDATE hub.document l SET state = 'withdrawn', state_at = a.return_time,
    receipt_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), a.line)
FROM receipt_said a JOIN hub.document c ON c.trade_hash = a.trade_hash AND c.guid = a.guid
WHERE a.withdraws IS NOT NULL AND a.direction = 'success'
  AND l.trade_hash = c.trade_hash AND l.kind = a.withdraws AND l.order_row = c.order_row;

-- What is refused, withdrawn or given back gives its buyer the quota back.
SELECT hub.settle_quota(array_agg(DISTINCT a.trade_hash))
FROM receipt_said a JOIN hub.document d ON d.trade_hash = a.trade_hash AND d.guid = a.guid
WHERE d.kind IN ('CEB621', 'CEB625') OR a.withdraws = 'CEB621'
HAVING count(*) > 0
