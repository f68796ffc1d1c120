-- Store the payments of stage_payment but for stage_skip; sums for the ack.
-- Parameter  hub.batch_id

UPDATE hub.payment p SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND p.trade_hash = k.trade_hash AND p.row_id = k.old_row;

WITH stored AS (
    INSERT INTO hub.payment (trade_hash, row_id, key_code, order_no, part_key, current, batch_id, line,
        digest, app_type, pay_code, pay_name, pay_no, ebp_code, ebp_name, ebc_code, ebc_name, charge,
        currency, accounting_date, payer_name, payer_id_type, payer_id_number, telephone, note)
    SELECT s.trade_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.key_code,
        s.order_no, coalesce(s.pay_code, s.pay_name) || '/' || s.pay_no, true,
        (SELECT current_setting('hub.batch_id')::bigint), s.line, s.digest, s.app_type, s.pay_code, s.pay_name,
        s.pay_no, s.ebp_code, s.ebp_name, s.ebc_code, s.ebc_name, s.charge, s.currency,
        s.accounting_date, s.payer_name, s.payer_id_type, s.payer_id_number, s.telephone, s.note
    FROM stage_payment s
    WHERE NOT EXISTS (SELECT FROM stage_skip k WHERE k.line = s.line)
    RETURNING currency, charge)
UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('charge ' || currency, charge::text), '{}')
    FROM (SELECT currency, trim_scale(sum(charge)) AS charge FROM stored GROUP BY currency) c)
WHERE batch_id = (SELECT current_setting('hub.batch_id')::bigint);

INSERT INTO hub.issuer
SELECT DISTINCT 'payment', n.numbers, n.code
FROM (SELECT DISTINCT key_code, coalesce(pay_code, pay_name) AS payer FROM stage_payment
      WHERE NOT bad AND key_code IS NOT NULL) s
CROSS JOIN LATERAL (VALUES ('order', s.key_code), ('part', s.payer)) n (numbers, code)
ON CONFLICT DO NOTHING;
