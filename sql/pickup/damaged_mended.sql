-- They are there again. Parameter $1 file_id
WITH b AS (UPDATE hub.batch SET code = NULL, seen = NULL
           WHERE file_id = $1 AND state = 'received' AND code = 'E1005')
DELETE FROM hub.damaged_file WHERE file_id = $1
