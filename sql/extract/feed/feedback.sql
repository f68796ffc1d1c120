-- feedback: what agencies answered to a partner's documents, in its own numbers. Settings hub.party, hub.now, hub.columns
-- (JSON: feed -> [[element, title], …]). Takes feedback_now (publish/feedback.sql)
-- Which column is to be corrected: the code in returnInfo says (hub.return_field), or the column is named there.

-- level:
SELECT 1 AS message_no, current_setting('hub.party') AS partner,
       to_char(current_setting('hub.now')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created_at,
       (SELECT count(*) FROM feedback_now WHERE party = current_setting('hub.party')) AS answers

-- level: answer
SELECT row_number() OVER (ORDER BY f.receipt) AS answer_no, f.agency, f.kind, f.version,
       coalesce(o.ebp_code, p.ebp_code, w.ebp_code) AS ebp_code, coalesce(o.ebc_code, p.ebc_code, w.ebc_code) AS ebc_code,
       coalesce(o.order_no, p.order_no, w.order_no) AS order_no, p.pay_code, p.pay_no, w.logistics_code, w.logistics_no,
       f.state, f.return_status, coalesce(c.name_zh, '') AS meaning_zh, coalesce(c.meaning_en, '') AS meaning_en,
       f.return_time, left(f.return_info, 1000) AS return_info, f.pre_no, f.invt_no, f.file, f.line,
       CASE WHEN f.state = 'refused' THEN t.column_name END AS "column",
       CASE f.state WHEN 'refused' THEN '改正' || coalesce(' ' || t.column_name || ' ', '该行') || '后，以 appType 2 重新上传该记录；系统将据此重新申报'
            WHEN 'human' THEN '等待运营人员与该部门联系，无需重新上传' END AS todo_zh,
       CASE f.state WHEN 'refused' THEN 'correct ' || coalesce(t.column_name, 'the row') || ' and upload the record again with appType 2; it is then declared anew'
            WHEN 'human' THEN 'wait for the operators, who ask the agency; do not upload it again' END AS todo_en
FROM feedback_now f
JOIN hub.document d ON d.trade_hash = f.trade_hash AND d.guid = f.guid
LEFT JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
LEFT JOIN hub.payment p ON p.trade_hash = d.trade_hash AND p.row_id = d.payment_row
LEFT JOIN hub.waybill w ON w.trade_hash = d.trade_hash AND w.row_id = d.waybill_row
LEFT JOIN LATERAL (
    SELECT name_zh, meaning_en FROM hub.return_code c
    WHERE c.kind IN (f.receipt_kind, '') AND f.return_status ~ '^-?[0-9]{1,9}$'
      AND f.return_status::int BETWEEN c.first_code AND c.last_code
    ORDER BY c.last_code - c.first_code, c.kind = '', c.valid_from DESC LIMIT 1) c ON true
LEFT JOIN LATERAL (
    SELECT column_name FROM (
        SELECT 1 AS nth, column_name FROM hub.return_field
        WHERE feed = f.feed AND code = substring(f.return_info FROM '\[Code:([0-9]+)')
        UNION ALL
        SELECT 2, e ->> 0 FROM jsonb_array_elements(current_setting('hub.columns')::jsonb -> f.feed) e
        WHERE f.return_info ~ ('(^|[^A-Za-z])' || (e ->> 0) || '([^A-Za-z]|$)') OR strpos(f.return_info, e ->> 1) > 0
    ) n ORDER BY nth, length(column_name) DESC LIMIT 1) t ON f.state = 'refused'
WHERE f.party = current_setting('hub.party')
ORDER BY 1
