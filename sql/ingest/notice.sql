-- Something more that the partner is told of a batch. Parameters $1 batch_id, $2 code, $3 seen, $4 want
UPDATE hub.batch SET notices = notices || jsonb_build_array(jsonb_build_object('code', $2::text, 'seen', $3::text, 'want', $4::text))
WHERE batch_id = $1::bigint
