-- What of a trade could not be written. Parameters $1 trade_hash, $2 key_code, $3 order_no
SELECT agency, kind, CASE state WHEN 'dropped' THEN 'given up' ELSE state END AS state, date_trunc('second', since) AS since, place AS rows,
       code, reason,
       CASE WHEN state IN ('aside', 'dropped') THEN 'landport bundle retry ' || order_no || ' --kind ' || kind || ' --reason "…"'
            WHEN state = 'waiting' THEN 'landport bundle retry --all --kind ' || kind || ' --reason "…"' END AS next, NULL::text AS want
FROM hub.aside_place
WHERE trade_hash = $1::bigint AND key_code = $2 AND order_no = $3 AND state NOT IN ('written', 'replaced')
ORDER BY aside_id
