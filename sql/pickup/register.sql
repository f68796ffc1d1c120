-- A file is here; file_id NULL: not its bytes. Parameters $1 party, $2 name, $3 size, $4 mtime, $5 file_id,
-- $6 now; $7 what is said of it, "" for nothing, $8 what is wrong with that; $9 the upload it is the whole of, which was
-- taken too early or had been cut off (NULL: none): what is loaded of that stays until it is judged, what waits does not, and
-- it is answered anew; $10 E3091 or E3121, which of the two
WITH b AS (
    INSERT INTO hub.batch (party, name, size, mtime, file_id, received_at, replaces)
    VALUES ($1, $2, $3::bigint, $4::bigint, $5, $6::timestamptz, $9::bigint)
    RETURNING batch_id),
t AS (
    INSERT INTO hub.totals (batch_id, said, fault)
    SELECT batch_id, nullif($7, ''), $8::text FROM b WHERE $7 <> '' OR $8::text IS NOT NULL),
w AS (
    DELETE FROM hub.watch WHERE upload_id = $9::bigint),
d AS (
    UPDATE hub.batch SET state = 'discarded', code = $10, seen = NULL,
        want = (SELECT hub.batch_name(batch_id) FROM b), finished_at = coalesce(finished_at, $6::timestamptz)
    WHERE upload_id = $9::bigint AND state IN ('received', 'held', 'rejected')),
m AS ( -- bytes that the spool had lost are here again
    DELETE FROM hub.damaged_file WHERE file_id = $5),
n AS (
    UPDATE hub.batch SET code = NULL, seen = NULL WHERE file_id = $5 AND state = 'received' AND code = 'E1005'),
a AS (
    UPDATE hub.answer SET state = 'replaced'
    WHERE state <> 'replaced' AND batch_id IN (SELECT batch_id FROM hub.batch WHERE upload_id = $9::bigint))
SELECT batch_id FROM b
