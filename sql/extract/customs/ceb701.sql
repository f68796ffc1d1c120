-- CEB701 汇总申请单: the lists of one consignor of the month before, by its first and last second.
-- copNo is the guid without its hyphens (of a change that of what it changes), cut to 30; the declarant of the lists is that of the
-- customs declaration too.
-- Source: ceb-messages, CEB701Message; rules X-20, X-21: the month before, in one application, by the 15th of the next month

-- report: month, since: 20181101
-- Only lists that the agency accepted and that were not withdrawn count. One that is not answered counts neither as there nor as gone,
-- so its consignor waits, and from the 15th goes without it. Lists without an answer are kept in `known`, so that all lists of the
-- month are gone through when it is looked at first, and for consignors who wait no more, and not each night.
WITH asked AS MATERIALIZED (
    SELECT (SELECT current_setting('hub.agency')) AS agency, (SELECT current_setting('hub.period')) AS month,
           to_date((SELECT current_setting('hub.period_until')), 'YYYYMMDD') + 14 AS by_day,
           to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD') AS day
), waiting AS MATERIALIZED ( -- as it was at the last look
    SELECT o.issuer, o.waits, o.known FROM hub.report_open o JOIN asked a ON o.agency = a.agency AND o.period = a.month
    WHERE o.kind = 'CEB701' AND o.known IS NOT NULL
), answered AS MATERIALIZED ( -- what became of its lists since
    SELECT w.issuer, count(*) FILTER (WHERE f.fate = 'stands') AS stand, count(*) FILTER (WHERE f.fate IS NULL) AS open,
           jsonb_agg(l.list ORDER BY l.nth) FILTER (WHERE f.fate IS NULL) AS lists
    FROM waiting w
    CROSS JOIN LATERAL jsonb_array_elements(w.known -> 'lists') WITH ORDINALITY l (list, nth)
    CROSS JOIN LATERAL (
        SELECT hub.list_fate(bool_or(d.state = 'withdrawn'), bool_or(d.state = 'accepted'),
                             bool_or(d.state IS NULL OR d.state IN ('progress', 'human'))) AS fate
        FROM hub.document d
        WHERE d.subject_hash = (l.list ->> 0)::bigint AND (d.guid = (l.list ->> 1)::uuid OR d.cop_guid = (l.list ->> 1)::uuid) OFFSET 0) f
    GROUP BY w.issuer
), known AS MATERIALIZED (
    SELECT w.issuer, w.waits, w.known -> 'said' AS said, (w.known ->> 'stand')::bigint + n.stand AS stand, n.open, n.lists,
           w.waits AND (n.open = 0 OR a.day >= a.by_day AND (w.known ->> 'stand')::bigint + n.stand > 0) AS goes
    FROM waiting w JOIN answered n USING (issuer) CROSS JOIN asked a
), first AS MATERIALIZED (
    SELECT NOT EXISTS (SELECT 1 FROM hub.report_period p JOIN asked a ON p.agency = a.agency AND p.period = a.month
                       WHERE p.kind = 'CEB701' AND p.looked_at IS NOT NULL) AS look
), bundle AS MATERIALIZED ( -- only that month's are looked at
    SELECT b.bundle_id FROM hub.bundle b JOIN asked a ON b.agency = a.agency AND left(b.app_time, 6) = a.month
    WHERE (SELECT look FROM first) OR EXISTS (SELECT 1 FROM known WHERE goes)
), list AS MATERIALIZED (
    SELECT o.ebc_code, o.ebc_name, d.subject_hash, d.guid,
           hub.list_fate(d.state = 'withdrawn' OR c.withdrawn, d.state = 'accepted' OR c.accepted,
                         d.state IS NULL OR d.state IN ('progress', 'human') OR c.open) AS fate
    FROM bundle b
    JOIN hub.document d ON d.bundle_id = b.bundle_id AND d.kind = 'CEB603' AND d.cop_guid IS NULL
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    LEFT JOIN (SELECT subject_hash, cop_guid, bool_or(state = 'withdrawn') AS withdrawn, bool_or(state = 'accepted') AS accepted,
                      bool_or(state IS NULL OR state IN ('progress', 'human')) AS open
               FROM hub.document
               WHERE cop_guid IS NOT NULL AND bundle_id >= (SELECT min(bundle_id) FROM bundle)
               GROUP BY subject_hash, cop_guid) c ON c.subject_hash = d.subject_hash AND c.cop_guid = d.guid
    WHERE (SELECT look FROM first) OR o.ebc_code IN (SELECT issuer FROM known WHERE goes)
), consignor AS (
    SELECT l.issuer, l.said, l.stand, l.open, l.lists, l.open > 0 AND NOT (a.day >= a.by_day AND l.stand > 0) AS waits
    FROM (SELECT ebc_code AS issuer, jsonb_build_object('ebc_name', max(ebc_name)) AS said, count(*) FILTER (WHERE fate = 'stands') AS stand,
                 count(*) FILTER (WHERE fate IS NULL) AS open,
                 jsonb_agg(jsonb_build_array(subject_hash, guid) ORDER BY subject_hash, guid) FILTER (WHERE fate IS NULL) AS lists
          FROM list GROUP BY ebc_code) l CROSS JOIN asked a
    UNION ALL
    SELECT issuer, said, stand, open, lists, waits FROM known WHERE NOT goes
)
SELECT c.issuer, c.said, c.waits,
       CASE WHEN c.open = 0 THEN NULL
            WHEN c.waits THEN format('%s lists stand, %s have no answer: it waits for their receipts, until %s', c.stand, c.open, to_char(a.by_day, 'YYYY-MM-DD'))
            ELSE format('%s lists are summed up, %s had no answer: ask the agency whether it summed these up', c.stand, c.open) END AS note,
       CASE WHEN c.open > 0 THEN jsonb_build_object('said', c.said, 'stand', c.stand, 'lists', c.lists) END AS known
FROM consignor c CROSS JOIN asked a
WHERE c.stand > 0 OR c.open > 0

-- include: base_transfer.sql

-- level: SummaryApply/SummaryApplyHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 30) AS cop_no, d.told_pre_no AS pre_no,
       (SELECT current_setting('hub.declarant_code')) AS agent_code,
       (SELECT current_setting('hub.declarant_name')) AS agent_name,
       r.issuer AS ebc_code, r.said ->> 'ebc_name' AS ebc_name, (SELECT current_setting('hub.declarant_code')) AS decl_agent_code,
       (SELECT current_setting('hub.declarant_name')) AS decl_agent_name, r.period || '01000000' AS start_time,
       to_char(to_date(r.period, 'YYYYMM') + interval '1 month' - interval '1 second', 'YYYYMMDDHH24MISS') AS end_time,
       '1' AS summary_flag, '1' AS item_name_flag, 1 AS msg_count, 1 AS msg_seq_no
FROM hub.document d
JOIN hub.report r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB701'
ORDER BY d.doc_no
