-- What waits, by kind and state. Matched trades do not wait: counting them would read the archive.
SELECT 'batches' AS what, 'received' AS state, count(*) AS number FROM hub.batch WHERE state = 'received'
UNION ALL
SELECT 'batches', 'held', count(*) FROM hub.batch WHERE state = 'held'
UNION ALL
SELECT 'batches', 'not reconciled', count(*) FROM hub.batch WHERE state = 'loaded' AND NOT reconciled
UNION ALL
SELECT 'trades', s.verdict, count(t.verdict)
FROM (VALUES ('waiting'), ('overdue'), ('broken')) s (verdict)
LEFT JOIN (SELECT verdict FROM hub.trade WHERE verdict IN ('waiting', 'overdue', 'broken') AND verdict <> 'matched') t USING (verdict)
GROUP BY s.verdict
UNION ALL
SELECT 'trades', 'ready for ' || agency, count(*) FROM hub.ready WHERE NOT held GROUP BY agency
UNION ALL
SELECT what, 'held for ' || agency, count(*) FROM hub.ready WHERE held GROUP BY what, agency
UNION ALL
SELECT 'receipts', 'held', count(*) FROM hub.receipt WHERE effect = 'held' AND cleared_at IS NULL
UNION ALL
SELECT 'documents', s.state, count(u.state)
FROM (VALUES ('human'), ('refused')) s (state)
LEFT JOIN (SELECT u.state FROM hub.attention a
           CROSS JOIN LATERAL (SELECT * FROM hub.unsettled u WHERE u.subject_hash = a.subject_hash OFFSET 0) u) u USING (state)
GROUP BY s.state
UNION ALL
SELECT 'documents', state || ' for ' || agency, count(*) FROM hub.aside WHERE state IN ('aside', 'waiting') GROUP BY state, agency
UNION ALL
SELECT 'answers', 'not published', count(*) FROM hub.answer WHERE state = 'ready'
UNION ALL
SELECT 'bundles', 'not published', count(*) FROM hub.bundle WHERE state <> 'published'
ORDER BY what, state
