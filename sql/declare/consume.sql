-- The bundle has its documents: it can be written, and what it took is not ready any more. The
-- transaction's snapshot keeps what became ready since. Parameters $1 agency, $2 bundle_id
WITH taken AS (DELETE FROM hub.ready WHERE agency = $1)
UPDATE hub.bundle SET state = 'open' WHERE bundle_id = $2::bigint
