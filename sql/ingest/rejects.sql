-- Faults of the file at hand in the order of its lines, of as many lines as the first faults are in.
-- Setting hub.faults: how many; without it all
SELECT line, column_name, code, seen, want FROM stage_reject
WHERE code <> '' AND line <= coalesce((
    SELECT line FROM stage_reject WHERE code <> '' ORDER BY line
    OFFSET coalesce(nullif((SELECT current_setting('hub.faults', true)), '')::bigint, 9223372036854775807) LIMIT 1), 9223372036854775807)
ORDER BY line, code, column_name
