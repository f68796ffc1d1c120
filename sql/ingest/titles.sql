-- Faults of a file that was read by a column mapping name its own titles, whoever found them.
-- Parameters $1 {the feed's column: the sender's title}
-- Takes stage_reject
UPDATE stage_reject SET column_name = told
FROM jsonb_each_text($1::jsonb) titles (name, told)
WHERE column_name = name AND name <> told
