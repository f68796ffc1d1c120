-- The batches loaded since last time, as an array; NULL: nothing to do.
SELECT array_agg(batch_id ORDER BY batch_id) FROM hub.batch WHERE state = 'loaded' AND NOT reconciled
