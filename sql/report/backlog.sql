-- What waits, by kind and state; verdicts are what the archive holds now.
SELECT 'batches' AS what, s.state, (SELECT count(*) FROM hub.batch b WHERE b.state = s.state) AS number
FROM (VALUES ('received'), ('held')) s (state)
UNION ALL
SELECT 'batches', 'not reconciled', count(*) FROM hub.batch WHERE state = 'loaded' AND NOT reconciled
UNION ALL
SELECT 'trades', verdict, count(*) FROM hub.trade GROUP BY verdict
UNION ALL
SELECT 'trades', 'ready for ' || agency, count(*) FROM hub.ready GROUP BY agency
UNION ALL
SELECT 'answers', 'not published', count(*) FROM hub.answer WHERE state = 'ready'
UNION ALL
SELECT 'bundles', 'not published', count(*) FROM hub.bundle WHERE state <> 'published'
ORDER BY what, state
