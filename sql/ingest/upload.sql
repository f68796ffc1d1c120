-- The upload of a batch, how many of its batches are not at their end, whose it is, its bytes, the rows that were refused
-- of the batch and before it of other batches of the upload, and the bytes that came back of those. Parameter $1 batch_id
SELECT b.upload_id,
       (SELECT count(*) FROM hub.batch o WHERE o.upload_id = b.upload_id AND o.state = 'received') AS open, b.party, b.size,
       b.rejected,
       (SELECT sum(o.rejected) FROM hub.batch o WHERE o.upload_id = b.upload_id AND o.item < b.item) AS rejected_before,
       (SELECT sum(w.bytes) FROM hub.answer w JOIN hub.batch o USING (batch_id)
        WHERE o.upload_id = b.upload_id AND o.item < b.item AND w.kind = 'rejects' AND w.state <> 'replaced') AS bytes_before
FROM hub.batch b WHERE b.batch_id = $1::bigint
