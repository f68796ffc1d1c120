-- It was as it had been: looked at less often the longer it has been so, and at last no more.
-- Parameters $1 upload_id, $2 now
WITH over AS (DELETE FROM hub.watch WHERE upload_id = $1::bigint AND until <= $2::timestamptz)
UPDATE hub.watch SET look_at = least(until, $2::timestamptz + ($2::timestamptz - taken_at))
WHERE upload_id = $1::bigint AND until > $2::timestamptz
