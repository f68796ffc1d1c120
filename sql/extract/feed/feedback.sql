-- feedback: what agencies answered to a partner's documents, in its own numbers. Settings hub.party, hub.now
-- Takes feedback_now, feedback_code, feedback_column (publish/feedback.sql)

-- level:
SELECT 1 AS message_no, (SELECT current_setting('hub.party')) AS partner,
       to_char((SELECT current_setting('hub.now')::timestamptz) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created_at,
       (SELECT count(*) FROM feedback_now WHERE party = (SELECT current_setting('hub.party'))) AS answers

-- level: answer
SELECT row_number() OVER (ORDER BY f.receipt) AS answer_no, f.agency, f.kind, f.version,
       f.ebp_code, f.ebc_code, f.order_no, f.pay_code, f.pay_no, f.logistics_code, f.logistics_no, f.issuer, f.number,
       f.state, f.return_status, coalesce(c.name_zh, '') AS meaning_zh, coalesce(c.meaning_en, '') AS meaning_en,
       f.return_time, hub.plain(left(f.return_info, 1000)) AS return_info, f.pre_no, f.invt_no,
       hub.plain(f.file) AS file, f.line,
       CASE WHEN f.state = 'refused' THEN t.column_name END AS "column",
       CASE WHEN f.unread THEN '无需处理，也无需重新上传：该部门未能读取整份报文，由运营人员核对后重新申报'
            WHEN f.state = 'refused' THEN '改正' || coalesce(' ' || t.column_name || ' ', '该行') || '后，以 appType 2 重新上传该记录；系统将据此重新申报'
            WHEN f.state = 'human' THEN '等待运营人员与该部门联系，无需重新上传' END AS todo_zh,
       CASE WHEN f.unread THEN 'nothing to do, and nothing to upload: the agency could not read the whole message, and the operators declare it again'
            WHEN f.state = 'refused' THEN 'correct ' || coalesce(t.column_name, 'the row') || ' and upload the record again with appType 2; it is then declared anew'
            WHEN f.state = 'human' THEN 'wait for the operators, who ask the agency; do not upload it again' END AS todo_en
FROM feedback_now f
LEFT JOIN feedback_code c ON c.agency = f.agency AND c.receipt_kind = f.receipt_kind AND c.return_status = f.return_status
LEFT JOIN feedback_column t ON f.state = 'refused' AND t.agency = f.agency AND t.feed = f.feed AND t.return_info = f.return_info
WHERE f.party = (SELECT current_setting('hub.party'))
ORDER BY 1
