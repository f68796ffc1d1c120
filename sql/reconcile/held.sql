-- What is ready and waits for something else: looked at after each reconcile and after receipts, in one transaction. What a kind's
-- messages wait for stands in section "-- held" of its extract file (reconcile/held_section.sql, between this and reconcile/let_go.sql);
-- here is what holds for all.
-- Settings hub.closing (JSON, as in declare/waits.sql)
-- Leaves   held_now: what is held, as it is now; asked_now: what each agency's kinds ask for (hub.asks_on)
--          waits_now: empty; what must wait, by agency
--          voids_now: voids and the lists they are about. A void ends where no list stands, and is a person's where the list is over
--          there. A list that stands: the newest version that was not refused, unless it was withdrawn.
CREATE TEMP TABLE held_now ON COMMIT DROP AS
SELECT agency, what, subject_hash, issuer, number, row_id FROM hub.ready WHERE held;
ANALYZE held_now;

CREATE TEMP TABLE asked_now ON COMMIT DROP AS
SELECT a.agency, m.*
FROM (SELECT a ->> 'agency' AS agency, to_date(a ->> 'date', 'YYYYMMDD') AS day,
             ARRAY(SELECT jsonb_array_elements_text(a -> 'kinds')) AS kinds
      FROM jsonb_array_elements((SELECT current_setting('hub.closing'))::jsonb) a) a
CROSS JOIN LATERAL hub.asks_on(a.agency, a.day, a.kinds) m;

CREATE TEMP TABLE waits_now (agency text, what text, subject_hash bigint, row_id bigint) ON COMMIT DROP;

-- A list that receipts make stand again in this moment needs its withdrawal (ingest/receipt_merge.sql): one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('hub.void', 0));
CREATE TEMP TABLE voids_now ON COMMIT DROP AS
SELECT r.agency, r.subject_hash, r.issuer, r.number, count(l.guid) AS lists, bool_or(l.closed) AS closed, max(l.invt_no) AS invt_no
FROM hub.ready r
LEFT JOIN LATERAL (
    SELECT * FROM (
        SELECT DISTINCT ON (coalesce(d.first_guid, d.guid)) d.guid, d.state, d.closed, d.invt_no
        FROM hub.document d
        JOIN hub.bundle b ON b.bundle_id = d.bundle_id AND b.agency = r.agency
        JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
        WHERE d.subject_hash = r.subject_hash AND o.issuer = r.issuer AND o.order_no = r.number
          AND (b.agency, d.kind) IN (SELECT agency, kind FROM hub.voided_kind) AND d.state IS DISTINCT FROM 'refused'
        ORDER BY coalesce(d.first_guid, d.guid), d.version DESC) d
    WHERE d.state IS DISTINCT FROM 'withdrawn') l ON true
WHERE r.what = 'void'
GROUP BY r.agency, r.subject_hash, r.issuer, r.number;

DELETE FROM hub.ready r USING voids_now v
WHERE v.lists = 0 AND r.what = 'void' AND r.agency = v.agency AND r.subject_hash = v.subject_hash AND r.issuer = v.issuer
  AND r.number = v.number;
DELETE FROM hub.ready r
WHERE r.what LIKE 'void %' AND NOT EXISTS (
    SELECT 1 FROM hub.voided_stands s
    WHERE s.what = r.what AND s.subject_hash = r.subject_hash AND s.row_id = r.row_id AND s.agency = r.agency OFFSET 0);

SELECT hub.break_closed(array_agg(agency), array_agg(subject_hash), array_agg(issuer), array_agg(number), array_agg(invt_no))
FROM voids_now WHERE closed HAVING count(*) > 0;
