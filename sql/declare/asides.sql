-- What is aside or waits since this bundle, to be told: a line for each of the first twenty, and how many there are.
-- Parameter $1 bundle_id
SELECT kind, state, code, reason, subject AS number, place, count(*) OVER () AS count
FROM hub.aside_place p
WHERE p.bundle_id = $1::bigint AND state IN ('aside', 'waiting')
ORDER BY aside_id LIMIT 20
