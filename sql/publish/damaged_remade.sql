-- An answer has bytes again, perhaps others; without a file there is nothing to tell any more.
-- Parameters $1 answer_id, $2 file_id or NULL, $3 bytes
UPDATE hub.answer SET file_id = coalesce($2, file_id), bytes = coalesce($3::bigint, bytes),
                      state = CASE WHEN $2 IS NULL THEN 'replaced' ELSE state END
WHERE answer_id = $1::bigint AND state = 'ready'
