-- All facts of one file. Parameter $1 batch_id
SELECT hub.batch_name(batch_id) AS batch, party AS partner, name AS file,
       CASE WHEN files > 1 THEN hub.batch_name(upload_id) END AS upload, item + 1 AS item, files, size, file_id AS sha256, state,
       date_trunc('second', received_at) AS received, date_trunc('second', finished_at) AS finished,
       feed, entry, charset, delimiter, rows, accepted, repeated, rejected, sums,
       -- what is too much to be said may have shifted (formats/read/totals.c)
       regexp_replace(said, '=-?[0-9]{11,19}(\.[0-9]*)?( |$)', '=***\2', 'g') AS said,
       regexp_replace(trailer, '=-?[0-9]{11,19}(\.[0-9]*)?( |$)', '=***\2', 'g') AS trailer, counted,
       hub.batch_name(duplicate_of) AS duplicate_of, attempts, code, seen, want,
       (SELECT d.why FROM hub.damaged_file d WHERE d.file_id = hub.batch.file_id) AS damaged,
       business_date, next_cutoff, moved, reconciled, archived, lost
FROM hub.batch LEFT JOIN hub.totals USING (batch_id) WHERE batch_id = $1::bigint
