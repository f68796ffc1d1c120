-- Parties that the last run of a job could not serve, or not wholly, and since when. Of a key that is not the one expected,
-- either side may have the wrong one.
SELECT party, job, CASE WHEN outcome <> 'away' OR code = 'E1001' THEN 'here'
                        WHEN code IN ('E1010', 'E1011') THEN 'here or over there'
                        ELSE 'over there' END AS fault, date_trunc('second', since) AS since, error
FROM hub.visit WHERE outcome <> 'well' ORDER BY party, job LIMIT 100
