-- Kinds of message that an agency's last bundle went out without, since they could not be made, and what to do.
SELECT b.agency, b.name AS bundle, k.key AS kind, k.value ->> 'code' AS code, k.value ->> 'reason' AS reason,
       'put it right (landport check), then landport run; what the kind has to tell comes with the next bundle' AS next, NULL::text AS want
FROM (SELECT DISTINCT ON (agency) * FROM hub.bundle ORDER BY agency, seq DESC) b
CROSS JOIN LATERAL jsonb_each(b.lacks) k
ORDER BY b.agency, k.key
