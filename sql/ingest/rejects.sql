-- Faults of the file at hand in the order of its lines.
SELECT line, column_name, code, seen, want FROM stage_reject
ORDER BY line, code, column_name
