-- It is no more in out/. Parameter $1 answer_id
UPDATE hub.answer SET recalled = true WHERE answer_id = $1::bigint
