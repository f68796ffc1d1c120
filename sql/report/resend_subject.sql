-- Subjects of which something was declared and a word leads to (hub.subjects_named). Parameter $1 the word
SELECT n.subject_hash, n.issuer, n.number, min(hub.subject_word(t.what, n.issuer, n.number)) AS word
FROM hub.subjects_named($1) n
JOIN hub.document d ON d.subject_hash = n.subject_hash
CROSS JOIN LATERAL (SELECT * FROM hub.document_thing t WHERE t.subject_hash = d.subject_hash AND t.guid = d.guid OFFSET 0) t
WHERE t.issuer = n.issuer AND t.number = n.number
GROUP BY n.subject_hash, n.issuer, n.number
ORDER BY word, n.subject_hash
