-- 0026_given: numbers that were given by a database in whose place a backup was put.
-- Locks: none. Way back: DROP VIEW hub.numbers; DROP TABLE hub.given.

-- None of them, nor any before it, is given again. A bundle that this database does not have is still the one before the next.
CREATE TABLE hub.given (
    what    text NOT NULL CHECK (what IN ('batch', 'bundle', 'run')),
    agency  text NOT NULL,               -- of a bundle; else ''
    number  bigint NOT NULL,
    name    text,                        -- of a bundle
    file_id text,                        -- its sha256
    PRIMARY KEY (what, agency, number)
);

-- The highest of each kind that has been seen outside, or may have been: what the spool's mark holds (jobs/mark.h). A bundle
-- counts once it is closed; before that nobody has seen its number.
CREATE VIEW hub.numbers AS
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
