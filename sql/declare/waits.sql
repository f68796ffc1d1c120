-- What keeps agencies' bundles from being begun: of what comes before, something has not ended well for their business
-- date. What cannot concern an agency holds nothing of it up, and neither does one drop box that is away.
-- Settings  hub.closing (JSON: [{"agency", "date": its business date, "since": when that began, in epoch seconds, "kinds": [],
--           "without": kinds it takes no more}, …]),
--           hub.senders (JSON: partner -> its feeds, variants as the feed they stand for, [] for any), hub.certificates (as sql/report/certificates.sql has it)
-- Leaves rows: agency, waits_for, next
WITH agency AS MATERIALIZED (
    SELECT a ->> 'agency' AS agency, to_timestamp((a ->> 'since')::bigint) AS since, a -> 'kinds' AS kinds, a -> 'without' AS without
    FROM jsonb_array_elements((SELECT current_setting('hub.closing')::jsonb)) a
), takes AS ( -- a kind that nothing is said to ask for, a report, may be made of anything: NULL
    SELECT DISTINCT a.agency, m.what
    FROM agency a CROSS JOIN LATERAL jsonb_array_elements_text(a.kinds) k
    LEFT JOIN hub.asked_message m ON m.kind = k AND m.folder IN ('', hub.folder_of(a.agency))
), sends AS (
    SELECT s.key AS party, f AS feed
    FROM jsonb_each((SELECT current_setting('hub.senders')::jsonb)) s
    LEFT JOIN LATERAL jsonb_array_elements_text(s.value) f ON true
), concerns AS MATERIALIZED ( -- a feed that asks for no message belongs to trades
    SELECT DISTINCT s.party, t.agency
    FROM sends s
    JOIN takes t ON s.feed IS NULL OR t.what IS NULL OR t.what = s.feed
                 OR t.what IN ('trade', 'void') AND s.feed NOT IN (SELECT what FROM hub.asked_message)
    UNION
    SELECT agency, agency FROM agency
), part AS ( -- what one party left; one that is in no configuration any more concerns all
    SELECT party, 4 AS nth, count(*) || CASE count(*) WHEN 1 THEN ' file' ELSE ' files' END || ' of ' || party
           || ' received and not loaded, first ' || min(hub.batch_name(batch_id) || ' ' || name)
           || coalesce(': ' || (array_agg(code || ' ' || seen ORDER BY batch_id))[1], '') AS waits_for,
           'landport run; or landport batch discard ' || hub.batch_name(min(batch_id)) || ' --reason "…"' AS next
    FROM hub.batch
    WHERE state = 'received' AND (file_id IS NOT NULL OR NOT 'E3052' = ANY (overrides))
    GROUP BY party
    UNION ALL
    SELECT party, 6, count(*) || CASE count(*) WHEN 1 THEN ' file' ELSE ' files' END || ' of ' || party
           || ' loaded and not reconciled', 'landport run'
    FROM hub.batch WHERE state = 'loaded' AND NOT reconciled GROUP BY party
    UNION ALL
    SELECT party, CASE job WHEN 'pickup' THEN 2 ELSE 4 END,
           job || ' of ' || party || CASE WHEN at_work THEN ' runs still, or was killed' ELSE ' broke off' || coalesce(': ' || error, '') END,
           'landport run'
    FROM hub.visit WHERE job IN ('pickup', 'ingest') AND (at_work OR outcome = 'broken')
), whole AS (
    SELECT a.agency, j.nth, j.job || CASE
               WHEN r.state IS NULL OR r.clock < a.since THEN ' has not run since the cut-off before'
               WHEN r.state = 'running' THEN ' runs still, or was killed'
               WHEN r.state = 'killed' THEN ' was killed'
               ELSE ' failed' || coalesce(': ' || r.error, '') END AS waits_for,
           CASE WHEN r.state IN ('failed', 'retry') THEN coalesce(regexp_replace(r.todo, ',? and run (landport run )?again$', '') || ', then ', '') ELSE '' END
           || 'landport run' AS next
    FROM agency a CROSS JOIN (VALUES (1, 'pickup'), (3, 'ingest'), (5, 'reconcile')) j (nth, job)
    LEFT JOIN LATERAL (SELECT state, well, clock, error, todo FROM hub.job_run r
                       WHERE r.job = j.job ORDER BY run_id DESC LIMIT 1) r ON true
    WHERE r.well IS NOT TRUE OR r.clock < a.since
    UNION ALL -- nothing can be signed
    SELECT a.agency, 7, (c ->> 1) || ': ' || (c ->> 4) || r.told,
           'put a valid key and certificate in place (landport check looks at them), then landport run'
    FROM agency a
    JOIN jsonb_array_elements((SELECT current_setting('hub.certificates')::jsonb)) c ON c ->> 0 = a.agency AND c ->> 4 IS NOT NULL
    CROSS JOIN LATERAL (SELECT CASE count(*) WHEN 0 THEN '' WHEN 1 THEN '; 1 is ready and waits' ELSE '; ' || count(*) || ' are ready and wait' END AS told
                        FROM hub.ready WHERE agency = a.agency AND NOT held) r
    UNION ALL -- what a bundle takes without one of its kinds is never told of that kind: a slip of the configuration would lose it
    SELECT a.agency, 8, 'its last bundle was begun with ' || string_agg(k, ', ' ORDER BY k) || ', and messages has '
                        || CASE count(*) WHEN 1 THEN 'it' ELSE 'them' END || ' no more',
           'put ' || string_agg('"' || k || '"', ', ' ORDER BY k) || ' back into messages of agency "' || a.agency
           || '", or, where it is told no more, into its without; then landport run'
    FROM agency a
    CROSS JOIN LATERAL (SELECT kinds FROM hub.bundle b WHERE b.agency = a.agency ORDER BY seq DESC LIMIT 1) b
    CROSS JOIN LATERAL unnest(b.kinds) k
    WHERE NOT a.kinds ? k AND NOT a.without ? k
    GROUP BY a.agency
    UNION ALL -- not one of several answers: the line is ours
    SELECT agency, 2, 'no partner''s drop box could be reached', 'landport run'
    FROM agency
    WHERE (SELECT count(*) > 1 AND bool_and(outcome = 'away') FROM hub.visit
           WHERE job = 'pickup' AND party IN (SELECT party FROM sends))
)
SELECT agency, waits_for, next FROM (
    SELECT * FROM whole
    UNION ALL
    SELECT a.agency, p.nth, p.waits_for, p.next
    FROM part p CROSS JOIN agency a
    WHERE (p.party, a.agency) IN (SELECT party, agency FROM concerns)
       OR p.party NOT IN (SELECT party FROM concerns)) w
ORDER BY agency, nth, waits_for
