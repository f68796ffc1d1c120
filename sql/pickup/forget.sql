-- What is not in the drop box any more: neither to be watched nor to be moved, since whoever killed
-- a run between moving a file and saying so here left it in done/, where it is looked at again. One that waited
-- there without having been downloaded (E3052) was taken back by its partner.
-- Parameters $1 party, $2 the partner's names of what is there, $3 its names as listed (text[]), $4 now, $5 seconds to
-- watch a file in done/ for
WITH gone AS (
    UPDATE hub.batch SET moved = true, state = CASE WHEN file_id IS NULL THEN 'discarded' ELSE state END
    WHERE party = $1 AND NOT moved AND NOT name = ANY ($2::text[])
    RETURNING batch_id, upload_id, party, size, mtime, file_id),
w AS (
    INSERT INTO hub.watch (upload_id, party, place, size, mtime, taken_at, look_at, until)
    SELECT upload_id, party, NULL, size, mtime, $4::timestamptz, $4::timestamptz,
           $4::timestamptz + make_interval(secs => $5::int)
    FROM gone WHERE batch_id = upload_id AND file_id IS NOT NULL AND $5::int > 0
    ON CONFLICT (upload_id) DO NOTHING)
DELETE FROM hub.seen WHERE party = $1 AND NOT name = ANY ($3::text[])
