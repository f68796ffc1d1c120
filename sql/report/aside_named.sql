-- What a word names among the documents that are aside or given up. Parameters $1 the word, $2 agency, $3 kind (NULL: any)
SELECT DISTINCT hub.subject_word(a.what, a.issuer, a.number) AS word
FROM hub.aside a
WHERE a.state IN ('aside', 'waiting', 'dropped') AND $1::text IN (a.number, hub.subject_word(a.what, a.issuer, a.number))
  AND ($2::text IS NULL OR a.agency = $2) AND ($3::text IS NULL OR a.kind = $3)
ORDER BY word
