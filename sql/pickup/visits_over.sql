-- What was said of parties that have nothing to do any more in this job, or are no more. A part at which another run is stays,
-- and so does what runs on another host said of parties that are not configured here.
-- Parameters $1 job, $2 run, $3 the parties that had something to do (array), $4 those that are configured (array)
DELETE FROM hub.visit v
WHERE v.job = $1 AND v.party <> ALL ($3::text[])
  AND NOT (v.at_work AND v.run_id IN (SELECT run_id FROM hub.job_run WHERE job = $1 AND state = 'running'))
  AND (v.party = ANY ($4::text[])
       OR (SELECT host FROM hub.job_run WHERE run_id = v.run_id) = (SELECT host FROM hub.job_run WHERE run_id = $2::bigint))
