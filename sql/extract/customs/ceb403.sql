-- CEB403 收款单: each payment of each trade.
-- Sections and parameters as in ceb303.sql. Source: ceb-messages, CEB403Message; rule X-22

-- documents
SELECT r.trade_hash, r.key_code, r.order_no, p.part_key,
       o.version AS order_version, p.version AS payment_version, NULL::int AS waybill_version,
       NULL::text AS waybill_key
FROM ready_now r
JOIN hub.trade_order o USING (trade_hash, key_code, order_no)
JOIN hub.payment p USING (trade_hash, key_code, order_no)
WHERE o.current AND p.current AND p.app_type <> '3' AND o.trade_mode IN ('9610', '1210')

-- level:
SELECT message_no, upper(guid::text) AS guid, '1.0' AS version
FROM hub.message
WHERE bundle_id = current_setting('hub.bundle_id')::bigint AND kind = 'CEB403'
ORDER BY message_no

-- level: BaseTransfer
SELECT message_no, current_setting('hub.cop_code') AS cop_code,
       current_setting('hub.cop_name') AS cop_name, 'DXP' AS dxp_mode,
       current_setting('hub.dxp_id') AS dxp_id
FROM hub.message
WHERE bundle_id = current_setting('hub.bundle_id')::bigint AND kind = 'CEB403'
ORDER BY message_no

-- level: Receipts
SELECT d.doc_no, upper(d.guid::text) AS guid, CASE d.version WHEN 1 THEN '1' ELSE '2' END AS app_type,
       current_setting('hub.app_time') AS app_time, '2' AS app_status,
       o.ebp_code, o.ebp_name, o.ebc_code, o.ebc_name, o.order_no,
       p.pay_code, p.pay_name, p.pay_no, p.charge, p.currency, p.accounting_date, p.note
FROM hub.document d
JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.key_code = d.key_code
                      AND o.order_no = d.order_no AND o.version = d.order_version
JOIN hub.payment p ON p.trade_hash = d.trade_hash AND p.key_code = d.key_code
                  AND p.order_no = d.order_no AND p.part_key = d.part_key
                  AND p.version = d.payment_version
WHERE d.bundle_id = current_setting('hub.bundle_id')::bigint AND d.kind = 'CEB403'
ORDER BY d.doc_no

-- sums
SELECT p.currency, trim_scale(sum(p.charge)) AS amount
FROM hub.document d
JOIN hub.payment p ON p.trade_hash = d.trade_hash AND p.key_code = d.key_code
                  AND p.order_no = d.order_no AND p.part_key = d.part_key
                  AND p.version = d.payment_version
WHERE d.bundle_id = current_setting('hub.bundle_id')::bigint AND d.kind = 'CEB403'
GROUP BY p.currency ORDER BY p.currency
