-- Documents an agency refused, or waits for somebody about: by bundle, kind and what it answered, and what to do.
SELECT u.agency, u.bundle, u.kind, u.state, count(*) AS documents,
       min(u.number) || CASE count(*) WHEN 1 THEN '' ELSE ' …' END AS number, u.receipt, u.status, max(u.state_at) AS time,
       CASE WHEN bool_and(u.resend) THEN 'nothing: the next bundle has them'
            WHEN u.message <> '' THEN 'landport bundle resend ' || u.message || ' --reason "…"'
            WHEN u.state = 'human' THEN 'ask the agency' || '; landport trace ' || min(u.number)
            ELSE CASE WHEN bool_or(u.what LIKE 'report %') THEN 'correct what it is made of, then landport run; as it is'
                 ELSE 'their partners were told, and correct the rows; as they are' END || ': landport bundle resend '
                 || CASE WHEN count(*) = 1 AND min(u.number) IS NOT NULL THEN min(u.number) ELSE u.bundle END || ' --kind ' || u.kind || ' --reason "…"'
            END AS next
FROM (SELECT b.agency, b.name AS bundle, u.kind, u.state, d.state_at, d.resend, hub.subject_word(t.what, t.issuer, t.number) AS number, t.what, coalesce(r.kind, '') AS receipt,
             coalesce(r.return_status, '') AS status, coalesce(split_part(m.name, '/', 2), '') AS message
      FROM hub.attention a
      CROSS JOIN LATERAL (SELECT * FROM hub.unsettled u WHERE u.subject_hash = a.subject_hash OFFSET 0) u
      CROSS JOIN LATERAL (SELECT * FROM hub.document d WHERE d.subject_hash = u.subject_hash AND d.guid = u.guid OFFSET 0) d
      JOIN hub.bundle b ON b.bundle_id = d.bundle_id
      LEFT JOIN LATERAL (SELECT * FROM hub.document_thing t WHERE t.subject_hash = d.subject_hash AND t.guid = d.guid OFFSET 0) t ON true
      -- that of a whole message was found no document
      LEFT JOIN LATERAL (SELECT * FROM hub.receipt r WHERE r.subject_hash IN (d.subject_hash, 0) AND r.row_id = d.receipt_id LIMIT 1) r ON true
      LEFT JOIN hub.message m ON r.subject_hash = 0 AND r.effect = 'held' AND m.guid = r.message_guid) u
GROUP BY u.agency, u.bundle, u.kind, u.state, u.receipt, u.status, u.message
ORDER BY max(u.state_at) DESC NULLS LAST, u.agency, u.kind LIMIT 50
