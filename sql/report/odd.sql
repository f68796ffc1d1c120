-- What lies in in/ and is nobody's upload: it is left there, and its partner was told once.
SELECT party AS partner, shown AS name,
       CASE why WHEN 'charset' THEN 'name is not UTF-8' WHEN 'control' THEN 'name holds control characters'
                WHEN 'long' THEN 'name is too long' WHEN 'folder' THEN 'a folder' WHEN 'link' THEN 'a link'
                ELSE 'no regular file' END AS why,
       date_trunc('second', since) AS since, told
FROM hub.odd ORDER BY party, shown LIMIT 100
