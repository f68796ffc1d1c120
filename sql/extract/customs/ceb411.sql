-- CEB411 支付凭证: each payment of each import trade.
-- Sections and parameters as in ceb303.sql. Source: ceb-messages, CEB411Message; rules M-02, M-03

-- documents
-- What was declared and says the same is named as it was: it is not sent again because another part of its trade changed.
SELECT r.subject_hash, r.issuer, r.order_no AS number, p.part_key, coalesce(was.order_row, r.order_row) AS order_row,
       coalesce(was.row_id, p.row_id) AS payment_row, NULL::bigint AS waybill_row,
       NULL::bigint AS source_row, NULL::bigint AS content, p.currency, p.charge AS amount
FROM ready_now r
JOIN hub.payment p USING (subject_hash, issuer, order_no)
LEFT JOIN (SELECT v.*, d.order_row, k.ebp_name AS of_ebp_name
           FROM declared d
           JOIN hub.payment v ON v.subject_hash = d.subject_hash AND v.row_id = d.payment_row
           JOIN hub.trade_order k ON k.subject_hash = d.subject_hash AND k.row_id = d.order_row
           WHERE d.kind = 'CEB411' AND d.state IS DISTINCT FROM 'refused') was
       ON was.subject_hash = r.subject_hash AND was.part_key = p.part_key
      AND (was.pay_name, was.charge, was.currency, was.accounting_date, was.payer_id_type, was.payer_id_number, was.payer_name, was.telephone, was.note)
          IS NOT DISTINCT FROM (p.pay_name, p.charge, p.currency, p.accounting_date, p.payer_id_type, p.payer_id_number, p.payer_name, p.telephone, p.note)
      AND (was.of_ebp_name) IS NOT DISTINCT FROM (r.ebp_name)
WHERE p.current AND p.app_type <> '3' AND 'CEB411' = ANY (r.kinds)

-- include: base_transfer.sql

-- level: Payment/PaymentHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       p.pay_code, p.pay_name, p.pay_no AS pay_transaction_id, o.order_no, o.ebp_code, o.ebp_name,
       p.payer_id_type, p.payer_id_number, p.payer_name, p.telephone, p.charge AS amount_paid, p.currency,
       p.accounting_date AS pay_time, p.note
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.payment p ON p.subject_hash = d.subject_hash AND p.row_id = d.payment_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB411'
ORDER BY d.doc_no
