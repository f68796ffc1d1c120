-- Faults of the files at hand stay with their batches; of a partner's file the first ones, and of the others how many
-- there are, since a file of a few bytes may have a million of them. E4009 and E4014 say whether the same bytes are to be
-- judged again (duplicate.sql). Without a code: of a row whose faults were counted when it was read.
-- Parameters $1 how many stay (NULL: all), $2 the batch, $3 faults that were counted when it was read ({code: faults}).
-- Takes stage_reject
WITH fault AS MATERIALIZED (
    SELECT r.*, row_number() OVER (PARTITION BY file ORDER BY code NOT IN ('E4009', 'E4014'), line) <= coalesce($1::bigint, 9223372036854775807) AS kept
    FROM stage_reject r WHERE code <> ''),
kept AS (
    INSERT INTO hub.reject (batch_id, line, column_name, code, seen, want)
    SELECT file, line, column_name, code, seen, want FROM fault WHERE kept ORDER BY file, line)
INSERT INTO hub.reject_untold (batch_id, code, faults)
SELECT batch_id, code, sum(faults) FROM (
    SELECT file AS batch_id, code, count(*) AS faults FROM fault WHERE NOT kept GROUP BY file, code
    UNION ALL
    SELECT $2::bigint, code, faults::bigint FROM jsonb_each_text($3::jsonb) counted (code, faults)) more
GROUP BY batch_id, code
