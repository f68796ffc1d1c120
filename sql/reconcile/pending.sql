-- The batches loaded since last time, as an array, and their rows; NULL: nothing to do.
SELECT array_agg(batch_id ORDER BY batch_id), sum(rows) FROM hub.batch WHERE state = 'loaded' AND NOT reconciled
