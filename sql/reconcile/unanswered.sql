-- How many documents have had no answer for too long; bundles of which each has one are not asked again.
-- Parameters $1 agency to seconds (jsonb), $2 now
WITH late AS MATERIALIZED (SELECT * FROM hub.unanswered($1::jsonb, $2::timestamptz)),
answered AS (
    UPDATE hub.bundle b SET answered = true
    FROM jsonb_each_text($1::jsonb) w
    WHERE b.agency = w.key AND w.value <> '0' AND b.state = 'published' AND NOT b.answered
      AND b.published_at < $2::timestamptz - make_interval(secs => w.value::int)
      AND NOT EXISTS (SELECT 1 FROM late l WHERE l.bundle_id = b.bundle_id))
SELECT coalesce(sum(documents), 0) FROM late
