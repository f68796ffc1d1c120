-- bundle: what a message holds, which bundles are not answered.

-- A message holds the documents of its kind and bundle whose doc_no is beyond `before`, as many as `documents`.
CREATE OR REPLACE VIEW hub.message_span AS
SELECT m.*, (SELECT coalesce(sum(e.documents), 0) FROM hub.message e
             WHERE e.bundle_id = m.bundle_id AND e.kind = m.kind AND e.message_no < m.message_no) AS before
FROM hub.message m;

-- Bundles whose agency should have answered by now. Settings hub.within (JSON, agency to seconds; 0: it gives no answers), hub.now
CREATE OR REPLACE VIEW hub.due_answer AS
SELECT b.agency, b.bundle_id
FROM jsonb_each_text((SELECT current_setting('hub.within')::jsonb)) w
JOIN hub.bundle b ON b.agency = w.key AND b.state = 'published' AND NOT b.answered
                 AND b.published_at < (SELECT current_setting('hub.now')::timestamptz) - make_interval(secs => w.value::int)
WHERE w.value <> '0';

-- Their documents without an answer, newest versions only. Bundle by bundle: of documents in whose statistics all have an answer none
-- is expected without, and all of them were read.
CREATE OR REPLACE VIEW hub.unanswered AS
SELECT b.agency, b.bundle_id, u.kind, u.documents
FROM hub.due_answer b
CROSS JOIN LATERAL (
    SELECT d.kind, count(*) AS documents
    FROM hub.document d
    WHERE d.bundle_id = b.bundle_id AND d.state IS NULL AND NOT EXISTS (
        SELECT 1 FROM hub.document n
        WHERE n.subject_hash = d.subject_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version)
    GROUP BY d.kind) u;

-- A bundle that was not closed, lost its last document and was not due: its business date has another. As the owner, since jobs
-- delete no bundle.
-- The first document of the bundle is looked for, which the planner hopes to meet soon in any order: they lie at the end of an archive.
CREATE OR REPLACE FUNCTION hub.drop_unneeded(asked bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, hub, pg_temp
    SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM hub.bundle b
    WHERE b.bundle_id = asked AND b.state = 'open'
      AND NOT EXISTS (SELECT 1 FROM hub.document d WHERE d.bundle_id = asked)
      AND EXISTS (SELECT 1 FROM hub.bundle o WHERE o.agency = b.agency AND o.business_date = b.business_date AND o.bundle_id <> b.bundle_id);
    IF FOUND THEN
        DELETE FROM hub.bundle_goods WHERE bundle_id = asked;
        DELETE FROM hub.bundle_waybill WHERE bundle_id = asked;
        DELETE FROM hub.bundle_sum WHERE bundle_id = asked;
        DELETE FROM hub.message WHERE bundle_id = asked;
        DELETE FROM hub.bundle WHERE bundle_id = asked;
    END IF;
END $$;

-- A bundle that was begun and holds nothing yet is begun anew (declare/renewed.sql). As the owner, since jobs rename none.
CREATE OR REPLACE FUNCTION hub.begin_anew(asked bigint, called text, day text, app text, at timestamptz, given jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, hub, pg_temp
AS $$
    UPDATE hub.bundle SET name = called, business_date = day, app_time = greatest(app_time, app), created_at = at, settings = given
    WHERE bundle_id = asked AND state = 'begun'
$$;

-- The bundle has its documents: it can be written, and what it took is not ready any more, but for trades of which something waits for a
-- receipt and reports that presume what is not so: they are held, and voids that none of the kinds tells. The transaction's snapshot
-- keeps what became ready since. Takes ready_now, things_now, stale_now.
CREATE OR REPLACE FUNCTION hub.consume(of_agency text, bundle bigint, told text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hub.ready r SET held = true, waits = true
    FROM ready_now n
    WHERE n.waits AND r.agency = of_agency AND r.what = 'trade'
      AND r.subject_hash = n.subject_hash AND r.row_id = n.order_row;
    UPDATE hub.ready r SET held = true
    FROM stale_now s
    WHERE r.agency = of_agency AND r.what = s.what AND r.subject_hash = s.subject_hash AND r.row_id = s.row_id;
    DELETE FROM hub.ready r
    WHERE r.agency = of_agency AND NOT r.held AND r.what <> 'void' AND r.what NOT LIKE 'void %';
    DELETE FROM hub.ready r
    USING things_now t
    WHERE r.agency = of_agency AND NOT r.held AND (r.what = 'void' OR r.what LIKE 'void %')
      AND t.what = r.what AND t.subject_hash = r.subject_hash AND t.row_id = r.row_id;
    UPDATE hub.bundle b SET state = 'open', kinds = told WHERE b.bundle_id = bundle;
END $$;
