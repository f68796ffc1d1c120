-- Store the waybills of stage_new; sums for the ack.
-- Parameter  hub.batch_id

UPDATE hub.waybill w SET current = false
FROM stage_new n
WHERE n.version > 1 AND w.current AND w.trade_hash = n.trade_hash AND w.key_code = n.key_code
  AND w.order_no = n.order_no AND w.part_key = n.part_key;

INSERT INTO hub.waybill (trade_hash, key_code, order_no, part_key, version, current, batch_id, line,
    digest, app_type, logistics_code, logistics_name, logistics_no, ebp_code, ebc_code, ebc_name,
    ebc_telephone, freight, insured_fee, currency, gross_weight, net_weight, pack_no, goods_info,
    ie_date, port_code, country, pod, traf_mode, traf_name, voyage_no, bill_no, total_package_no,
    wrap_type, loct_no, consignee, consignee_telephone, consignee_address, note)
SELECT n.trade_hash, n.key_code, n.order_no, n.part_key, n.version, true,
    current_setting('hub.batch_id')::bigint, n.line, n.digest, n.app_type, s.logistics_code,
    s.logistics_name, s.logistics_no, s.ebp_code, s.ebc_code, s.ebc_name, s.ebc_telephone,
    s.freight, s.insured_fee, s.currency, s.gross_weight, s.net_weight, s.pack_no, s.goods_info,
    s.ie_date, s.port_code, s.country, s.pod, s.traf_mode, s.traf_name, s.voyage_no, s.bill_no,
    s.total_package_no, s.wrap_type, s.loct_no, s.consignee, s.consignee_telephone,
    s.consignee_address, s.note
FROM stage_new n JOIN stage_logistics s ON s.line = n.line
ORDER BY n.trade_hash;

UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('freight ' || currency, freight::text), '{}')
    FROM (SELECT s.currency, trim_scale(sum(s.freight)) AS freight
          FROM stage_new n JOIN stage_logistics s ON s.line = n.line GROUP BY s.currency) c)
WHERE batch_id = current_setting('hub.batch_id')::bigint;
