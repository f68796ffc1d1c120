-- The upload of a batch, how many of its batches are not at their end, whose it is, and its bytes. Parameter $1 batch_id
SELECT b.upload_id,
       (SELECT count(*) FROM hub.batch o WHERE o.upload_id = b.upload_id AND o.state = 'received'), b.party, b.size
FROM hub.batch b WHERE b.batch_id = $1::bigint
