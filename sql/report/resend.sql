-- Documents go into their agency's next bundle once more; how many. Where they are all of a message that could not be read over
-- there, a person has looked at that. Parameters $1 subject_hash, $2 guid (arrays), $3 who, $4 reason, $5 now, $6 bundle_id, $7 kind (NULL: any),
-- $8 before, $9 last (as in report/resend_find.sql)
WITH d AS (
    UPDATE hub.document d SET resend = true
    FROM unnest($1::bigint[], $2::uuid[]) c (subject_hash, guid)
    WHERE d.subject_hash = c.subject_hash AND d.guid = c.guid AND NOT d.resend AND (d.state IS NULL OR d.state IN ('refused', 'human'))
    RETURNING d.subject_hash, d.guid, d.kind, d.order_row, d.source_row, d.bundle_id
), o AS MATERIALIZED (
    SELECT d.kind, b.agency, t.*
    FROM d JOIN hub.bundle b USING (bundle_id)
    CROSS JOIN LATERAL (SELECT * FROM hub.document_thing t WHERE t.subject_hash = d.subject_hash AND t.guid = d.guid OFFSET 0) t
), told AS (
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT $5::timestamptz, $3, 'bundle resend', kind || ' ' || number || ' ' || upper(guid::text), $4 FROM o
), seen AS (
    UPDATE hub.receipt r SET cleared_at = $5::timestamptz
    FROM hub.message_span m
    WHERE m.bundle_id = $6::bigint AND ($7::text IS NULL OR m.kind = $7) AND m.before >= $8::bigint AND m.before + m.documents <= $9::bigint
      AND r.message_guid = m.guid AND r.effect = 'held' AND r.cleared_at IS NULL AND r.code = 'E6002'
), ready AS (
    INSERT INTO hub.ready (agency, what, subject_hash, issuer, number, row_id)
    SELECT DISTINCT o.agency, o.what, o.subject_hash, o.issuer, o.number, o.row_id FROM o
    WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = o.agency AND r.what = o.what
                      AND r.subject_hash = o.subject_hash AND r.row_id = o.row_id)
)
SELECT count(*) FROM o
