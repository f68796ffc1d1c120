-- Documents at fault leave their bundle, which is open and not sent; the others close up, so that doc_no counts from 1.
-- Takes faults (kind, doc_no or NULL for all of the kind, code, reason). Settings hub.bundle_id, hub.now
-- What follows: the messages of the kinds anew, declare/messages.sql.

CREATE TEMP TABLE leaving ON COMMIT DROP AS
SELECT d.*, b.agency, f.code, f.reason, CASE WHEN f.doc_no IS NULL THEN 'waiting' ELSE 'aside' END AS fate
FROM faults f
JOIN hub.document d ON d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)
                   AND d.kind = f.kind AND d.doc_no = coalesce(f.doc_no, d.doc_no)
                   AND (f.doc_no IS NULL OR f.kind NOT IN (SELECT kind FROM faults WHERE doc_no IS NULL))
JOIN hub.bundle b USING (bundle_id);
ANALYZE leaving (subject_hash);
-- What takes back and what is said in its place go together (hub.report_pair): one without the other would leave the agency two figures, or none.
INSERT INTO leaving
SELECT DISTINCT ON (d.subject_hash, d.guid) d.*, l.agency, l.code, 'goes with the one that takes back, or is said in its place: ' || l.reason, l.fate
FROM leaving l
JOIN hub.report_pair p ON p.subject_hash = l.subject_hash AND p.kind = l.kind AND p.row_id = l.source_row
JOIN hub.document d ON d.subject_hash = p.subject_hash AND d.kind = p.kind AND d.source_row = p.other_row
                   AND d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)
WHERE NOT EXISTS (SELECT 1 FROM leaving o WHERE o.subject_hash = d.subject_hash AND o.guid = d.guid)
ORDER BY d.subject_hash, d.guid, l.doc_no;

UPDATE hub.aside a SET state = 'replaced', ended_at = (SELECT current_setting('hub.now')::timestamptz)
FROM leaving l
WHERE a.subject_hash = l.subject_hash AND a.agency = l.agency AND a.state IN ('aside', 'waiting', 'dropped')
  AND a.first_guid = coalesce(l.first_guid, l.guid);

INSERT INTO hub.aside (subject_hash, agency, kind, bundle_id, what, issuer, number, row_id, first_guid,
    order_row, payment_row, waybill_row, source_row, state, code, reason, since)
SELECT l.subject_hash, l.agency, l.kind, l.bundle_id, coalesce(t.what, ''), coalesce(t.issuer, ''),
       coalesce(t.number, ''), t.row_id, coalesce(l.first_guid, l.guid),
       l.order_row, l.payment_row, l.waybill_row, l.source_row, l.fate, l.code, l.reason,
       (SELECT current_setting('hub.now')::timestamptz)
FROM leaving l
LEFT JOIN LATERAL (SELECT * FROM hub.document_thing t WHERE t.subject_hash = l.subject_hash AND t.guid = l.guid OFFSET 0) t ON true
ORDER BY l.kind, l.doc_no;

DELETE FROM hub.document d USING leaving l WHERE d.subject_hash = l.subject_hash AND d.guid = l.guid;

UPDATE hub.document d SET doc_no = n.doc_no
FROM (SELECT subject_hash, guid, doc_no AS was, row_number() OVER (PARTITION BY kind ORDER BY doc_no) AS doc_no
      FROM hub.document
      WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND kind IN (SELECT kind FROM faults)) n
WHERE d.subject_hash = n.subject_hash AND d.guid = n.guid AND n.was <> n.doc_no;

DELETE FROM hub.message WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)
    AND kind IN (SELECT kind FROM faults);
DELETE FROM hub.bundle_sum WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)
    AND kind IN (SELECT kind FROM faults);

UPDATE hub.bundle b SET lacks = b.lacks || f.lacks
FROM (SELECT jsonb_object_agg(kind, jsonb_build_object('code', code, 'reason', reason)) AS lacks FROM faults WHERE doc_no IS NULL) f
WHERE b.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND f.lacks IS NOT NULL;

-- Nothing is left but what waits for its kind: then the bundle is not "nothing to tell", and takes its documents anew.
UPDATE hub.bundle b SET state = 'begun'
WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)
  AND EXISTS (SELECT 1 FROM faults WHERE doc_no IS NULL)
  AND NOT EXISTS (SELECT 1 FROM hub.document d WHERE d.bundle_id = b.bundle_id)
