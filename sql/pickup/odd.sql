-- What lies in a drop box and can be nobody's upload, as it is listed now; what is there no more is forgotten.
-- Parameters $1 party, $2 JSON array of [hash of the name, the name as far as it can be shown, why], $3 now
WITH listed AS (
    SELECT DISTINCT ON (1) e ->> 0 AS name_hash, e ->> 1 AS shown, e ->> 2 AS why FROM jsonb_array_elements($2::jsonb) e),
gone AS (
    DELETE FROM hub.odd o
    WHERE party = $1 AND NOT EXISTS (SELECT 1 FROM listed l WHERE l.name_hash = o.name_hash))
INSERT INTO hub.odd (party, name_hash, shown, why, since)
SELECT $1, name_hash, shown, why, $3::timestamptz FROM listed
ON CONFLICT (party, name_hash) DO NOTHING
