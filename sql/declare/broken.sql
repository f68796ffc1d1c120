-- A kind whose documents could not be made: what asks for it waits, and the next bundle takes it again. What is ready
-- is taken all the same, for the other kinds. Takes ready_now, things_now, rules.
-- Parameters $1 agency, $2 bundle_id, $3 kind, $4 code, $5 reason, $6 now
INSERT INTO hub.aside (trade_hash, agency, kind, bundle_id, what, key_code, order_no, row_id, order_row, state, code, reason, since)
SELECT trade_hash, $1, $3, $2::bigint, what, key_code, order_no, row_id, CASE what WHEN 'trade' THEN row_id END,
       'waiting', $4, $5, $6::timestamptz
FROM (SELECT 'trade' AS what, trade_hash, key_code, order_no, order_row AS row_id FROM ready_now WHERE $3 = ANY (kinds)
      UNION ALL
      SELECT what, trade_hash, key_code, order_no, row_id FROM things_now
      WHERE what IN (SELECT what FROM rules WHERE kind = $3)) n
ORDER BY trade_hash
