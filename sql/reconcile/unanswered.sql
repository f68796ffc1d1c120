-- How many documents have had no answer for too long; bundles of which each has one are not asked again.
-- Settings hub.within, hub.now (hub.due_answer)
WITH late AS MATERIALIZED (SELECT * FROM hub.unanswered),
answered AS (
    UPDATE hub.bundle b SET answered = true
    FROM hub.due_answer a
    WHERE b.bundle_id = a.bundle_id AND NOT EXISTS (SELECT 1 FROM late l WHERE l.bundle_id = b.bundle_id))
SELECT coalesce(sum(documents), 0) FROM late
