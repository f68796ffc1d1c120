-- Documents of one kind for a bundle, numbered in the order of their keys; %1$s is the
-- "documents" section of the kind's extract file, with `says`: the appType a document must have (declare/report.sql), else NULL;
-- an end (3) of what does not stand over there is not told. What was declared with the same rows, and
-- content where it has one, is left out, but for what shall be sent again. What was ended (3) and comes again is new.
-- Settings hub.bundle_id, hub.agency, hub.kind, hub.zone
INSERT INTO hub.document (subject_hash, guid, bundle_id, kind, doc_no, version, app_type, first_guid,
    order_row, payment_row, waybill_row, source_row, content, currency, amount,
    cop_guid, pre_no, invt_no, told_pre_no, told_invt_no, by_cop)
SELECT d.subject_hash,
    CASE d.version WHEN 1 THEN d.first_guid
         ELSE hub.guid((SELECT current_setting('hub.zone')), (SELECT current_setting('hub.agency')),
                       (SELECT current_setting('hub.kind')), d.issuer, d.number, d.part_key,
                       d.version::text) END,
    (SELECT current_setting('hub.bundle_id')::bigint), (SELECT current_setting('hub.kind')),
    row_number() OVER (ORDER BY d.subject_hash, d.part_key, d.order_row), d.version,
    d.app_type, CASE WHEN d.version > 1 THEN d.first_guid END,
    d.order_row, d.payment_row, d.waybill_row, d.source_row, d.content, d.currency, d.amount,
    d.cop_guid, d.pre_no, d.invt_no, CASE WHEN d.app_type <> '1' THEN d.pre_no END, CASE WHEN d.app_type <> '1' THEN d.invt_no END,
    (SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM hub.receipt_kind k
                                  WHERE k.folder IN ('', hub.folder_of((SELECT current_setting('hub.agency'))))
                                    AND k.answers IN ('', (SELECT current_setting('hub.kind'))) AND k.found_by IN ('order', 'payment', 'waybill', 'thing', 'key', 'file', 'whole'))
                   OR EXISTS (SELECT 1 FROM hub.receipt_kind k WHERE k.folder IN ('', hub.folder_of((SELECT current_setting('hub.agency'))))
                                AND k.answers IN ('', (SELECT current_setting('hub.kind'))) AND k.found_by = 'cop')
            THEN true END)
FROM (SELECT q.*, coalesce(o.version, 0) + 1 AS version, s.app_type,
             -- a change bears the number it changes, and what the agency calls it
             s.cop_guid, CASE WHEN s.cop_guid IS NOT NULL THEN o.pre_no END AS pre_no,
             CASE WHEN s.cop_guid IS NOT NULL THEN o.invt_no END AS invt_no
      FROM (SELECT q.*, hub.guid((SELECT current_setting('hub.zone')), (SELECT current_setting('hub.agency')),
                                 (SELECT current_setting('hub.kind')), q.issuer, q.number, q.part_key,
                                 '1') AS first_guid
            FROM (%1$s) q OFFSET 0) q
      LEFT JOIN declared o ON o.subject_hash = q.subject_hash AND o.first_guid = q.first_guid
      CROSS JOIN LATERAL (
          -- the row of its own feed says something where nothing else does
          SELECT (o.order_row, o.payment_row, o.waybill_row, o.content)
                 IS DISTINCT FROM (q.order_row, q.payment_row, q.waybill_row, q.content)
                 OR num_nonnulls(q.order_row, q.payment_row, q.waybill_row, q.content) = 0 AND o.source_row IS DISTINCT FROM q.source_row AS yes) changed
      CROSS JOIN LATERAL (SELECT coalesce(o.app_type = '3' AND o.state IS DISTINCT FROM 'refused', false) AS yes) ended
      CROSS JOIN LATERAL (
          -- what was refused or withdrawn is not there to be changed; what is sent once more says what it said
          SELECT CASE WHEN q.says IS NULL AND (o.version IS NULL OR NOT o.stands OR ended.yes) THEN '1'
                      WHEN o.resend AND NOT changed.yes THEN o.app_type
                      ELSE coalesce(q.says, '2') END AS app_type,
                 CASE WHEN o.stands AND q.says IS DISTINCT FROM '1' AND NOT (q.says IS NULL AND ended.yes) THEN o.cop_guid END AS cop_guid) s
      WHERE (o.version IS NULL OR o.resend
             OR (changed.yes OR ended.yes AND q.says IS NULL OR q.says = '3' AND o.app_type <> '3') AND NOT coalesce(o.closed AND o.stands, false))
        AND NOT coalesce(q.says = '3' AND o.stands IS NOT TRUE, false)) d
ORDER BY d.subject_hash, d.part_key, d.order_row
