-- What is not in the drop box any more: neither to be watched nor to be moved, since whoever killed
-- a run between moving a file and saying so here left it in done/.
-- Parameters $1 party, $2 names that are (text[])
WITH gone AS (
    UPDATE hub.batch SET moved = true WHERE party = $1 AND NOT moved AND NOT name = ANY ($2::text[]))
DELETE FROM hub.seen WHERE party = $1 AND NOT name = ANY ($2::text[])
