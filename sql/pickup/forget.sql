-- What is not in the drop box any more: neither to be watched nor to be moved, since whoever killed
-- a run between moving a file and saying so here left it in done/. One that waited there without having
-- been downloaded (E3052) was taken back by its partner.
-- Parameters $1 party, $2 the partner's names of what is there, $3 its names as listed (text[])
WITH gone AS (
    UPDATE hub.batch SET moved = true, state = CASE WHEN file_id IS NULL THEN 'discarded' ELSE state END
    WHERE party = $1 AND NOT moved AND NOT name = ANY ($2::text[]))
DELETE FROM hub.seen WHERE party = $1 AND NOT name = ANY ($3::text[])
