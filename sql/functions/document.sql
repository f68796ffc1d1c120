-- document: the state of what was told.

-- Documents that may be referred to: the newest version is accepted. issuer, order_no: of which order one of a part is.
CREATE OR REPLACE VIEW hub.accepted AS
SELECT d.subject_hash, d.order_row, d.kind, o.issuer, o.order_no, b.agency
FROM hub.document d
JOIN hub.bundle b USING (bundle_id)
LEFT JOIN hub.part_kind p ON p.kind = d.kind
LEFT JOIN hub.trade_order o ON p.kind IS NOT NULL AND o.subject_hash = d.subject_hash AND o.row_id = d.order_row
WHERE d.state = 'accepted'
  AND NOT EXISTS (SELECT 1 FROM hub.document n
                  WHERE n.subject_hash = d.subject_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version);

-- What an agency refused, or waits for a person there, and no later version takes the place of.
CREATE OR REPLACE VIEW hub.unsettled AS
SELECT d.subject_hash, d.guid, d.kind, d.state
FROM hub.document d
WHERE d.state IN ('human', 'refused')
  AND NOT EXISTS (SELECT 1 FROM hub.document n
                  WHERE n.subject_hash = d.subject_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version);

-- Voids of declared trades and of rows of feeds that no message of their agency tells, and which would: what was told stands over there until
-- one does.
-- Setting hub.closing: [{"agency", "date": business date, "kinds": []}, …]
CREATE OR REPLACE VIEW hub.untold_void AS
SELECT r.agency, r.what, r.subject_hash, r.issuer, r.number AS order_no, coalesce(string_agg(DISTINCT m.kind, ', '), '') AS kind
FROM hub.ready r
LEFT JOIN LATERAL (SELECT o.trade_mode, CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END AS ie_flag
                    FROM hub.trade_order o WHERE o.subject_hash = r.subject_hash AND o.row_id = r.row_id OFFSET 0) o ON r.what = 'void'
LEFT JOIN (SELECT a ->> 'agency' AS agency, to_date(a ->> 'date', 'YYYYMMDD') AS day, a -> 'kinds' AS kinds
           FROM jsonb_array_elements((SELECT current_setting('hub.closing')::jsonb)) a) a ON a.agency = r.agency
LEFT JOIN hub.asks m
    ON m.what = r.what AND m.folder IN ('', hub.folder_of(r.agency)) AND m.valid_from <= coalesce(a.day, CURRENT_DATE)
   AND (m.valid_until IS NULL OR m.valid_until > coalesce(a.day, CURRENT_DATE))
   AND (r.what <> 'void' OR m.trade_mode IN (o.trade_mode, '') AND m.ie_flag = o.ie_flag)
WHERE r.what = 'void' OR r.what LIKE 'void %'
GROUP BY r.agency, r.what, r.subject_hash, r.issuer, r.number
HAVING bool_or(a.kinds ? m.kind) IS NOT TRUE;

-- Documents go into their agency's next bundle once more; how many. Where they are all of a message that could not be read over there, a
-- person has looked at that.
CREATE OR REPLACE FUNCTION hub.send_again(hashes bigint[], guids uuid[], who text, reason text, at timestamptz, bundle bigint, of_kind text,
                                          behind bigint, last bigint) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    chosen uuid[] := ARRAY(
        SELECT d.guid FROM unnest(hashes, guids) c (subject_hash, guid)
        JOIN hub.document d ON d.subject_hash = c.subject_hash AND d.guid = c.guid
        WHERE NOT d.resend AND (d.state IS NULL OR d.state IN ('refused', 'human'))
        FOR UPDATE OF d);
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS sent_again (agency text, kind text, guid uuid, what text, subject_hash bigint, issuer text, number text, row_id bigint)
        ON COMMIT DROP;
    TRUNCATE sent_again;
    INSERT INTO sent_again
    SELECT b.agency, d.kind, d.guid, t.what, t.subject_hash, t.issuer, t.number, t.row_id
    FROM unnest(hashes, guids) c (subject_hash, guid)
    JOIN hub.document d ON d.subject_hash = c.subject_hash AND d.guid = c.guid
    JOIN hub.bundle b ON b.bundle_id = d.bundle_id
    CROSS JOIN LATERAL (SELECT * FROM hub.document_thing t WHERE t.subject_hash = d.subject_hash AND t.guid = d.guid OFFSET 0) t
    WHERE d.guid = ANY (chosen);
    UPDATE hub.document d SET resend = true
    FROM unnest(hashes, guids) c (subject_hash, guid)
    WHERE d.subject_hash = c.subject_hash AND d.guid = c.guid AND d.guid = ANY (chosen);
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT at, who, 'bundle resend', s.kind || ' ' || s.number || ' ' || upper(s.guid::text), reason FROM sent_again s;
    UPDATE hub.receipt r SET cleared_at = at
    FROM hub.message_span m
    WHERE m.bundle_id = bundle AND (of_kind IS NULL OR m.kind = of_kind) AND m.before >= behind AND m.before + m.documents <= last
      AND r.message_guid = m.guid AND r.effect = 'held' AND r.cleared_at IS NULL AND r.code = 'E6002';
    INSERT INTO hub.ready (agency, what, subject_hash, issuer, number, row_id)
    SELECT DISTINCT s.agency, s.what, s.subject_hash, s.issuer, s.number, s.row_id FROM sent_again s
    WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = s.agency AND r.what = s.what
                      AND r.subject_hash = s.subject_hash AND r.row_id = s.row_id);
    RETURN (SELECT count(*) FROM sent_again);
END $$;
