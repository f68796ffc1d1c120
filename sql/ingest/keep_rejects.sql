-- Faults of the files at hand stay with their batches; of a partner's file the first ones, as many as go with its
-- size, since a file of a few bytes may have a million of them. E4009 says whether the same bytes are to be judged
-- again (duplicate.sql). Parameter $1 whether all are to stay. Takes stage_reject
INSERT INTO hub.reject (batch_id, line, column_name, code, seen, want)
SELECT r.file, r.line, r.column_name, r.code, r.seen, r.want
FROM (SELECT r.*, row_number() OVER (PARTITION BY file ORDER BY code <> 'E4009', line) AS nth FROM stage_reject r) r
JOIN hub.batch b ON b.batch_id = r.file
WHERE $1::boolean OR r.nth <= 10000 + b.size / 32
ORDER BY r.file, r.line
