-- number: the highest that were given.

-- The highest of each kind that has been seen outside, or may have been: what the spool's mark holds (jobs/mark.h). A bundle
-- counts once it is closed; before that nobody has seen its number.
CREATE OR REPLACE VIEW hub.numbers AS
SELECT DISTINCT ON (what, agency) what, agency, number, name, file_id
FROM (SELECT 'batch' AS what, '' AS agency, max(batch_id) AS number, NULL::text AS name, NULL::text AS file_id FROM hub.batch
      UNION ALL
      SELECT 'run', '', max(run_id), NULL, NULL FROM hub.job_run
      UNION ALL
      SELECT 'bundle', agency, seq, name, file_id FROM hub.bundle WHERE state IN ('closed', 'published')
      UNION ALL
      SELECT what, agency, number, name, file_id FROM hub.given) n
WHERE number IS NOT NULL
ORDER BY what, agency, number DESC;
