-- Of how many trades each rule speaks, where other rules make a difference (reconcile/trial.sql).
SELECT code, count(*) FILTER (WHERE before) AS before, count(*) FILTER (WHERE after) AS after,
       count(*) FILTER (WHERE NOT before) AS new, count(*) FILTER (WHERE NOT after) AS gone
FROM (SELECT tid, code, bool_or(NOT other) AS before, bool_or(other) AS after
      FROM (SELECT tid, code, false AS other FROM breaks_before
            UNION ALL
            SELECT tid, code, true FROM breaks) b
      GROUP BY tid, code) t
GROUP BY code
HAVING count(*) FILTER (WHERE before <> after) > 0
ORDER BY code;
