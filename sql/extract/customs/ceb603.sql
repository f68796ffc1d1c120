-- CEB603 申报清单（出口清单）: the declaration of each trade, from its order and waybill.
-- Sections and parameters as in ceb303.sql. copNo is the guid without its hyphens (of a change that of what it changes), cut to 30.
-- Source: ceb-messages, CEB603Message; rules X-01, X-02, X-03, X-10, X-12 (aggregated, full codes),
-- X-13 (bonded: the goods master's), X-18, X-28, G-13 (second quantity: the goods master's rate); design section 5 (declarant from the configuration, owner is the seller)

-- prepare
-- The articles of this bundle's orders as the goods feed has them now. Takes ready_now. Setting hub.bundle_id
-- Look-ups (OFFSET 0): one order is expected of two keys that go together, and all articles were gone through for each.
INSERT INTO hub.bundle_goods (bundle_id, issuer, number, goods_row)
SELECT (SELECT current_setting('hub.bundle_id')::bigint), g.issuer, g.number, g.row_id
FROM (SELECT DISTINCT o.ebc_code, i.item_no
      FROM ready_now r
      CROSS JOIN LATERAL (SELECT ebc_code FROM hub.trade_order o
                          WHERE o.subject_hash = r.subject_hash AND o.row_id = r.order_row OFFSET 0) o
      CROSS JOIN LATERAL (SELECT item_no FROM hub.order_item i
                          WHERE i.subject_hash = r.subject_hash AND i.row_id = r.order_row OFFSET 0) i
      WHERE EXISTS (SELECT 1 FROM hub.goods)) n
CROSS JOIN LATERAL (SELECT * FROM hub.goods g
                    WHERE g.subject_hash = hub.subject_hash(n.ebc_code, n.item_no) AND g.issuer = n.ebc_code
                      AND g.number = n.item_no AND g.current AND g.app_type <> '3' OFFSET 0) g;
-- The waybills of this bundle's lists that stand for several, as they are now. Takes ready_now. Setting hub.bundle_id
INSERT INTO hub.bundle_waybill (bundle_id, subject_hash, order_row, waybill_row)
SELECT (SELECT current_setting('hub.bundle_id')::bigint), r.subject_hash, r.order_row, w.row_id
FROM (SELECT * FROM ready_now WHERE trade_mode IN (SELECT trade_mode FROM hub.trade_mode WHERE NOT one_waybill)) r
CROSS JOIN LATERAL (SELECT w.row_id, count(*) OVER () AS waybills FROM hub.waybill w
                    WHERE w.subject_hash = r.subject_hash AND w.issuer = r.issuer AND w.order_no = r.order_no
                      AND w.current AND w.app_type <> '3' OFFSET 0) w
WHERE w.waybills > 1

-- documents
-- A trade with several waybills names the first one and says their weights, packages and costs together; another set of them
-- is another content.
SELECT DISTINCT ON (r.subject_hash, r.order_row)
       r.subject_hash, r.issuer, r.order_no AS number, ''::text AS part_key, r.order_row, NULL::bigint AS payment_row,
       w.row_id AS waybill_row,
       CASE r.trade_mode WHEN '1210' THEN (   -- the article that names the ledger
           SELECT g.row_id
           FROM hub.order_item i JOIN hub.trade_order o ON o.subject_hash = i.subject_hash AND o.row_id = i.row_id
           JOIN hub.goods g ON g.subject_hash = hub.subject_hash(o.ebc_code, i.item_no) AND g.issuer = o.ebc_code
            AND g.number = i.item_no AND g.current AND g.app_type <> '3'
           WHERE i.subject_hash = r.subject_hash AND i.row_id = r.order_row
           ORDER BY i.gnum LIMIT 1) END AS source_row,
       CASE WHEN r.trade_mode = ANY ((SELECT array_agg(trade_mode) FROM hub.trade_mode WHERE NOT one_waybill)::text[])
            THEN (SELECT hub.list_content(count(*), bit_xor(hashint8extended(v.row_id, 0)), r.order_row) FROM hub.waybill v
                  WHERE v.subject_hash = r.subject_hash AND v.issuer = r.issuer AND v.order_no = r.order_no AND v.current AND v.app_type <> '3')
            END AS content,
       r.currency, r.goods_value AS amount
