-- What other feeds brought since last time becomes ready for each agency; declare keeps what it takes.
-- Settings hub.batches (array), hub.low, hub.high, hub.agencies (comma-separated)

CREATE TEMP TABLE things ON COMMIT DROP AS
SELECT t.*
FROM (SELECT 'departure' AS what, true AS held, subject_hash, issuer, number, row_id, batch_id, app_type
      FROM hub.departure WHERE current
      UNION ALL
      SELECT 'entry', false, subject_hash, issuer, number, row_id, batch_id, app_type
      FROM hub.entry WHERE current
      UNION ALL
      SELECT 'return', true, subject_hash, issuer, order_no, row_id, batch_id, app_type
      FROM hub.goods_return WHERE current
      UNION ALL
      SELECT 'tally', false, subject_hash, issuer, number, row_id, batch_id, app_type
      FROM hub.tally WHERE current
      UNION ALL
      SELECT 'status', false, subject_hash, issuer, number, row_id, batch_id, app_type
      FROM hub.waybill_status WHERE current) t
WHERE batch_id = ANY (ARRAY (SELECT unnest(current_setting('hub.batches')::bigint[])))
  AND subject_hash + 0 BETWEEN (SELECT current_setting('hub.low')::bigint)
                         AND (SELECT current_setting('hub.high')::bigint);

DELETE FROM hub.ready r USING things t
WHERE r.what = t.what AND r.subject_hash = t.subject_hash AND r.issuer = t.issuer AND r.number = t.number
  AND r.what <> 'return';   -- of which an order may have several
INSERT INTO hub.ready (agency, what, held, subject_hash, issuer, number, row_id)
SELECT agency, what, held, subject_hash, issuer, number, row_id
FROM things, string_to_table(nullif((SELECT current_setting('hub.agencies')), ''), ',') agency
WHERE app_type <> '3';
