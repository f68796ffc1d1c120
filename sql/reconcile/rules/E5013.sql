-- code: E5013
-- title zh: 区内出口的商品须在商品备案中，有料号、账册和区内企业：{want}
-- title en: goods out of a bonded area must be in the goods feed with record number, ledger and company: {want}
-- todo zh: 报送商品备案
-- todo en: send the goods feed
-- source: ceb-messages X-13
-- modes: 1210
-- direction: export

-- touches
SELECT o.subject_hash, o.issuer, o.order_no
FROM hub.trade_break b
CROSS JOIN LATERAL (SELECT * FROM hub.trade_order o
                    WHERE o.subject_hash = b.subject_hash AND o.issuer = b.issuer AND o.order_no = b.order_no AND o.current OFFSET 0) o
JOIN hub.order_item i ON i.subject_hash = o.subject_hash AND i.row_id = o.row_id
JOIN came_goods g ON g.issuer = o.ebc_code AND g.number = i.item_no
WHERE b.code = 'E5013'

-- statement
SELECT f.tid, count(*), hub.shown(min(i.item_no))
FROM flows f
JOIN hub.trade_order o ON o.subject_hash = f.subject_hash AND o.row_id = f.order_row
JOIN hub.order_item i ON i.subject_hash = f.subject_hash AND i.row_id = f.order_row
WHERE NOT EXISTS (SELECT 1 FROM hub.goods g
                  WHERE g.subject_hash = hub.subject_hash(o.ebc_code, i.item_no) AND g.issuer = o.ebc_code
                    AND g.number = i.item_no AND g.current AND g.app_type <> '3'
                    AND g.item_record_no IS NOT NULL AND g.ems_no IS NOT NULL
                    AND g.iac_code IS NOT NULL AND g.iac_name IS NOT NULL)
GROUP BY f.tid
