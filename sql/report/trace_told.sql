-- What agencies were told of what is no trade, a report or a row of a feed. Parameter $1 the word (hub.subjects_named)
SELECT b.agency, d.kind, hub.subject_word(t.what, t.issuer, t.number) AS of, d.version, upper(d.guid::text) AS guid, d.app_type,
       coalesce(d.state, 'no answer yet') AS state, d.state_at, b.name AS bundle, m.name AS message
FROM hub.subjects_named($1) n
JOIN hub.document d ON d.subject_hash = n.subject_hash
CROSS JOIN LATERAL (SELECT * FROM hub.document_thing t WHERE t.subject_hash = d.subject_hash AND t.guid = d.guid OFFSET 0) t
JOIN hub.bundle b ON b.bundle_id = d.bundle_id
LEFT JOIN hub.message_span m ON m.bundle_id = d.bundle_id AND m.kind = d.kind AND d.doc_no > m.before AND d.doc_no <= m.before + m.documents
WHERE t.issuer = n.issuer AND t.number = n.number AND t.what NOT IN ('trade', 'void')
ORDER BY b.agency, d.kind, t.issuer, t.number, d.bundle_id, d.doc_no
