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

-- Trades are judged anew by the next reconcile, since a rule is another: those it has broken (NULL: any), those judged since a time (NULL:
-- whenever), or both; how many.
CREATE OR REPLACE FUNCTION hub.judge_again(of_code text, since_then timestamptz, who text, reason text, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    CREATE TEMP TABLE judge_again ON COMMIT DROP AS
    SELECT b.subject_hash, b.issuer, b.order_no FROM hub.trade_break b WHERE b.code = of_code
    UNION
    SELECT t.subject_hash, t.issuer, t.order_no FROM hub.trade t WHERE t.checked_at >= since_then;
    GET DIAGNOSTICS n = ROW_COUNT;
    INSERT INTO hub.touch_again (subject_hash, issuer, order_no)
    SELECT j.subject_hash, j.issuer, j.order_no FROM judge_again j ORDER BY j.subject_hash
    ON CONFLICT DO NOTHING;
    IF n > 0 THEN
        INSERT INTO hub.audit (at, who, what, object, reason)
        VALUES (at, who, 'reconcile again',
                concat_ws(' and ', 'broken by ' || of_code,
                          'judged since ' || to_char(since_then AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), reason);
    END IF;
    RETURN n;
END $$;