FROM ready_now r
JOIN hub.waybill w USING (subject_hash, issuer, order_no)
WHERE w.current AND w.app_type <> '3' AND 'CEB603' = ANY (r.kinds)
ORDER BY r.subject_hash, r.order_row, w.part_key

-- include: base_transfer.sql

-- level: Inventory/InventoryHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, o.ebp_code, o.ebp_name, o.order_no,
       w.logistics_code, w.logistics_name, w.logistics_no,
       left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 30) AS cop_no, d.told_pre_no AS pre_no, d.told_invt_no AS invt_no,
       'E' AS ie_flag, w.port_code, w.ie_date, 'B' AS statistics_flag,
       (SELECT current_setting('hub.declarant_code')) AS agent_code,
       (SELECT current_setting('hub.declarant_name')) AS agent_name,
       o.ebc_code, o.ebc_name, o.ebc_code AS owner_code, o.ebc_name AS owner_name,
       g.iac_code, g.iac_name, g.ems_no, o.trade_mode, w.traf_mode, w.traf_name, w.voyage_no, w.bill_no, w.total_package_no, w.loct_no,
       w.country, w.pod, coalesce(s.freight, w.freight) AS freight, w.currency AS f_currency, '3' AS f_flag,
       coalesce(s.insured_fee, w.insured_fee) AS insured_fee, w.currency AS i_currency, '3' AS i_flag,
       w.wrap_type, coalesce(s.pack_no, w.pack_no) AS pack_no, coalesce(s.gross_weight, w.gross_weight) AS gross_weight,
       coalesce(s.net_weight, w.net_weight) AS net_weight, o.note
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
LEFT JOIN (SELECT b.goods_row, g.iac_code, g.iac_name, g.ems_no
           FROM hub.bundle_goods b JOIN hub.goods g ON g.subject_hash = hub.subject_hash(b.issuer, b.number) AND g.row_id = b.goods_row
           WHERE b.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)) g
       ON g.goods_row = d.source_row
LEFT JOIN LATERAL (
    SELECT sum(x.freight) AS freight, sum(x.insured_fee) AS insured_fee, sum(x.pack_no) AS pack_no,
           sum(x.gross_weight) AS gross_weight, sum(x.net_weight) AS net_weight
    FROM hub.bundle_waybill b JOIN hub.waybill x ON x.subject_hash = b.subject_hash AND x.row_id = b.waybill_row
    WHERE (SELECT EXISTS (SELECT 1 FROM hub.bundle_waybill WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)))
      AND b.subject_hash = d.subject_hash AND b.bundle_id = d.bundle_id AND b.order_row = d.order_row) s ON true
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB603'
ORDER BY d.doc_no

-- level: Inventory/InventoryList
SELECT d.doc_no, i.gnum, i.item_no, CASE o.trade_mode WHEN '1210' THEN g.item_record_no END AS item_record_no,
       i.item_name, i.gcode, coalesce(i.gname, g.gname, i.item_name) AS gname,
       i.gmodel, coalesce(i.bar_code, '无') AS bar_code, o.country, o.currency,
       i.qty, i.qty1, coalesce(i.qty2, round(i.qty * g.rate2, 5)) AS qty2, i.unit, i.unit1,
       coalesce(i.unit2, g.unit2) AS unit2, i.price, i.total_price
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row
LEFT JOIN (SELECT b.issuer, b.number, g.gname, g.rate2, g.unit2, g.item_record_no
           FROM hub.bundle_goods b JOIN hub.goods g ON g.subject_hash = hub.subject_hash(b.issuer, b.number) AND g.row_id = b.goods_row
           WHERE b.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)) g
       ON g.issuer = o.ebc_code AND g.number = i.item_no
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB603'
ORDER BY d.doc_no, i.gnum
