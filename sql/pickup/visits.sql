-- How each party's part of a job ended. Parameters $1 job, $2 JSON: [[party, outcome, error, its code], …], $3 now
WITH said AS MATERIALIZED (
    SELECT v ->> 0 AS party, v ->> 1 AS outcome, v ->> 2 AS error, v ->> 3 AS code FROM jsonb_array_elements($2::jsonb) v
), gone AS ( -- had nothing to do this time, or is a party no more
    DELETE FROM hub.visit v WHERE v.job = $1 AND v.party NOT IN (SELECT party FROM said)
)
INSERT INTO hub.visit AS v (job, party, outcome, error, code, ended_at, since)
SELECT $1, party, outcome, error, code, $3::timestamptz, $3::timestamptz FROM said
ON CONFLICT (job, party) DO UPDATE SET outcome = excluded.outcome, error = excluded.error, code = excluded.code, ended_at = excluded.ended_at,
    since = CASE WHEN v.outcome = excluded.outcome THEN v.since ELSE excluded.since END
