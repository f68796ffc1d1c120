-- A kind whose documents could not be made: what asks for it waits, and the next bundle takes it again. What is ready
-- is taken all the same, for the other kinds. Takes ready_now, things_now, asks_now.
-- Parameters $1 agency, $2 bundle_id, $3 kind, $4 code, $5 reason, $6 now
INSERT INTO hub.aside (subject_hash, agency, kind, bundle_id, what, issuer, number, row_id, order_row, state, code, reason, since)
SELECT subject_hash, $1, $3, $2::bigint, what, issuer, number, row_id, CASE what WHEN 'trade' THEN row_id END,
       'waiting', $4, $5, $6::timestamptz
FROM (SELECT 'trade' AS what, subject_hash, issuer, order_no AS number, order_row AS row_id FROM ready_now WHERE $3 = ANY (kinds)
      UNION ALL
      SELECT what, subject_hash, issuer, number, row_id FROM things_now
      WHERE what IN (SELECT what FROM asks_now WHERE kind = $3)) n
ORDER BY subject_hash
