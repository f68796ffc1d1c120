-- What was found to say of a period, each version. Parameter $1 the word (hub.subjects_named)
SELECT r.agency, r.kind, hub.subject_word('report ' || r.kind, r.issuer, r.number) AS report, r.version, r.takes_back,
       CASE WHEN EXISTS (SELECT 1 FROM hub.document d WHERE d.subject_hash = r.subject_hash AND d.source_row = r.row_id AND d.kind = r.kind) THEN 'told'
            WHEN EXISTS (SELECT 1 FROM hub.ready q WHERE q.subject_hash = r.subject_hash AND q.row_id = r.row_id AND q.what = 'report ' || r.kind) THEN 'ready'
            ELSE 'not told' END AS state, date_trunc('second', r.made_at) AS made, r.said AS "values"
FROM hub.subjects_named($1) n
JOIN hub.report r ON r.subject_hash = n.subject_hash AND r.issuer = n.issuer AND r.number = n.number
ORDER BY r.agency, r.kind, r.issuer, r.number, r.version, r.takes_back DESC, r.row_id
