-- An upload holds several data files: its batch stands for the first, here are those for the others.
-- Parameters $1 batch_id, $2 names of the data files in their order (JSON array; null: passed over), $3 notices (JSON array)
WITH file AS (
    SELECT n - 1 AS item, name, row_number() OVER (ORDER BY n) AS nth, count(*) OVER () AS files
    FROM jsonb_array_elements_text($2::jsonb) WITH ORDINALITY e (name, n) WHERE name IS NOT NULL),
first AS (
    UPDATE hub.batch b SET files = file.files, item = file.item, entry = file.name, notices = notices || $3::jsonb
    FROM file WHERE file.nth = 1 AND b.batch_id = $1::bigint RETURNING b.*)
INSERT INTO hub.batch (part_of, item, entry, files, party, name, size, mtime, file_id, moved, received_at,
    overrides)
SELECT f.batch_id, e.item, e.name, f.files, f.party, f.name, f.size, f.mtime, f.file_id, f.moved, f.received_at,
       f.overrides
FROM first f, file e
WHERE e.nth > 1 ORDER BY e.nth
