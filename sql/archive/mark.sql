-- The file is in the archive. Parameter $1 file_id
WITH b AS (UPDATE hub.batch SET archived = true
           WHERE file_id = $1 AND moved AND state IN ('loaded', 'rejected', 'duplicate', 'discarded'))
UPDATE hub.bundle SET archived = true WHERE file_id = $1 AND state = 'published'
