-- Why batches of an upload are held or refused as a whole, that one takes the place of one that was taken too early or had been
-- cut off (E3092, E3120), what of that one stands no more, or that it could not be told to be its whole (E3125), and
-- what else is told of them, in this order. Parameter $1 upload_id
SELECT batch_id, code, seen, want FROM (
    SELECT batch_id, -2 AS nth, code, seen, want FROM hub.batch WHERE upload_id = $1::bigint AND code IS NOT NULL
    UNION ALL
    SELECT b.batch_id, -1, CASE e.code WHEN 'E3121' THEN 'E3120' ELSE 'E3092' END, NULL, hub.batch_name(e.batch_id)
    FROM hub.batch b JOIN hub.batch e ON e.batch_id = b.replaces
    WHERE b.upload_id = $1::bigint
    UNION ALL
    SELECT b.batch_id, -1, 'E3122', o.name, NULL
    FROM hub.batch b JOIN hub.batch e ON e.upload_id = b.replaces
    JOIN hub.answer o ON o.batch_id = e.batch_id AND o.kind = 'rejects' AND o.proof IS NOT NULL
    WHERE b.upload_id = $1::bigint
      AND NOT EXISTS (SELECT 1 FROM hub.answer n WHERE n.party = o.party AND n.name = o.name AND n.answer_id > o.answer_id)
    UNION ALL
    SELECT f.batch_id, -1, 'E3125', hub.batch_name(max(h.batch_id)), NULL
    FROM hub.batch f JOIN hub.batch h ON h.party = f.party AND h.name = f.name AND h.batch_id < f.batch_id
     AND h.state = 'held' AND h.code = 'E3045' AND h.part_of IS NULL
    WHERE f.upload_id = $1::bigint AND f.batch_id = f.upload_id AND f.state IN ('loaded', 'rejected')
    GROUP BY f.batch_id
    UNION ALL
    SELECT batch_id, n.nth, n.notice ->> 'code', n.notice ->> 'seen', n.notice ->> 'want'
    FROM hub.batch b CROSS JOIN LATERAL jsonb_array_elements(b.notices) WITH ORDINALITY n (notice, nth)
    WHERE b.upload_id = $1::bigint) r
ORDER BY batch_id, nth, code
