-- The month before is over: each consignor's lists of it are applied to be summed up, as things of their own ('month'), once.
-- Only lists that the agency accepted and that were not withdrawn count; one that is not answered counts neither as there nor as
-- not there: its consignor waits, and from the day by which it must be told (hub.message_rule.by_day) goes without it.
-- Settings hub.closing (agencies and their kinds, jsonb), hub.business_date (YYYYMMDD)
-- Source  ceb-messages X-20, X-21: by the 15th of the next month
CREATE TEMP TABLE month_rule ON COMMIT DROP AS
SELECT c.agency, m.kind, m.sums, m.by_day, to_char(d.day - interval '1 month', 'YYYYMM') AS month, d.day
FROM jsonb_to_recordset(current_setting('hub.closing')::jsonb) AS c (agency text, kinds text[])
CROSS JOIN (SELECT to_date(current_setting('hub.business_date'), 'YYYYMMDD') AS day) d
JOIN hub.message_rule m ON m.what = 'month' AND m.kind = ANY (c.kinds) AND m.valid_from <= d.day
                       AND (m.valid_until IS NULL OR m.valid_until > d.day);

-- What was open and is answered by now.
CREATE TEMP TABLE month_known ON COMMIT DROP AS
SELECT o.*, f.fate
FROM hub.summary_open o
CROSS JOIN LATERAL (SELECT hub.list_fate(bool_or(d.state = 'withdrawn'), bool_or(d.state = 'accepted'),
                                         bool_or(d.state IS NULL OR d.state IN ('progress', 'human'))) AS fate
                    FROM hub.document d
                    WHERE d.subject_hash = o.subject_hash AND (d.guid = o.guid OR d.cop_guid = o.guid) OFFSET 0) f
WHERE f.fate IS NOT NULL;
DELETE FROM hub.summary_open o USING month_known k WHERE o.subject_hash = k.subject_hash AND o.guid = k.guid;
UPDATE hub.summary s SET lists = s.lists + k.lists
FROM (SELECT agency, ebc_code, month, count(*) AS lists FROM month_known WHERE fate = 'stands' GROUP BY 1, 2, 3) k
WHERE s.subject_hash = hub.subject_hash(k.ebc_code, k.month) AND s.agency = k.agency AND s.ebc_code = k.ebc_code AND s.month = k.month;

-- A month nobody looked at yet, of all consignors; and those who wait no more.
CREATE TEMP TABLE month_asked ON COMMIT DROP AS
SELECT r.agency, r.sums, r.month, NULL::text AS ebc_code, false AS late
FROM month_rule r
WHERE NOT EXISTS (SELECT 1 FROM hub.summary s WHERE s.agency = r.agency AND s.month = r.month)
UNION ALL
SELECT s.agency, r.sums, s.month, s.ebc_code, l.late
FROM hub.summary s JOIN month_rule r USING (agency)
CROSS JOIN LATERAL (SELECT r.day >= to_date(s.month, 'YYYYMM') + interval '1 month' + make_interval(days => r.by_day - 1) AS late) l
WHERE s.state = 'waiting'
  AND (l.late AND s.lists > 0 OR NOT EXISTS (SELECT 1 FROM hub.summary_open o
                                             WHERE o.agency = s.agency AND o.ebc_code = s.ebc_code AND o.month = s.month));

-- Its lists once, and not for each consignor; only that month's bundles are looked at.
CREATE TEMP TABLE month_bundle ON COMMIT DROP AS
SELECT b.bundle_id, a.agency, a.month, a.sums
FROM (SELECT DISTINCT agency, month, sums FROM month_asked) a
JOIN hub.bundle b ON b.agency = a.agency AND left(b.app_time, 6) = a.month;
CREATE TEMP TABLE month_list ON COMMIT DROP AS
SELECT a.agency, a.month, a.ebc_code IS NULL AS first_look, coalesce(a.late, false) AS late, o.ebc_code, o.ebc_name,
       d.subject_hash, d.guid,
       hub.list_fate(d.state = 'withdrawn' OR c.withdrawn, d.state = 'accepted' OR c.accepted,
                     d.state IS NULL OR d.state IN ('progress', 'human') OR c.open) AS fate
FROM month_bundle b
JOIN hub.document d ON d.bundle_id = b.bundle_id AND d.kind = b.sums AND d.cop_guid IS NULL
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN month_asked a ON a.agency = b.agency AND a.month = b.month AND (a.ebc_code IS NULL OR a.ebc_code = o.ebc_code)
LEFT JOIN (SELECT subject_hash, cop_guid, bool_or(state = 'withdrawn') AS withdrawn, bool_or(state = 'accepted') AS accepted,
                  bool_or(state IS NULL OR state IN ('progress', 'human')) AS open
           FROM hub.document
           WHERE cop_guid IS NOT NULL AND bundle_id >= (SELECT min(bundle_id) FROM month_bundle)
           GROUP BY subject_hash, cop_guid) c ON c.subject_hash = d.subject_hash AND c.cop_guid = d.guid;

INSERT INTO hub.summary_open (subject_hash, guid, agency, ebc_code, month)
SELECT subject_hash, guid, agency, ebc_code, month FROM month_list WHERE first_look AND fate IS NULL;

CREATE TEMP TABLE month_now ON COMMIT DROP AS
SELECT agency, month, ebc_code, max(ebc_name) AS ebc_name, count(*) FILTER (WHERE fate = 'stands') AS lists,
       CASE WHEN count(*) FILTER (WHERE fate IS NULL) > 0 AND NOT (bool_or(late) AND bool_or(fate = 'stands')) THEN 'waiting'
            WHEN bool_or(fate = 'stands') THEN 'applied'
            ELSE 'none' END AS state
FROM month_list GROUP BY agency, month, ebc_code;

WITH made AS (
    INSERT INTO hub.summary AS s (subject_hash, agency, ebc_code, month, ebc_name, lists, state)
    SELECT hub.subject_hash(ebc_code, month), agency, ebc_code, month, ebc_name, lists, state FROM month_now
    ON CONFLICT (subject_hash, agency, ebc_code, month) DO UPDATE SET lists = excluded.lists, state = excluded.state
    RETURNING s.subject_hash, s.row_id, s.agency, s.ebc_code, s.month, s.state
)
INSERT INTO hub.ready (agency, what, subject_hash, issuer, number, row_id)
SELECT agency, 'month', subject_hash, ebc_code, month, row_id FROM made WHERE state = 'applied'
