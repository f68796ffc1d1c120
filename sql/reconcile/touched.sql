-- The keys that batches loaded since last time have touched, those that rules say their rows concern (touches.sql), those whose rate has
-- come, and those somebody wants judged anew.
-- Settings hub.batches (array), hub.business_date, hub.low, hub.high (this lane's part of the trades)
-- Takes    touches
-- Leaves   touched_again; touched (temporary, for the other files of this folder), in the order of the keys that look the archive's rows up
-- + 0: else half of the archive's primary key is read to find out which of the batches' rows are this lane's

-- What is asked for while these are judged stays for the next (reconcile/verdicts.sql).
CREATE TEMP TABLE touched_again ON COMMIT DROP AS
SELECT * FROM hub.touch_again
WHERE subject_hash BETWEEN (SELECT current_setting('hub.low')::bigint) AND (SELECT current_setting('hub.high')::bigint);

CREATE TEMP TABLE touched ON COMMIT DROP AS
SELECT row_number() OVER ()::int AS tid, u.*   -- one integer to join by instead of the key
FROM (SELECT subject_hash, issuer, order_no
      FROM (SELECT subject_hash, issuer, order_no, batch_id FROM hub.trade_order
            UNION ALL
            SELECT subject_hash, issuer, order_no, batch_id FROM hub.payment
            UNION ALL
            SELECT subject_hash, issuer, order_no, batch_id FROM hub.waybill) t
      WHERE batch_id = ANY (ARRAY (SELECT unnest(current_setting('hub.batches')::bigint[])))
        AND subject_hash + 0 BETWEEN (SELECT current_setting('hub.low')::bigint)
                               AND (SELECT current_setting('hub.high')::bigint)
      UNION
      SELECT subject_hash, issuer, order_no
      FROM (SELECT subject_hash, issuer, order_no FROM touches
            UNION ALL
            SELECT subject_hash, issuer, order_no FROM touched_again
            UNION ALL
            SELECT m.subject_hash, m.issuer, m.order_no
            FROM hub.rates_arrived(to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')) r
            JOIN hub.missing_rate m USING (kind, code)) a
      WHERE subject_hash BETWEEN (SELECT current_setting('hub.low')::bigint) AND (SELECT current_setting('hub.high')::bigint)
      ORDER BY subject_hash) u;
ANALYZE touched (subject_hash);
