-- One verdict a touched trade, and what it waits for.
-- Takes    flows, breaks, lacks     Leaves  verdicts (temporary)
CREATE TEMP TABLE verdicts ON COMMIT DROP AS
SELECT f.subject_hash, f.issuer, f.order_no, f.order_row, waiting_for,
       CASE WHEN f.void THEN 'void'
            WHEN b.tid IS NOT NULL THEN 'broken'
            WHEN waiting_for <> '{}' THEN 'waiting'
            ELSE 'matched' END AS verdict
FROM (SELECT flows.*, CASE WHEN void THEN '{}' ELSE array_remove(ARRAY[
              CASE WHEN NOT has_order THEN 'order' END,
              CASE WHEN has_order AND needs_payment AND payments IS NULL THEN 'payment' END,
              CASE WHEN has_order AND waybills IS NULL THEN 'logistics' END,
              CASE WHEN l.tid IS NOT NULL THEN 'rate' END], NULL) END AS waiting_for
      FROM flows LEFT JOIN (SELECT DISTINCT tid FROM lacks) l USING (tid)) f
LEFT JOIN (SELECT DISTINCT tid FROM breaks) b ON b.tid = f.tid
ORDER BY f.subject_hash;
