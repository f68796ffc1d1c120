-- A kind whose documents could not be stored as its extract file names them (%1$s), looked at more closely: documents that
-- are named twice, and of things that are not ready but were told before. Leaves named, which takes its place, and
-- declared with what those were told. Settings hub.bundle_id, hub.agency, hub.kind, hub.zone, hub.now
DROP TABLE IF EXISTS named, named_twice;
CREATE TEMP TABLE named ON COMMIT DROP AS SELECT DISTINCT * FROM (%1$s) q;
DROP TABLE declared; -- the section may have asked it

CREATE TEMP TABLE named_twice ON COMMIT DROP AS
SELECT subject_hash, issuer, number, part_key FROM named GROUP BY 1, 2, 3, 4 HAVING count(*) > 1;

-- With different content nobody knows which is meant.
INSERT INTO hub.aside (subject_hash, agency, kind, bundle_id, what, issuer, number, row_id, first_guid,
    order_row, payment_row, waybill_row, source_row, state, code, reason, since)
SELECT DISTINCT ON (n.subject_hash, n.issuer, n.number, n.part_key)
       n.subject_hash, (SELECT current_setting('hub.agency')), (SELECT current_setting('hub.kind')),
       (SELECT current_setting('hub.bundle_id')::bigint),
       m.what, n.issuer, n.number, CASE m.what WHEN 'trade' THEN n.order_row ELSE n.source_row END,
       hub.guid((SELECT current_setting('hub.zone')), (SELECT current_setting('hub.agency')), (SELECT current_setting('hub.kind')), n.issuer,
                n.number, n.part_key, '1'),
       n.order_row, n.payment_row, n.waybill_row, n.source_row, 'aside', 'E1062', 'named twice' || coalesce(', part ' || nullif(n.part_key, ''), ''),
       (SELECT current_setting('hub.now')::timestamptz)
FROM named n JOIN named_twice USING (subject_hash, issuer, number, part_key)
LEFT JOIN hub.aside k -- it stands already where a run was killed between the two lanes
    ON k.subject_hash = n.subject_hash AND k.agency = (SELECT current_setting('hub.agency')) AND k.kind = (SELECT current_setting('hub.kind'))
   AND k.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND k.state = 'aside' AND k.code = 'E1062'
   AND (k.issuer, k.number, k.source_row) IS NOT DISTINCT FROM (n.issuer, n.number, n.source_row)
CROSS JOIN (SELECT coalesce(min(what), '') AS what FROM hub.asks WHERE kind = (SELECT current_setting('hub.kind'))) m
WHERE k.aside_id IS NULL
ORDER BY n.subject_hash, n.issuer, n.number, n.part_key, n.order_row, n.source_row;

DELETE FROM named n USING named_twice t
WHERE n.subject_hash = t.subject_hash AND n.issuer = t.issuer AND n.number = t.number AND n.part_key = t.part_key;

-- What is aside or was given up, and is not ready anew, is not tried again only because it is named.
DELETE FROM named n USING hub.aside a
WHERE a.subject_hash = n.subject_hash AND a.agency = (SELECT current_setting('hub.agency')) AND a.kind = (SELECT current_setting('hub.kind'))
  AND a.state IN ('aside', 'dropped')
  AND a.first_guid = hub.guid((SELECT current_setting('hub.zone')), (SELECT current_setting('hub.agency')), (SELECT current_setting('hub.kind')),
                              n.issuer, n.number, n.part_key, '1')
  AND (a.order_row, a.payment_row, a.waybill_row, a.source_row)
      IS NOT DISTINCT FROM (n.order_row, n.payment_row, n.waybill_row, n.source_row)
  AND n.subject_hash NOT IN (SELECT subject_hash FROM ready_now UNION ALL SELECT subject_hash FROM things_now);
ANALYZE named (subject_hash)
