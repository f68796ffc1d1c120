-- End a batch in its state. Parameters $1 batch_id, $2 state, $3 feed, $4 entry, $5 charset,
-- $6 delimiter, $7 rows, $8 accepted, $9 repeated, $10 rejected, $11 code, $12 seen, $13 want,
-- $14 duplicate_of, $15 business_date, $16 next_cutoff (epoch seconds), $17 now, $18 notices (JSON array),
-- $19 names of a workbook's sheets (JSON object)
UPDATE hub.batch SET
    state = $2, feed = $3, entry = coalesce(nullif($4, ''), entry), charset = nullif($5, ''), delimiter = $6,
    rows = $7::bigint, accepted = $8::bigint, repeated = $9::bigint, rejected = $10::bigint,
    code = nullif($11, ''), seen = nullif($12, ''), want = nullif($13, ''),
    duplicate_of = $14::bigint, business_date = $15, next_cutoff = to_timestamp($16::bigint),
    finished_at = $17::timestamptz, notices = notices || $18::jsonb, sheets = $19::jsonb
WHERE batch_id = $1::bigint
