-- What lies in in/ and is nobody's upload: it is left there, and its partner was told once; and what could not be taken, which
-- each visit tries again (why: under parties not served, or in the log).
SELECT party AS partner, shown AS name,
       CASE why WHEN 'charset' THEN 'name is not UTF-8' WHEN 'control' THEN 'name holds control characters'
                WHEN 'long' THEN 'name is too long' WHEN 'folder' THEN 'a folder' WHEN 'link' THEN 'a link'
                ELSE 'no regular file' END AS why,
       date_trunc('second', since) AS since, notice IS NOT NULL AS told
FROM hub.odd
UNION ALL
SELECT party, name, 'not taken at ' || failures || CASE failures WHEN 1 THEN ' visit' ELSE ' visits' END,
       date_trunc('second', since), NULL
FROM hub.seen WHERE failures > 0
ORDER BY partner, name LIMIT 100
