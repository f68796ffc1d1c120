-- The remote file lies in done/. Parameter $1 upload_id
WITH b AS (UPDATE hub.batch SET moved = true WHERE upload_id = $1::bigint RETURNING party, name)
DELETE FROM hub.seen s USING b
WHERE s.party = b.party AND s.name IN (b.name, b.name || '.sum', b.name || '.SUM', '.taken.' || b.name)
