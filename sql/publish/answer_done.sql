-- It was read back from the other side. Parameters $1 answer_id, $2 proof (jsonb), $3 now
UPDATE hub.answer SET state = 'published', proof = $2::jsonb, published_at = $3::timestamptz
WHERE answer_id = $1::bigint
