-- Documents aside, for status: what waits for a kind of message, and what was given up, once. Oldest first, and what to type.
SELECT agency, kind, documents, number, rows, since, state, code, reason, next, want
FROM (SELECT a.agency, a.kind, 1 AS documents, a.subject AS number, a.place AS rows, date_trunc('second', a.since) AS since,
             a.state, a.code, a.reason, a.next, NULL::text AS want, a.aside_id
      FROM hub.aside_place a WHERE a.state = 'aside' ORDER BY a.aside_id LIMIT 50) one
UNION ALL
SELECT agency, kind, count(*), CASE state WHEN 'dropped' THEN min(hub.subject_word(what, issuer, number)) || CASE count(*) WHEN 1 THEN '' ELSE ' …' END END, NULL,
       date_trunc('second', min(since)), CASE state WHEN 'dropped' THEN 'given up' ELSE state END, min(code), min(reason),
       CASE state WHEN 'dropped' THEN 'nothing; landport bundle aside lists them'
                  ELSE coalesce((SELECT next FROM hub.unfinished u WHERE u.agency = a.agency),
                                'landport bundle retry --all --kind ' || kind || ' --reason "…"') END, NULL
FROM hub.aside a WHERE state IN ('waiting', 'dropped') GROUP BY agency, kind, state
ORDER BY since, agency, kind, number
