-- A file for the partner, named like the upload: NAME.ack.xml, NAME.rejects.csv; what a terminal obeys is _ there. What speaks of one data file of
-- several bears its name too, without its folders and whatever a file system may dislike. The rows that come back
-- of NAME.rejects.csv, a correction, are NAME.rejects.2.csv, and so on: the name does not grow.
-- The batch stands in it where it would not be the only one of that name: another file of the upload, or any
-- answer to another upload of this partner, today or before; where it ends like a batch's number itself; and where
-- no file system takes it (255 bytes, 5 of them for publish's .part), which is cut then. An answer that takes the
-- place of an earlier one to the same batch, or to the same file that had been taken before it was whole, has its name.
-- Parameters $1 batch_id, $2 kind, $3 ending (xml, csv, xlsx),
-- $4 file_id, $5 bytes
WITH part AS (
    SELECT upload_id, batch_id,
           regexp_replace(regexp_replace(entry, '^.*[/\\]', ''),
               '[\u0001-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069:*?"<>|]', '_', 'g') AS base
    FROM hub.batch
    WHERE upload_id = (SELECT upload_id FROM hub.batch WHERE batch_id = $1::bigint)),
own AS (
    SELECT b.batch_id, b.party, hub.batch_name(b.batch_id) AS batch, hub.plain(b.name) AS upload,
           b.files IS NOT NULL AND $2 <> 'ack' AND EXISTS (
               SELECT 1 FROM part o WHERE o.batch_id <> p.batch_id AND lower(o.base) = lower(p.base)) AS twice,
           hub.plain(CASE WHEN b.files IS NULL OR $2 = 'ack' THEN b.name ELSE b.name || '.' || p.base END) AS name
    FROM hub.batch b JOIN part p USING (batch_id)
    WHERE b.batch_id = $1::bigint),
-- a correction: what it corrects, and how often that was
stem AS (
    SELECT own.*, m IS NOT NULL AS again,
           CASE WHEN m IS NULL THEN name ELSE regexp_replace(m[1], '\.B[0-9]{6,}$', '') END AS stem,
           CASE WHEN $2 = 'ack' THEN '.ack'
                WHEN m IS NULL THEN '.rejects'
                ELSE '.rejects.' || coalesce(nullif(m[2], '')::int, 1) + 1 END || '.' || $3 AS suffix
    FROM own
    LEFT JOIN regexp_match(CASE WHEN $2 = 'ack' THEN '' ELSE name END,
                           '^(.+)\.rejects(?:[ ._(-]{1,2}([0-9]{1,4})\)?)?\.(?:csv|xlsx)$', 'i') m ON true)
INSERT INTO hub.answer (batch_id, party, kind, name, file_id, bytes)
SELECT batch_id, party, $2, coalesce(
       (SELECT o.name
        FROM hub.batch b JOIN hub.batch f ON f.batch_id = b.upload_id
        JOIN hub.batch early ON early.upload_id = f.replaces AND early.item = b.item
        JOIN hub.answer o ON o.batch_id = early.batch_id AND o.kind = $2
        WHERE b.batch_id = s.batch_id ORDER BY o.answer_id DESC LIMIT 1),
       CASE WHEN NOT (twice OR stem ~* '(^|\.)B[0-9]+$' OR octet_length(stem || suffix) > 250 OR EXISTS (
                SELECT 1 FROM hub.answer o
                WHERE o.party = s.party AND lower(o.name) = lower(s.stem || s.suffix)
                  AND o.batch_id IS DISTINCT FROM s.batch_id))
            THEN stem
            WHEN octet_length(stem || '.' || batch || suffix) <= 250 THEN stem || '.' || batch
            WHEN octet_length(upload || '.' || batch || suffix) <= 250 THEN upload || '.' || batch
            ELSE left(upload, 50) || '.' || batch END || suffix),
       $4, $5::bigint
FROM stem s
