-- How many rows of each file are refused and repeated, once each.
SELECT file, count(*) FILTER (WHERE refused) AS refused, count(*) FILTER (WHERE NOT refused) AS repeated
FROM (SELECT file, line, bool_or(refused) AS refused
      FROM (SELECT file, line, true AS refused FROM stage_reject
            UNION ALL
            SELECT file, line, false FROM stage_repeat) f
      GROUP BY file, line) l
GROUP BY file
