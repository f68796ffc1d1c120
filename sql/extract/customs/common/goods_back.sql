-- goods_back: goods come back by the number of the list they went out or came in with, and no more of each line than was on it
-- (X-27, M-19). What was let go once stays so.

-- held
SELECT subject_hash, row_id
FROM things_now
WHERE what = 'return' AND held AND NOT hub.can_return(subject_hash, issuer, number, row_id)
