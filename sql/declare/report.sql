-- The documents of a report: what "-- report" found to say (hub.report). Setting hub.kind
-- What takes back differs from version to version: one that was refused is not told already.
SELECT t.subject_hash, t.issuer, t.number,
       CASE r.part_no WHEN 0 THEN '' ELSE lpad((r.part_no + 1)::text, 4, '0') END AS part_key,
       NULL::bigint AS order_row, NULL::bigint AS payment_row, NULL::bigint AS waybill_row, r.row_id AS source_row,
       CASE WHEN r.takes_back THEN ~(r.digest # r.version) ELSE r.digest END AS content, r.currency, r.amount, r.app_type AS says
FROM things_now t
JOIN hub.report r ON r.subject_hash = t.subject_hash AND r.row_id = t.row_id
WHERE t.what = 'report ' || (SELECT current_setting('hub.kind'))
