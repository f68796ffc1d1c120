-- A published bundle goes out once more, with the same bytes. Parameters $1 bundle_id, $2 who, $3 reason, $4 now
WITH u AS (INSERT INTO hub.audit (at, who, what, object, reason)
           SELECT $4::timestamptz, $2, 'bundle republish', name, $3 FROM hub.bundle WHERE bundle_id = $1::bigint)
UPDATE hub.bundle SET state = 'closed' WHERE bundle_id = $1::bigint AND state = 'published'
