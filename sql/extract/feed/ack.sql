-- ack: what became of an upload. Settings: hub.batch_id, hub.message_zh, hub.message_en

-- level:
SELECT 1 AS message_no, hub.batch_name(b.batch_id) AS batch, b.party AS partner, b.name AS file,
       b.file_id AS sha256, b.feed,
       to_char(b.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS received_at,
       b.charset,
       CASE b.delimiter WHEN ',' THEN 'comma' WHEN E'\t' THEN 'tab' WHEN ';' THEN 'semicolon'
                        WHEN '|' THEN 'pipe' END AS delimiter,
       b.state, hub.batch_name(b.duplicate_of) AS duplicate_of,
       coalesce(b.rows, 0) AS rows, coalesce(b.accepted, 0) AS accepted,
       coalesce(b.repeated, 0) AS repeated, coalesce(b.rejected, 0) AS rejected,
       b.business_date,
       to_char(b.next_cutoff AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS next_cutoff,
       nullif(current_setting('hub.message_zh'), '') AS message_zh,
       nullif(current_setting('hub.message_en'), '') AS message_en,
       CASE WHEN b.rejected > 0 AND b.state IN ('loaded', 'rejected') THEN b.name || '.rejects.csv' END AS rejects_file
FROM hub.batch b
WHERE b.batch_id = current_setting('hub.batch_id')::bigint

-- level: sum
SELECT 1 AS message_no, s.key AS "column", s.value
FROM hub.batch b, jsonb_each_text(b.sums) s
WHERE b.batch_id = current_setting('hub.batch_id')::bigint
ORDER BY s.key

-- level: bundle
-- The name is given when the bundle closes; a matched trade goes into the next one.
SELECT 1 AS message_no, agency, NULL::text AS name
FROM hub.batch b, string_to_table(nullif(current_setting('hub.agencies'), ''), ',') agency
WHERE b.batch_id = current_setting('hub.batch_id')::bigint AND b.accepted > 0
ORDER BY agency
