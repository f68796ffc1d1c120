-- CEB607 清单总分单: the waybills of a transport, and what carries them.
-- Sections and parameters as in ceb303.sql. copNo is the guid without its hyphens (of a change that of what it changes), cut to 30.
-- Source: ceb-messages, CEB607Message; rules X-14, X-15 (its weight is the lists'), X-16

-- documents
-- Said anew when the transport or its waybills changed, not when it has left.
SELECT t.subject_hash, t.issuer, t.number, ''::text AS part_key, NULL::bigint AS order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row,
       v.row_id AS source_row, hashtextextended((v.traf_mode, v.traf_name, v.voyage_no, v.domestic_traf_no, v.loct_no, v.logistics_name, i.waybills)::text, 0) AS content,
       NULL::text AS currency, NULL::numeric AS amount
FROM things_now t
JOIN hub.departure v ON v.subject_hash = t.subject_hash AND v.row_id = t.row_id
CROSS JOIN LATERAL (SELECT array_agg((i.logistics_no, i.total_package_no) ORDER BY i.gnum) AS waybills
                    FROM hub.departure_item i WHERE i.subject_hash = v.subject_hash AND i.row_id = v.row_id) i
WHERE t.what = 'departure' AND v.current

-- held
-- Each of its waybills is on a declared list that was not refused (X-15); it waits again when one is.
SELECT t.subject_hash, t.row_id
FROM things_now t
WHERE t.what = 'departure' AND EXISTS (
    SELECT 1 FROM hub.departure_item i
    WHERE i.subject_hash = t.subject_hash AND i.row_id = t.row_id
      AND NOT EXISTS (SELECT 1 FROM hub.waybill w
                      JOIN hub.document d ON d.subject_hash = w.subject_hash
                                         AND (d.waybill_row = w.row_id OR EXISTS (
                                                 SELECT 1 FROM hub.bundle_waybill s
                                                 WHERE s.subject_hash = d.subject_hash AND s.bundle_id = d.bundle_id
                                                   AND s.order_row = d.order_row AND s.waybill_row = w.row_id))
                                         AND d.kind = 'CEB603' AND d.state IS DISTINCT FROM 'refused'
                                         AND d.state IS DISTINCT FROM 'withdrawn'
                      JOIN hub.bundle b ON b.bundle_id = d.bundle_id AND b.agency = (SELECT current_setting('hub.agency'))
                      WHERE hashtextextended(w.part_key, 0) = hashtextextended(t.issuer || '/' || i.logistics_no, 0)
                        AND w.part_key = t.issuer || '/' || i.logistics_no
                        AND NOT EXISTS (SELECT 1 FROM hub.document n
                                        WHERE n.subject_hash = d.subject_hash AND n.first_guid = coalesce(d.first_guid, d.guid)
                                          AND n.version > d.version AND n.state IS DISTINCT FROM 'refused')))

-- include: base_transfer.sql

-- level: WayBill/WayBillHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 30) AS cop_no, d.told_pre_no AS pre_no,
       (SELECT current_setting('hub.declarant_code')) AS agent_code,
       (SELECT current_setting('hub.declarant_name')) AS agent_name,
       v.loct_no, v.traf_mode, v.traf_name, v.voyage_no, v.bill_no, v.domestic_traf_no, g.gross_weight,
       v.logistics_code, v.logistics_name, 1 AS msg_count, 1 AS msg_seq_no
FROM hub.document d
JOIN hub.departure v ON v.subject_hash = d.subject_hash AND v.row_id = d.source_row
JOIN hub.bundle b ON b.bundle_id = d.bundle_id
LEFT JOIN LATERAL (
    SELECT sum(w.gross_weight) AS gross_weight
    FROM hub.departure_item i
    JOIN hub.waybill w ON hashtextextended(w.part_key, 0) = hashtextextended(v.logistics_code || '/' || i.logistics_no, 0)
     AND w.part_key = v.logistics_code || '/' || i.logistics_no
    WHERE i.subject_hash = v.subject_hash AND i.row_id = v.row_id
      AND (SELECT l.waybill_row = w.row_id OR EXISTS (
               SELECT 1 FROM hub.bundle_waybill s
               WHERE s.subject_hash = l.subject_hash AND s.bundle_id = l.bundle_id AND s.order_row = l.order_row AND s.waybill_row = w.row_id)
           FROM hub.document l
           JOIN hub.bundle lb ON lb.bundle_id = l.bundle_id AND lb.agency = b.agency
           JOIN hub.trade_order o ON o.subject_hash = l.subject_hash AND o.row_id = l.order_row
                                 AND o.issuer = w.issuer AND o.order_no = w.order_no
           WHERE l.subject_hash = w.subject_hash AND l.kind = 'CEB603' AND l.bundle_id <= d.bundle_id
           ORDER BY l.version DESC LIMIT 1)) g ON true
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB607'
ORDER BY d.doc_no

-- level: WayBill/WayBillList
SELECT d.doc_no, i.gnum, i.total_package_no, i.logistics_no, i.note
FROM hub.document d
JOIN hub.departure_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB607'
ORDER BY d.doc_no, i.gnum
