-- Bytes that are gone, or not what they were, and were found nowhere: batches that wait for them say so. What was discarded
-- waits for nothing. Leaves a row if anybody still wants them. Parameters $1 file_id, $2 why, $3 now
WITH b AS (UPDATE hub.batch SET code = 'E1005', seen = $2, want = NULL WHERE file_id = $1 AND state = 'received'),
l AS (UPDATE hub.batch SET lost = true WHERE file_id = $1 AND state = 'discarded')
INSERT INTO hub.damaged_file (file_id, party, why, since)
SELECT $1, party, $2, $3::timestamptz
FROM (SELECT party FROM hub.batch WHERE file_id = $1 AND state <> 'discarded' AND NOT lost
      UNION ALL SELECT agency FROM hub.bundle WHERE file_id = $1
      UNION ALL SELECT party FROM hub.answer WHERE file_id = $1) p LIMIT 1
ON CONFLICT (file_id) DO UPDATE SET why = excluded.why
RETURNING file_id
