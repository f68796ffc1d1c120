-- Trades that have waited too long. Where those touched since last time could not be judged, not of what came with them: it may be what
-- they waited for. Parameters $1 now (timestamptz), $2 days, $3 all are judged (boolean)
UPDATE hub.trade SET verdict = 'overdue', since = $1::timestamptz, checked_at = $1::timestamptz
WHERE verdict = 'waiting' AND since < $1::timestamptz - make_interval(days => $2::int)
  AND NOT EXISTS (
      SELECT 1
      FROM (SELECT subject_hash, batch_id FROM hub.trade_order
            UNION ALL
            SELECT subject_hash, batch_id FROM hub.payment
            UNION ALL
            SELECT subject_hash, batch_id FROM hub.waybill) t
      WHERE NOT $3::boolean AND t.subject_hash = trade.subject_hash
        AND t.batch_id = ANY (ARRAY (SELECT batch_id FROM hub.batch WHERE state = 'loaded' AND NOT reconciled)))
