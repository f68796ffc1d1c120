-- The newest version of each document of an order, or of those a bundle holds: what was declared anew since is not among them.
-- What is accepted or under way is not sent again: it would be a second declaration, or be refused as a repeat (ceb-messages G-07).
-- Parameters $1 subject_hash, $2 issuer, $3 number (NULL: of a bundle), $4 kind (NULL: any), $5 agency (NULL: any),
-- $6 bundle_id, $7 before, $8 last (doc_no; NULL: of an order)
WITH asked AS MATERIALIZED (
    SELECT * FROM hub.document WHERE subject_hash = $1::bigint
    UNION ALL
    SELECT * FROM hub.document WHERE bundle_id = $6::bigint AND doc_no > $7::bigint AND doc_no <= $8::bigint
)
SELECT d.subject_hash, d.guid, b.agency, d.kind, d.version, coalesce(d.state, 'no answer yet') AS state, b.name AS bundle,
       w.why IS NULL AS possible, w.why, hub.subject_word(t.what, t.issuer, t.number) AS number
FROM asked d
JOIN hub.bundle b USING (bundle_id)
LEFT JOIN LATERAL (SELECT * FROM hub.document_thing t WHERE t.subject_hash = d.subject_hash AND t.guid = d.guid OFFSET 0) t ON true
LEFT JOIN hub.trade m ON t.what = 'trade' AND m.subject_hash = t.subject_hash AND m.issuer = t.issuer AND m.order_no = t.number
CROSS JOIN LATERAL (
    SELECT d.payment_row IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM hub.payment v
               JOIN hub.payment c ON c.subject_hash = v.subject_hash AND c.issuer = v.issuer AND c.order_no = v.order_no
                                 AND c.part_key = v.part_key AND c.current AND c.app_type <> '3'
               WHERE v.subject_hash = d.subject_hash AND v.row_id = d.payment_row)
        OR d.waybill_row IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM hub.waybill v
               JOIN hub.waybill c ON c.subject_hash = v.subject_hash AND c.issuer = v.issuer AND c.order_no = v.order_no
                                 AND c.part_key = v.part_key AND c.current AND c.app_type <> '3'
               WHERE v.subject_hash = d.subject_hash AND v.row_id = d.waybill_row) AS void) part
CROSS JOIN LATERAL (
    SELECT CASE WHEN d.resend THEN 'asked for before'
                WHEN d.state NOT IN ('refused', 'human') THEN 'stays: it would be declared twice'
                WHEN b.state <> 'published' THEN 'stays: its bundle is not published yet'
                WHEN t.stands IS NOT TRUE OR part.void THEN 'stays: its rows were changed or voided since, which is told by itself'
                WHEN t.what = 'trade' AND m.verdict <> 'matched' THEN 'stays: its trade is ' || m.verdict || ' now' END AS why) w
WHERE ($1::bigint IS NULL OR t.issuer = $2 AND t.number = $3)
  AND ($4::text IS NULL OR d.kind = $4) AND ($5::text IS NULL OR b.agency = $5)
  AND NOT EXISTS (SELECT 1 FROM hub.document n
                  WHERE n.subject_hash = d.subject_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version)
ORDER BY b.agency, d.kind, d.doc_no
