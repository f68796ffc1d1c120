-- Store the waybills of stage_logistics but for stage_skip; sums for the ack.
-- Parameter  hub.batch_id

UPDATE hub.waybill w SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND w.trade_hash = k.trade_hash AND w.row_id = k.old_row;

WITH stored AS (
    INSERT INTO hub.waybill (trade_hash, row_id, key_code, order_no, part_key, current, batch_id, line,
        digest, app_type, logistics_code, logistics_name, logistics_no, ebp_code, ebc_code, ebc_name,
        ebc_telephone, freight, insured_fee, currency, gross_weight, net_weight, pack_no, goods_info,
        ie_date, port_code, country, pod, traf_mode, traf_name, voyage_no, bill_no, total_package_no,
        wrap_type, loct_no, consignee, consignee_telephone, consignee_address, note)
    SELECT s.trade_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.key_code,
        s.order_no, s.logistics_code || '/' || s.logistics_no, true,
        (SELECT current_setting('hub.batch_id')::bigint), s.line, s.digest, s.app_type, s.logistics_code,
        s.logistics_name, s.logistics_no, s.ebp_code, s.ebc_code, s.ebc_name, s.ebc_telephone,
        s.freight, s.insured_fee, s.currency, s.gross_weight, s.net_weight, s.pack_no, s.goods_info,
        s.ie_date, s.port_code, s.country, s.pod, s.traf_mode, s.traf_name, s.voyage_no, s.bill_no,
        s.total_package_no, s.wrap_type, s.loct_no, s.consignee, s.consignee_telephone,
        s.consignee_address, s.note
    FROM stage_logistics s
    WHERE NOT EXISTS (SELECT FROM stage_skip k WHERE k.line = s.line)
    RETURNING currency, freight)
UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('freight ' || currency, freight::text), '{}')
    FROM (SELECT currency, trim_scale(sum(freight)) AS freight FROM stored GROUP BY currency) c)
WHERE batch_id = (SELECT current_setting('hub.batch_id')::bigint);

INSERT INTO hub.issuer
SELECT DISTINCT 'logistics', n.numbers, n.code
FROM (SELECT DISTINCT key_code, logistics_code AS carrier FROM stage_logistics
      WHERE NOT bad AND key_code IS NOT NULL) s
CROSS JOIN LATERAL (VALUES ('order', s.key_code), ('part', s.carrier)) n (numbers, code)
ON CONFLICT DO NOTHING;
