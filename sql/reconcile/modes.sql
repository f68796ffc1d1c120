-- What a trade mode demands beyond the agreement of the three flows. Only trades of such modes are looked at.
-- Setting  hub.business_date (YYYYMMDD)
-- Takes    touched, flows, payments, waybills     Grows  breaks
-- Source   ceb-messages: X-23 (limit of a list), X-13 (1210 out), M-05 (payer is buyer), M-04 (consignee),
--          M-10 (transport of direct and bonded imports), M-13 (limit of one import). Values of persons are never shown

INSERT INTO breaks
SELECT f.tid, 'E5009', trim_scale(round(f.goods_value * r.rate, 2))::text, trim_scale(f.max_value)::text
FROM flows f
JOIN (SELECT DISTINCT ON (currency) currency, rate FROM hub.exchange_rate
      WHERE valid_from <= to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')
      ORDER BY currency, valid_from DESC) r USING (currency)
WHERE f.has_order AND f.goods_value * r.rate > f.max_value;

INSERT INTO breaks
SELECT f.tid, 'E5013', count(*)::text, min(i.item_no)
FROM flows f
JOIN hub.trade_order o ON o.trade_hash = f.trade_hash AND o.row_id = f.order_row
JOIN hub.order_item i ON i.trade_hash = f.trade_hash AND i.row_id = f.order_row
WHERE f.has_order AND f.trade_mode = '1210' AND NOT f.import
  AND NOT EXISTS (SELECT FROM hub.goods g
                  WHERE g.trade_hash = hub.trade_hash(o.ebc_code, i.item_no) AND g.key_code = o.ebc_code
                    AND g.order_no = i.item_no AND g.current AND g.app_type <> '3'
                    AND g.item_record_no IS NOT NULL AND g.ems_no IS NOT NULL
                    AND g.iac_code IS NOT NULL AND g.iac_name IS NOT NULL)
GROUP BY f.tid;

INSERT INTO breaks
SELECT DISTINCT f.tid, 'E5010', p.pay_no, ''
FROM flows f
JOIN hub.trade_order o ON o.trade_hash = f.trade_hash AND o.row_id = f.order_row
JOIN payments p ON p.tid = f.tid
JOIN hub.payment v ON v.trade_hash = f.trade_hash AND v.row_id = p.row_id
WHERE f.has_order AND f.import
  AND (v.payer_id_number, v.payer_name) IS DISTINCT FROM (o.buyer_id_number, o.buyer_name)
UNION ALL
SELECT f.tid, b.code, w.logistics_no, b.want
FROM flows f
JOIN hub.trade_order o ON o.trade_hash = f.trade_hash AND o.row_id = f.order_row
JOIN waybills w ON w.tid = f.tid
JOIN hub.waybill v ON v.trade_hash = f.trade_hash AND v.row_id = w.row_id
CROSS JOIN LATERAL (VALUES
    ('E5011', '', (v.consignee, v.consignee_telephone, v.consignee_address)
                  IS DISTINCT FROM (o.consignee, o.consignee_telephone, o.consignee_address)),
    ('E5012', CASE f.trade_mode WHEN '1210' THEN '0' ELSE '3' END,
     num_nonnulls(v.traf_name, v.voyage_no, v.bill_no) <> CASE f.trade_mode WHEN '1210' THEN 0 ELSE 3 END)
) b (code, want, broken)
WHERE f.has_order AND f.import AND b.broken;

-- M-13: one article that cannot be divided may cost more, with the full tax.
INSERT INTO breaks
SELECT f.tid, 'E5014', trim_scale(c.price)::text, trim_scale(m.single)::text
FROM flows f
JOIN hub.trade_order o ON o.trade_hash = f.trade_hash AND o.row_id = f.order_row
CROSS JOIN LATERAL (SELECT o.goods_value + o.freight + hub.insured_fee(o.trade_hash, o.key_code, o.order_no) AS price) c
JOIN LATERAL (SELECT single FROM hub.import_limit
              WHERE valid_from <= to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')
              ORDER BY valid_from DESC LIMIT 1) m ON c.price > m.single
WHERE f.has_order AND f.import
  AND (SELECT count(*) > 1 OR sum(qty) > 1 FROM hub.order_item i WHERE i.trade_hash = f.trade_hash AND i.row_id = f.order_row)
