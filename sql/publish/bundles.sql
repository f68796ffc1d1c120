-- Bundles that wait for an agency, in the order of their numbers. Parameter $1 agency
SELECT bundle_id AS id, name, file_id, bytes, settings ->> 'container' AS container FROM hub.bundle
WHERE agency = $1 AND state = 'closed' ORDER BY seq
