-- CEB701 汇总申请单: the lists of one consignor of the month before, by its first and last second.
-- Sections and parameters as in ceb303.sql. copNo is the guid without its hyphens (of a change that of what it changes), cut to 30; the declarant of
-- the lists is that of the customs declaration too.
-- Source: ceb-messages, CEB701Message; rules X-20, X-21

-- documents
SELECT t.subject_hash, t.issuer, t.number, ''::text AS part_key, NULL::bigint AS order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row,
       s.row_id AS source_row, 0::bigint AS content, NULL::text AS currency, NULL::numeric AS amount
FROM things_now t
JOIN hub.summary s ON s.subject_hash = t.subject_hash AND s.row_id = t.row_id
WHERE t.what = 'month'

-- include: base_transfer.sql

-- level: SummaryApply/SummaryApplyHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 30) AS cop_no, d.told_pre_no AS pre_no,
       (SELECT current_setting('hub.declarant_code')) AS agent_code,
       (SELECT current_setting('hub.declarant_name')) AS agent_name,
       s.ebc_code, s.ebc_name, (SELECT current_setting('hub.declarant_code')) AS decl_agent_code,
       (SELECT current_setting('hub.declarant_name')) AS decl_agent_name, s.month || '01000000' AS start_time,
       to_char(to_date(s.month, 'YYYYMM') + interval '1 month' - interval '1 second', 'YYYYMMDDHH24MISS') AS end_time,
       '1' AS summary_flag, '1' AS item_name_flag, 1 AS msg_count, 1 AS msg_seq_no
FROM hub.document d
JOIN hub.summary s ON s.subject_hash = d.subject_hash AND s.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB701'
ORDER BY d.doc_no
