-- An upload holds several data files: its batch stands for the first, here are those for the others.
-- Parameters $1 batch_id, $2 names of the data files in their order (JSON array), $3 notices (JSON array)
WITH first AS (
    UPDATE hub.batch SET files = jsonb_array_length($2::jsonb), entry = $2::jsonb ->> 0,
        notices = notices || $3::jsonb
    WHERE batch_id = $1::bigint RETURNING *)
INSERT INTO hub.batch (part_of, item, entry, files, party, name, size, mtime, file_id, moved, received_at,
    overrides)
SELECT f.batch_id, n - 1, e.name, f.files, f.party, f.name, f.size, f.mtime, f.file_id, f.moved, f.received_at,
       f.overrides
FROM first f, jsonb_array_elements_text($2::jsonb) WITH ORDINALITY e (name, n)
WHERE n > 1 ORDER BY n
