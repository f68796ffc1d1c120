-- How many rows are refused and repeated, once each.
SELECT (SELECT count(DISTINCT line) FROM stage_reject),
       (SELECT count(DISTINCT line) FROM stage_repeat p
        WHERE NOT EXISTS (SELECT FROM stage_reject r WHERE r.line = p.line))
