-- The upload of a batch, how many of its batches are not at their end, and whose it is. Parameter $1 batch_id
SELECT b.upload_id,
       (SELECT count(*) FROM hub.batch o WHERE o.upload_id = b.upload_id AND o.state = 'received'), b.party
FROM hub.batch b WHERE b.batch_id = $1::bigint
