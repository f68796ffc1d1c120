-- What a report says of one period now, held against what it said before; what is to be said becomes ready. %1$s is section
-- "-- report" of its extract file. It may ask for the settings hub.agency, hub.kind, hub.zone, hub.business_date (the agency's), hub.now,
-- hub.period (20261130, 202611, 2026Q4, 2026H2, 2026), hub.period_from and hub.period_until (its first day, and the day after its last)
-- Gives   issuer, said (jsonb); may give number (what it is about beside issuer and period), waits (boolean: not to be told yet), note
--         (for people, shown by status), known (jsonb: what it wants to find in hub.report_open next time), currency, amount
-- Settings also hub.unit, hub.again: how it is said when it differs or is no more (told: it stands over there)
--   once      not at all
--   change    a change of the same document; its end is appType 3
--   anew      appType 3 of what was said, and a new document
--   negative  a document that takes back what was said (takes_back), and a new one
--   whole     all of the period once more, as the next version of the table
CREATE TEMP TABLE report_row ON COMMIT DROP AS SELECT to_jsonb(q) AS j FROM (%1$s
) q;
CREATE TEMP TABLE report_now ON COMMIT DROP AS
SELECT hub.subject_hash(issuer, number) AS subject_hash, issuer, number, said,
       -- of its text: jsonb's own hash is the same for many that differ, such as two lines whose figures are exchanged
       hashtextextended(concat_ws(E'\x1f', said::text, currency, trim_scale(amount)), 0) AS digest, waits, note, known,
       currency, amount
FROM (SELECT j ->> 'issuer' AS issuer, concat_ws('/', nullif(j ->> 'number', ''), (SELECT current_setting('hub.period'))) AS number,
             nullif(j -> 'said', 'null'::jsonb) AS said, coalesce((j ->> 'waits')::boolean, false) AS waits, j ->> 'note' AS note,
             nullif(j -> 'known', 'null'::jsonb) AS known, j ->> 'currency' AS currency, (j ->> 'amount')::numeric AS amount
      FROM report_row) r;
DO $$
DECLARE
    wrong text;
BEGIN
    SELECT CASE WHEN issuer IS NULL THEN 'a row without issuer' WHEN count(*) > 1 THEN 'two rows of ' || issuer || ' ' || number
                WHEN bool_or(said IS NULL AND NOT waits) THEN 'nothing said of ' || issuer || ' ' || number
                ELSE 'an amount without currency, or the other way round, of ' || issuer || ' ' || number END
    INTO wrong
    FROM report_now GROUP BY issuer, number
    HAVING issuer IS NULL OR count(*) > 1 OR bool_or(said IS NULL AND NOT waits) OR bool_or((amount IS NULL) <> (currency IS NULL))
    ORDER BY issuer, number LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'section report of ' || (SELECT current_setting('hub.kind')) || ' gives ' || wrong,
            HINT = 'one row a subject, with columns issuer and said (jsonb)';
    END IF;
END $$;
ANALYZE report_now (subject_hash);

-- Until the end of the transaction nobody gives this agency's bundle its documents (jobs/declare.c): what is ready was not told.
SET LOCAL lock_timeout = 0; -- the job's deadline ends it
SELECT pg_advisory_xact_lock(hashtextextended('hub.report.' || (SELECT current_setting('hub.agency')), 0));

-- What was said of the period, and what declare has not taken yet: that is thought about anew each time, but of what is told once. In a
-- bundle that was only begun nothing is told: its documents are chosen anew.
CREATE TEMP TABLE report_kept ON COMMIT DROP AS
SELECT r.*, q.row_id IS NOT NULL AND d.guid IS NULL AND (SELECT current_setting('hub.again')) <> 'once' AS untold
FROM hub.report r
LEFT JOIN (SELECT subject_hash, row_id FROM hub.ready
           WHERE agency = (SELECT current_setting('hub.agency')) AND what = 'report ' || (SELECT current_setting('hub.kind'))
             AND what LIKE 'report %') q ON q.subject_hash = r.subject_hash AND q.row_id = r.row_id
LEFT JOIN LATERAL (SELECT d.guid FROM hub.document d JOIN hub.bundle b ON b.bundle_id = d.bundle_id AND b.state <> 'begun'
                   WHERE d.subject_hash = q.subject_hash AND d.source_row = q.row_id AND d.kind = r.kind LIMIT 1 OFFSET 0) d ON true
WHERE r.agency = (SELECT current_setting('hub.agency')) AND r.kind = (SELECT current_setting('hub.kind'))
  AND r.period = (SELECT current_setting('hub.period'));

-- Of a subject the newest version counts, of a whole table the table's. row_id NULL: only that it is no more was said last.
CREATE TEMP TABLE report_last ON COMMIT DROP AS
SELECT k.*, CASE (SELECT current_setting('hub.again')) WHEN 'whole' THEN max(version) OVER ()
                 ELSE max(version) OVER (PARTITION BY subject_hash, issuer, number) END AS newest
FROM report_kept k WHERE NOT untold;
CREATE TEMP TABLE report_was ON COMMIT DROP AS
SELECT w.subject_hash, w.issuer, w.number, w.version, w.last_part, w.row_id, b.said, b.digest, coalesce(b.part_no, w.back_part) AS part_no,
       b.currency, b.amount
FROM (SELECT subject_hash, issuer, number, newest AS version, max(part_no) AS last_part,
             max(row_id) FILTER (WHERE version = newest AND NOT takes_back) AS row_id,
             max(part_no) FILTER (WHERE version = newest AND takes_back) AS back_part
      FROM report_last
      GROUP BY subject_hash, issuer, number, newest HAVING bool_or(version = newest)) w
LEFT JOIN report_last b ON b.subject_hash = w.subject_hash AND b.row_id = w.row_id;
ANALYZE report_was (subject_hash);

-- The newest document of that part which was not refused says whether it stands over there, and what. A look-up each (OFFSET 0).
-- A void that was refused leaves what it should have ended: that is taken back once more.
CREATE TEMP TABLE report_fate ON COMMIT DROP AS
SELECT f.subject_hash, f.issuer, f.number, f.version, f.last_part, f.was_part, f.said, f.digest, f.currency, f.amount, coalesce(t.stands, false) AS told,
       CASE WHEN t.stands THEN t.row_id END AS told_row, coalesce(t.said, f.was_said) AS was_said, coalesce(t.digest, f.was_digest) AS was_digest,
       CASE WHEN t.row_id IS NULL THEN f.was_currency ELSE t.currency END AS was_currency, CASE WHEN t.row_id IS NULL THEN f.was_amount ELSE t.amount END AS was_amount,
       CASE WHEN f.fate = 'new' AND t.stands AND (SELECT current_setting('hub.again')) = 'anew' THEN 'changed' ELSE f.fate END AS fate
FROM (SELECT subject_hash, issuer, number, w.version, w.last_part, w.said AS was_said, w.part_no AS was_part,
             w.digest AS was_digest, w.currency AS was_currency, w.amount AS was_amount, n.said, n.digest, n.currency, n.amount,
             CASE WHEN n.waits THEN 'waits'
                  WHEN n.waits IS NULL THEN CASE WHEN w.row_id IS NULL THEN 'ended' ELSE 'gone' END
                  WHEN w.row_id IS NULL THEN 'new'
                  WHEN n.digest IS DISTINCT FROM w.digest THEN 'changed' ELSE 'same' END AS fate
      FROM report_now n FULL JOIN report_was w USING (subject_hash, issuer, number)) f
LEFT JOIN LATERAL (
    SELECT d.state IS DISTINCT FROM 'withdrawn' AND NOT p.takes_back AS stands, p.row_id, p.said, p.digest, p.currency, p.amount
    FROM hub.document d JOIN hub.report p ON p.subject_hash = d.subject_hash AND p.row_id = d.source_row
    JOIN hub.bundle b ON b.bundle_id = d.bundle_id AND b.state <> 'begun'
    WHERE (f.fate IN ('changed', 'gone') OR f.fate = 'new' AND f.version IS NOT NULL) AND d.subject_hash = f.subject_hash AND d.kind = (SELECT current_setting('hub.kind'))
      AND p.agency = (SELECT current_setting('hub.agency')) AND p.issuer = f.issuer AND p.number = f.number AND p.part_no = f.was_part
      AND d.state IS DISTINCT FROM 'refused'
    ORDER BY d.version DESC LIMIT 1 OFFSET 0) t ON true;

-- A whole table has one version: the next after those that were told, once nothing of it waits.
CREATE TEMP TABLE report_whole ON COMMIT DROP AS
SELECT bool_or(fate <> 'ended' AND fate <> 'gone') AS any_left,
       (SELECT coalesce(max(k.version), 0) + 1 FROM report_last k
        WHERE EXISTS (SELECT 1 FROM hub.document d JOIN hub.bundle b ON b.bundle_id = d.bundle_id AND b.state <> 'begun'
                      WHERE d.subject_hash = k.subject_hash AND d.source_row = k.row_id AND d.kind = k.kind)) AS version
FROM report_fate
WHERE (SELECT current_setting('hub.again')) = 'whole'
HAVING bool_or(fate IN ('new', 'changed', 'gone')) AND NOT bool_or(fate = 'waits');

CREATE TEMP TABLE report_next ON COMMIT DROP AS
-- it takes back
SELECT f.subject_hash, f.issuer, f.number, f.version + 1 AS version, CASE m.again WHEN 'negative' THEN f.last_part + 1 ELSE f.was_part END AS part_no,
       true AS takes_back, CASE m.again WHEN 'negative' THEN NULL ELSE '3' END AS app_type, f.was_said AS said, f.was_digest AS digest,
       f.was_currency AS currency, CASE m.again WHEN 'negative' THEN -f.was_amount END AS amount, f.was_part AS of_part, f.told_row AS of_row
FROM report_fate f CROSS JOIN (SELECT current_setting('hub.again') AS again) m
WHERE f.told AND (m.again IN ('anew', 'negative') AND f.fate IN ('changed', 'gone') OR m.again = 'change' AND f.fate = 'gone')
UNION ALL
-- it says: what is not there to be taken back is said in its place. A change is what the agency has of it by then: it presumes nothing,
-- unless it is new behind an end
SELECT f.subject_hash, f.issuer, f.number, coalesce(f.version, 0) + 1,
       CASE WHEN f.version IS NULL OR m.again = 'change' THEN 0 WHEN f.fate = 'changed' AND NOT f.told THEN f.was_part
            WHEN m.again = 'negative' AND f.fate = 'changed' THEN f.last_part + 2 ELSE f.last_part + 1 END,
       false, CASE WHEN m.again = 'change' AND f.fate = 'new' AND f.version IS NOT NULL AND NOT f.told THEN '1' END, f.said, f.digest, f.currency, f.amount,
       CASE WHEN m.again <> 'change' OR f.fate = 'new' AND NOT f.told THEN f.was_part END,
       CASE WHEN m.again <> 'change' THEN f.told_row END
FROM report_fate f CROSS JOIN (SELECT current_setting('hub.again') AS again) m
WHERE f.fate IN ('new', 'changed') AND m.again <> 'whole' AND (m.again <> 'once' OR f.version IS NULL)
UNION ALL
-- all of a table; of one that has no rows any more, the ends of those it had
SELECT f.subject_hash, f.issuer, f.number, w.version, CASE WHEN w.any_left THEN w.version - 1 ELSE f.was_part END, NOT w.any_left,
       CASE WHEN NOT w.any_left THEN '3' END,
       CASE WHEN w.any_left THEN f.said ELSE f.was_said END, CASE WHEN w.any_left THEN f.digest ELSE f.was_digest END,
       CASE WHEN w.any_left THEN f.currency ELSE f.was_currency END, CASE WHEN w.any_left THEN f.amount END,
       CASE WHEN NOT w.any_left THEN f.was_part END, CASE WHEN NOT w.any_left THEN f.told_row END
FROM report_fate f CROSS JOIN report_whole w
WHERE CASE WHEN w.any_left THEN f.fate IN ('new', 'changed', 'same') ELSE f.fate = 'gone' AND f.told END;

-- What was said before is not the newest any more; but what takes back stays where only what was to stand in its place differs.
UPDATE hub.report r SET current = c.current
FROM (SELECT l.subject_hash, l.row_id, l.current AS was,
             (l.current OR l.version = l.newest) AND NOT coalesce(CASE (SELECT current_setting('hub.again'))
                 WHEN 'once' THEN false
                 WHEN 'whole' THEN EXISTS (SELECT 1 FROM report_whole)
                 WHEN 'change' THEN f.fate IN ('new', 'changed', 'gone')
                 ELSE f.fate IN ('new', 'changed', 'gone') AND (NOT l.takes_back OR f.told AND f.fate <> 'new') END, false) AS current
      FROM report_last l LEFT JOIN report_fate f USING (subject_hash, issuer, number)) c
WHERE c.was <> c.current AND r.subject_hash = c.subject_hash AND r.row_id = c.row_id;

-- What was ready and would be said otherwise by now, or not at all, never is.
CREATE TEMP TABLE report_ready ON COMMIT DROP AS
SELECT k.subject_hash, k.row_id, k.issuer, k.number, k.part_no,
       EXISTS (SELECT 1 FROM report_next n
               WHERE n.subject_hash = k.subject_hash AND n.issuer = k.issuer AND n.number = k.number AND n.part_no = k.part_no
                 AND (n.version, n.takes_back, n.app_type, n.digest, n.of_part, n.of_row)
                     IS NOT DISTINCT FROM (k.version, k.takes_back, k.app_type, k.digest, k.of_part, k.of_row)) AS same
FROM report_kept k WHERE k.untold;
DELETE FROM hub.ready q USING report_ready o
WHERE NOT o.same AND q.subject_hash = o.subject_hash AND q.row_id = o.row_id AND q.agency = (SELECT current_setting('hub.agency'))
  AND q.what = 'report ' || (SELECT current_setting('hub.kind')) AND q.what LIKE 'report %';
DELETE FROM hub.report r USING report_ready o WHERE NOT o.same AND r.subject_hash = o.subject_hash AND r.row_id = o.row_id;
DELETE FROM report_next n USING report_ready o
WHERE o.same AND n.subject_hash = o.subject_hash AND n.issuer = o.issuer AND n.number = o.number AND n.part_no = o.part_no;

WITH made AS (
    INSERT INTO hub.report (subject_hash, agency, kind, period, issuer, number, version, part_no, takes_back, app_type, said, digest,
                            currency, amount, current, of_part, of_row, made_at)
    SELECT subject_hash, (SELECT current_setting('hub.agency')), (SELECT current_setting('hub.kind')), (SELECT current_setting('hub.period')),
           issuer, number, version, part_no, takes_back, app_type, said, digest, currency, amount, true, of_part, of_row,
           (SELECT current_setting('hub.now')::timestamptz)
    FROM report_next
    RETURNING subject_hash, row_id, issuer, number
)
INSERT INTO hub.ready (agency, what, subject_hash, issuer, number, row_id)
SELECT (SELECT current_setting('hub.agency')), 'report ' || (SELECT current_setting('hub.kind')), subject_hash, issuer, number, row_id FROM made;

DELETE FROM hub.report_open o
WHERE o.agency = (SELECT current_setting('hub.agency')) AND o.kind = (SELECT current_setting('hub.kind'))
  AND o.period = (SELECT current_setting('hub.period'))
  AND NOT EXISTS (SELECT 1 FROM report_now n WHERE n.subject_hash = o.subject_hash AND n.issuer = o.issuer AND n.number = o.number
                  AND (n.waits OR n.note IS NOT NULL OR n.known IS NOT NULL));
INSERT INTO hub.report_open AS o (subject_hash, agency, kind, period, issuer, number, waits, note, known, since)
SELECT subject_hash, (SELECT current_setting('hub.agency')), (SELECT current_setting('hub.kind')), (SELECT current_setting('hub.period')),
       issuer, number, waits, note, known, (SELECT current_setting('hub.now')::timestamptz)
FROM report_now WHERE waits OR note IS NOT NULL OR known IS NOT NULL
ON CONFLICT (subject_hash, agency, kind, number) DO UPDATE SET waits = excluded.waits, note = excluded.note, known = excluded.known,
    since = CASE WHEN o.waits = excluded.waits THEN o.since ELSE excluded.since END;

INSERT INTO hub.report_period (agency, kind, period, unit, period_from, looked_at, open)
SELECT (SELECT current_setting('hub.agency')), (SELECT current_setting('hub.kind')), (SELECT current_setting('hub.period')),
       (SELECT current_setting('hub.unit')),
       to_date((SELECT current_setting('hub.period_from')), 'YYYYMMDD'), (SELECT current_setting('hub.now')::timestamptz),
       EXISTS (SELECT 1 FROM report_now WHERE waits OR known IS NOT NULL)
ON CONFLICT (agency, kind, period) DO UPDATE SET looked_at = excluded.looked_at, open = excluded.open, error = NULL;

SELECT count(*) FROM report_next
