-- The other data files of the same upload. Parameter $1 batch_id
SELECT hub.batch_name(o.batch_id) AS batch, o.item + 1 AS file, o.entry, o.feed, o.state, o.rows, o.accepted,
       o.repeated, o.rejected, o.code
FROM hub.batch b JOIN hub.batch o ON o.upload_id = b.upload_id
WHERE b.batch_id = $1::bigint AND o.batch_id <> b.batch_id ORDER BY o.item
