-- Files of a party's done/ that no batch stands for: a backup of the database was put back, and they came after it. What
-- lies beside a file (.sum) goes with it. Parameters $1 party, $2 JSON [[name, size, mtime], …]
SELECT f ->> 0 AS name, (f ->> 1)::bigint AS bytes, to_timestamp((f ->> 2)::bigint) AS written,
       regexp_replace(f ->> 0, '[.]B[0-9]{6,}$', '') AS upload
FROM jsonb_array_elements($2::jsonb) f
WHERE f ->> 0 !~* '[.]sum$' AND NOT EXISTS (
    SELECT 1 FROM hub.batch b
    WHERE b.party = $1 AND b.size = (f ->> 1)::bigint AND b.mtime = (f ->> 2)::bigint
      AND f ->> 0 IN (b.name, b.name || '.' || hub.batch_name(b.upload_id)))
ORDER BY 3, 1
