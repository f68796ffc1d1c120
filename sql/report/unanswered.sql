-- Documents that have had no answer for longer than their agency's receipt-within, and what can be done.
-- Settings hub.within (agency to seconds, jsonb), hub.now
SELECT u.agency, b.name AS bundle, u.kind, u.documents, date_trunc('second', b.published_at) AS published,
       'landport bundle republish ' || b.name || ' --reason "…"' AS next
FROM hub.unanswered u
JOIN hub.bundle b USING (bundle_id) ORDER BY b.published_at, u.kind LIMIT 100
