-- Store the payments of stage_new; sums for the ack.
-- Parameter  hub.batch_id

UPDATE hub.payment p SET current = false
FROM stage_new n
WHERE n.version > 1 AND p.current AND p.trade_hash = n.trade_hash AND p.key_code = n.key_code
  AND p.order_no = n.order_no AND p.part_key = n.part_key;

INSERT INTO hub.payment (trade_hash, key_code, order_no, part_key, version, current, batch_id, line,
    digest, app_type, pay_code, pay_name, pay_no, ebp_code, ebp_name, ebc_code, ebc_name, charge,
    currency, accounting_date, payer_name, payer_id_type, payer_id_number, telephone, note)
SELECT n.trade_hash, n.key_code, n.order_no, n.part_key, n.version, true,
    current_setting('hub.batch_id')::bigint, n.line, n.digest, n.app_type, s.pay_code, s.pay_name,
    s.pay_no, s.ebp_code, s.ebp_name, s.ebc_code, s.ebc_name, s.charge, s.currency,
    s.accounting_date, s.payer_name, s.payer_id_type, s.payer_id_number, s.telephone, s.note
FROM stage_new n JOIN stage_payment s ON s.line = n.line
ORDER BY n.trade_hash;

UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('charge ' || currency, charge::text), '{}')
    FROM (SELECT s.currency, trim_scale(sum(s.charge)) AS charge
          FROM stage_new n JOIN stage_payment s ON s.line = n.line GROUP BY s.currency) c)
WHERE batch_id = current_setting('hub.batch_id')::bigint;
