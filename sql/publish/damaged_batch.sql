-- The batch whose refused rows come back, as ingest/claim.sql has it; its faults go into stage_reject. Parameter $1 batch_id
WITH f AS (
    INSERT INTO stage_reject (line, column_name, code, seen, want)
    SELECT line, column_name, code, seen, want FROM hub.reject WHERE batch_id = $1::bigint)
SELECT batch_id, party, name, file_id, size, attempts, overrides::text, extract(epoch FROM received_at)::bigint AS received,
       upload_id, item, entry, files, NULL AS replaces
FROM hub.batch WHERE batch_id = $1::bigint
