-- What agencies answered to the documents of a trade, each receipt, oldest first.
-- Parameters $1 subject_hash, $2 issuer, $3 order_no
SELECT r.return_time AS time, b.party AS agency, r.kind, d.kind AS answers, d.version, r.return_status AS status,
       c.name_zh AS meaning_zh, c.meaning_en, r.effect, r.told AS told_in, hub.batch_name(r.batch_id) AS batch,
       b.name AS file, r.line, r.return_info AS info
FROM hub.document d
CROSS JOIN LATERAL (SELECT * FROM hub.receipt r WHERE r.subject_hash = d.subject_hash AND r.guid = d.guid
                    UNION ALL -- a file or bundle that was answered as a whole
                    SELECT * FROM hub.receipt r WHERE r.subject_hash = 0 AND r.row_id = d.receipt_id AND r.effect = 'applied') r
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.batch b ON b.batch_id = r.batch_id
LEFT JOIN LATERAL (
    SELECT name_zh, meaning_en FROM hub.return_code c
    WHERE c.kind IN (r.kind, '') AND c.folder IN ('', hub.folder_of(b.party))
      AND hub.code_between(r.return_status, c.first_code, c.last_code)
    ORDER BY hub.code_width(c.first_code, c.last_code), c.kind = '', c.valid_from DESC LIMIT 1) c ON true
WHERE d.subject_hash = $1::bigint AND o.issuer = $2 AND o.order_no = $3
ORDER BY r.return_time, r.row_id
