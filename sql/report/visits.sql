-- Parties that the last run of a job could not serve, or not wholly, and since when.
SELECT party, job, CASE outcome WHEN 'away' THEN 'over there' ELSE 'here' END AS fault, date_trunc('second', since) AS since, error
FROM hub.visit WHERE outcome <> 'well' ORDER BY party, job LIMIT 100
