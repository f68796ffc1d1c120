-- A file for the partner, named like the upload. What speaks of one data file of several bears its name
-- too, without its folders and whatever a file system may dislike, and the batch where that would not be
-- the only one. A name no file system takes (255 bytes, 5 of them for publish's .part) is cut, and the
-- batch takes its place. Parameters $1 batch_id, $2 kind, $3 suffix, $4 file_id, $5 bytes
WITH part AS (
    SELECT upload_id, batch_id,
           regexp_replace(regexp_replace(entry, '^.*[/\\]', ''),
               '[\u0001-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069:*?"<>|]', '_', 'g') AS base
    FROM hub.batch
    WHERE upload_id = (SELECT upload_id FROM hub.batch WHERE batch_id = $1::bigint))
INSERT INTO hub.answer (batch_id, party, kind, name, file_id, bytes)
SELECT b.batch_id, b.party, $2,
       CASE WHEN octet_length(n.name || $3) <= 250 THEN n.name
            WHEN octet_length(b.name || '.' || n.batch || $3) <= 250 THEN b.name || '.' || n.batch
            ELSE left(b.name, 50) || '.' || n.batch END || $3,
       $4, $5::bigint
FROM hub.batch b JOIN part p USING (batch_id)
CROSS JOIN LATERAL (
    SELECT hub.batch_name(b.batch_id) AS batch,
           b.name || CASE WHEN b.files IS NULL OR $2 = 'ack' THEN ''
                          WHEN p.base ~* '(^|\.)B[0-9]+$' OR EXISTS (
                              SELECT FROM part o WHERE o.batch_id <> p.batch_id AND lower(o.base) = lower(p.base))
                          THEN '.' || p.base || '.' || hub.batch_name(b.batch_id)
                          ELSE '.' || p.base END AS name) n
WHERE b.batch_id = $1::bigint
