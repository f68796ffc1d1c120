-- How that ended, unless another run has begun one since. Parameters $1 job, $2 party, $3 run, $4 outcome, $5 error, $6 its code, $7 now
UPDATE hub.visit SET at_work = false, outcome = $4, error = $5, code = $6, ended_at = $7::timestamptz,
    since = CASE WHEN outcome = $4 THEN since ELSE $7::timestamptz END
WHERE job = $1 AND party = $2 AND run_id = $3::bigint
