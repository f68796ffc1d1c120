-- The newest version of each document the agency has of these trades and things; %1$s selects their subject_hash. And what of
-- it stands there: the newest that was not refused, unless it was withdrawn.
-- A look-up each (OFFSET 0): tables of many nights would be read through for the trades of one. Setting hub.agency
CREATE TEMP TABLE declared ON COMMIT DROP AS
SELECT DISTINCT ON (d.subject_hash, first_guid)
       d.subject_hash, first_guid, d.kind, d.version, d.app_type, d.state, d.resend,
       d.order_row, d.payment_row, d.waybill_row, d.source_row, d.content, d.closed,
       d.state IS DISTINCT FROM 'refused' AND d.state IS DISTINCT FROM 'withdrawn' AS stands,
       coalesce(d.cop_guid, d.guid) AS cop_guid, d.pre_no, d.invt_no
FROM (%1$s) n
CROSS JOIN LATERAL (SELECT coalesce(d.first_guid, d.guid) AS first_guid, d.subject_hash, d.guid, d.bundle_id, d.kind, d.version, d.app_type,
                           d.state, d.resend, d.order_row, d.payment_row, d.waybill_row, d.source_row, d.content, d.closed, d.cop_guid, d.pre_no, d.invt_no
                    FROM hub.document d WHERE d.subject_hash = n.subject_hash OFFSET 0) d
JOIN hub.bundle b USING (bundle_id)
WHERE b.agency = (SELECT current_setting('hub.agency'))
ORDER BY d.subject_hash, first_guid, d.version DESC;
ANALYZE declared (subject_hash, first_guid);
-- Of several columns that go together the planner expects one row, and would read all of this for each: by the key it meets few whatever it
-- expects.
CREATE INDEX ON declared (subject_hash);

-- A change that was refused leaves what it would have changed. Few: one look-up each.
UPDATE declared n SET stands = l.state IS DISTINCT FROM 'withdrawn', cop_guid = coalesce(l.cop_guid, l.guid),
    pre_no = l.pre_no, invt_no = l.invt_no, closed = l.closed
FROM declared r
CROSS JOIN LATERAL (
    SELECT l.* FROM hub.document l
    WHERE l.subject_hash = r.subject_hash AND coalesce(l.first_guid, l.guid) = r.first_guid AND l.state IS DISTINCT FROM 'refused'
    ORDER BY l.version DESC LIMIT 1) l
WHERE r.state = 'refused' AND r.version > 1 AND n.subject_hash = r.subject_hash AND n.first_guid = r.first_guid
