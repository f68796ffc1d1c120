-- ack: what became of an upload. Settings: hub.batch_id (the upload's first batch), hub.agencies
-- (JSON: agency -> the kinds it takes), hub.messages (JSON: batch number -> {"zh": …, "en": …})

-- level:
SELECT 1 AS message_no, hub.batch_name(f.batch_id) AS batch, f.party AS partner, hub.plain(f.name) AS file,
       f.file_id AS sha256, b.feed,
       to_char(f.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS received_at,
       b.charset,
       CASE b.delimiter WHEN ',' THEN 'comma' WHEN E'\t' THEN 'tab' WHEN ';' THEN 'semicolon'
                        WHEN '|' THEN 'pipe' END AS delimiter,
       (SELECT left(string_agg(s.value, ', ' ORDER BY s.key::int), 255) FROM jsonb_each_text(b.sheets) s) AS sheets,
       u.state, hub.batch_name(b.duplicate_of) AS duplicate_of,
       u.rows, u.accepted, u.repeated, u.rejected, u.business_date,
       to_char(u.next_cutoff AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS next_cutoff,
       (SELECT current_setting('hub.messages')::jsonb) -> b.batch_id::text ->> 'zh' AS message_zh,
       (SELECT current_setting('hub.messages')::jsonb) -> b.batch_id::text ->> 'en' AS message_en,
       a.name AS rejects_file
FROM hub.batch f
CROSS JOIN LATERAL (
    SELECT CASE WHEN min(state) = max(state) THEN min(state) ELSE 'mixed' END AS state,
           coalesce(sum(rows), 0) AS rows, coalesce(sum(accepted), 0) AS accepted,
           coalesce(sum(repeated), 0) AS repeated, coalesce(sum(rejected), 0) AS rejected,
           max(business_date) AS business_date, max(next_cutoff) AS next_cutoff
    FROM hub.batch WHERE upload_id = f.batch_id) u
LEFT JOIN hub.batch b ON b.batch_id = f.batch_id AND b.files IS NULL
LEFT JOIN hub.answer a ON a.batch_id = b.batch_id AND a.kind = 'rejects' AND a.state <> 'replaced'
WHERE f.batch_id = (SELECT current_setting('hub.batch_id')::bigint)

-- level: part
SELECT 1 AS message_no, hub.plain(b.entry) AS entry, hub.batch_name(b.batch_id) AS batch, b.feed, b.charset,
       CASE b.delimiter WHEN ',' THEN 'comma' WHEN E'\t' THEN 'tab' WHEN ';' THEN 'semicolon'
                        WHEN '|' THEN 'pipe' END AS delimiter,
       (SELECT left(string_agg(s.value, ', ' ORDER BY s.key::int), 255) FROM jsonb_each_text(b.sheets) s) AS sheets,
       b.state, hub.batch_name(b.duplicate_of) AS duplicate_of,
       coalesce(b.rows, 0) AS rows, coalesce(b.accepted, 0) AS accepted,
       coalesce(b.repeated, 0) AS repeated, coalesce(b.rejected, 0) AS rejected,
       (SELECT current_setting('hub.messages')::jsonb) -> b.batch_id::text ->> 'zh' AS message_zh,
       (SELECT current_setting('hub.messages')::jsonb) -> b.batch_id::text ->> 'en' AS message_en,
       a.name AS rejects_file
FROM hub.batch b
LEFT JOIN hub.answer a ON a.batch_id = b.batch_id AND a.kind = 'rejects' AND a.state <> 'replaced'
WHERE b.upload_id = (SELECT current_setting('hub.batch_id')::bigint) AND b.files > 1
ORDER BY b.item

-- level: sum
SELECT 1 AS message_no, CASE WHEN b.files > 1 THEN hub.batch_name(b.batch_id) END AS batch, s.key AS "column", s.value
FROM hub.batch b, jsonb_each_text(b.sums) s
WHERE b.upload_id = (SELECT current_setting('hub.batch_id')::bigint)
ORDER BY b.item, s.key

-- level: bundle
-- The name is given when the bundle closes; a matched trade goes into the next one. None of an agency that takes no message which
-- rows of the upload's feeds ask for: a feed that is in no hub.feed_table is a part of trades.
SELECT 1 AS message_no, g.key AS agency, NULL::text AS name
FROM jsonb_each((SELECT current_setting('hub.agencies')::jsonb)) g
WHERE EXISTS (SELECT 1 FROM hub.batch b
              LEFT JOIN hub.feed_table t ON t.feed = b.feed
              JOIN hub.asked_message m ON m.what = coalesce(t.what, 'trade') OR m.what = 'void ' || t.what
              WHERE b.upload_id = (SELECT current_setting('hub.batch_id')::bigint) AND b.accepted > 0 AND jsonb_exists(g.value, m.kind))
ORDER BY agency
