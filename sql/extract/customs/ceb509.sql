-- CEB509 离境单: the waybills of a transport that has left the country.
-- Sections and parameters as in ceb303.sql. copNo is the guid without its hyphens (of a change that of what it changes), cut to 30.
-- Source: ceb-messages, CEB509Message; rule X-16

-- documents
-- Once the transport says when it has left.
SELECT t.subject_hash, t.issuer, t.number, ''::text AS part_key, NULL::bigint AS order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row,
       v.row_id AS source_row, hashtextextended((v.traf_mode, v.traf_name, v.voyage_no, v.leave_time, v.logistics_name, i.waybills)::text, 0) AS content,
       NULL::text AS currency, NULL::numeric AS amount
FROM things_now t
JOIN hub.departure v ON v.subject_hash = t.subject_hash AND v.row_id = t.row_id
CROSS JOIN LATERAL (SELECT array_agg((i.logistics_no, i.total_package_no) ORDER BY i.gnum) AS waybills
                    FROM hub.departure_item i WHERE i.subject_hash = v.subject_hash AND i.row_id = v.row_id) i
WHERE t.what = 'departure' AND v.current
  AND v.leave_time IS NOT NULL

-- include: base_transfer.sql

-- level: Departure/DepartureHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 30) AS cop_no, d.told_pre_no AS pre_no,
       v.logistics_code, v.logistics_name, v.traf_mode, v.traf_name, v.voyage_no, v.bill_no, v.leave_time,
       1 AS msg_count, 1 AS msg_seq_no
FROM hub.document d
JOIN hub.departure v ON v.subject_hash = d.subject_hash AND v.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB509'
ORDER BY d.doc_no

-- level: Departure/DepartureList
SELECT d.doc_no, i.gnum, i.total_package_no, i.logistics_no, i.note
FROM hub.document d
JOIN hub.departure_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB509'
ORDER BY d.doc_no, i.gnum
