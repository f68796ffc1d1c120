-- What agencies were told of a trade. Parameters $1 subject_hash, $2 issuer, $3 order_no
SELECT b.agency, d.kind, d.version, coalesce(p.pay_no, w.logistics_no) AS part,
       upper(d.guid::text) AS guid, d.app_type, coalesce(d.state, 'no answer yet') AS state,
       d.state_at, d.pre_no, d.invt_no, b.name AS bundle, m.name AS message
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.bundle b USING (bundle_id)
LEFT JOIN hub.payment p ON p.subject_hash = d.subject_hash AND p.row_id = d.payment_row
LEFT JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
LEFT JOIN LATERAL (
    SELECT name
    FROM (SELECT name, message_no, sum(documents) OVER (ORDER BY message_no) AS last
          FROM hub.message WHERE bundle_id = d.bundle_id AND kind = d.kind) m
    WHERE d.doc_no <= last ORDER BY message_no LIMIT 1) m ON true
WHERE d.subject_hash = $1::bigint AND o.issuer = $2 AND o.order_no = $3
ORDER BY d.bundle_id, d.kind, d.doc_no
