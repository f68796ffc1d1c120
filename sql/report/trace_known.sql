-- Does a word lead to a report or to rows of feeds? Parameter $1 the word
SELECT EXISTS (SELECT 1 FROM hub.feed_rows($1))
    OR EXISTS (SELECT 1 FROM hub.subjects_named($1) n JOIN hub.report r ON r.subject_hash = n.subject_hash AND r.issuer = n.issuer AND r.number = n.number)
