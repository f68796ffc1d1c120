-- Partners whose deadline has passed and from whom nothing came since the cut-off before.
-- Settings hub.due (JSON array of [partner, deadline in epoch seconds]), hub.since (that cut-off)
SELECT p ->> 0 AS partner, to_timestamp((p ->> 1)::bigint) AS deadline,
       date_trunc('second', b.last) AS last_file
FROM jsonb_array_elements((SELECT current_setting('hub.due')::jsonb)) p
LEFT JOIN LATERAL (SELECT max(received_at) AS last FROM hub.batch WHERE party = p ->> 0) b ON true
WHERE b.last IS NULL OR b.last < to_timestamp((SELECT current_setting('hub.since')::bigint))
ORDER BY 2, 1
