-- The newest version of each document of a trade. What is accepted or under way is not sent again: it would be a
-- second declaration, or be refused as a repeat (ceb-messages G-07).
-- Parameters $1 trade_hash, $2 key_code, $3 order_no, $4 kind (NULL: any), $5 agency (NULL: any)
SELECT d.trade_hash, d.guid, b.agency, d.kind, d.version, coalesce(d.state, 'no answer yet') AS state, b.name AS bundle,
       (d.state IS NULL OR d.state IN ('refused', 'human')) AND b.state = 'published' AND NOT d.resend AND o.current
       AND EXISTS (SELECT 1 FROM hub.trade t WHERE t.trade_hash = d.trade_hash AND t.key_code = $2 AND t.order_no = $3
                   AND t.verdict = 'matched') AS possible,
       d.resend AS asked
FROM (SELECT DISTINCT ON (coalesce(d.first_guid, d.guid)) d.*
      FROM hub.document d WHERE d.trade_hash = $1::bigint
      ORDER BY coalesce(d.first_guid, d.guid), d.version DESC) d
JOIN hub.bundle b USING (bundle_id)
JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
WHERE o.key_code = $2 AND o.order_no = $3 AND d.source_row IS NULL
  AND ($4::text IS NULL OR d.kind = $4) AND ($5::text IS NULL OR b.agency = $5)
ORDER BY b.agency, d.kind, d.doc_no
