-- The last run of each job, in the order of the night. Setting hub.jobs (names, comma-separated)
SELECT r.job, r.state, date_trunc('second', r.started_at) AS started,
       round(extract(epoch FROM coalesce(r.finished_at, clock_timestamp()) - r.started_at), 2) AS seconds,
       r.counts, r.error
FROM string_to_table((SELECT current_setting('hub.jobs')), ',') WITH ORDINALITY j (job, place)
CROSS JOIN LATERAL (SELECT * FROM hub.job_run WHERE job = j.job ORDER BY run_id DESC LIMIT 1) r
ORDER BY j.place
