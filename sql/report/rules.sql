-- Rules by code, and against how many trades each stands now.
-- $1 their headings, as JSON (jobs/command/reconcile.c)
SELECT r.code, coalesce(b.fired, 0) AS fired, r.since, r.until, r.modes, r.direction, r.title_zh, r.title_en, r.source, r.file
FROM jsonb_to_recordset($1::jsonb) AS r (code text, since text, until text, modes text, direction text,
                                         title_zh text, title_en text, source text, file text)
LEFT JOIN (SELECT code, count(*) AS fired FROM hub.trade_break GROUP BY code) b ON b.code = r.code
ORDER BY r.code;
