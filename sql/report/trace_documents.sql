-- What agencies were told of a trade. Parameters $1 trade_hash, $2 key_code, $3 order_no
SELECT d.agency, d.kind, d.version, nullif(d.part_key, '') AS part, upper(d.guid::text) AS guid,
       b.name AS bundle, m.name AS message
FROM hub.document d
JOIN hub.bundle b USING (bundle_id)
LEFT JOIN LATERAL (
    SELECT name FROM hub.message m
    WHERE m.bundle_id = d.bundle_id AND m.kind = d.kind
      AND d.doc_no <= (SELECT sum(documents) FROM hub.message n
                       WHERE n.bundle_id = m.bundle_id AND n.kind = m.kind AND n.message_no <= m.message_no)
    ORDER BY m.message_no LIMIT 1) m ON true
WHERE d.trade_hash = $1::bigint AND d.key_code = $2 AND d.order_no = $3
ORDER BY d.bundle_id, d.kind, d.part_key, d.version
