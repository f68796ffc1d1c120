-- Faults of the files at hand stay with their batches. Takes stage_reject
INSERT INTO hub.reject (batch_id, line, column_name, code, seen, want)
SELECT file, line, column_name, code, seen, want FROM stage_reject ORDER BY file, line
