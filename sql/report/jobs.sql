-- The last run of each job, in the order of the night.
SELECT r.job, r.state, date_trunc('second', r.started_at) AS started,
       round(extract(epoch FROM coalesce(r.finished_at, clock_timestamp()) - r.started_at), 2) AS seconds,
       r.counts, r.error
FROM (SELECT DISTINCT ON (job) * FROM hub.job_run ORDER BY job, run_id DESC) r
ORDER BY array_position(ARRAY['pickup', 'ingest', 'reconcile', 'declare', 'publish', 'archive'], r.job), r.job
