-- End a batch in its state. Parameters $1 batch_id, $2 how it ended: a JSON object with the names below; what it leaves out is NULL
UPDATE hub.batch b SET
    state = e.state, feed = e.feed, entry = coalesce(e.entry, b.entry), charset = e.charset, delimiter = e.delimiter,
    rows = e.rows, accepted = e.accepted, repeated = e.repeated, rejected = e.rejected,
    code = e.code, seen = e.seen, want = e.want, duplicate_of = e.duplicate_of,
    business_date = e.business_date, next_cutoff = to_timestamp(e.next_cutoff), -- epoch seconds
    finished_at = e.finished_at, notices = b.notices || e.notices, sheets = e.sheets -- names of a workbook's sheets
FROM jsonb_to_record($2::jsonb) AS e (state text, feed text, entry text, charset text, delimiter text,
    rows bigint, accepted bigint, repeated bigint, rejected bigint, code text, seen text, want text, duplicate_of bigint,
    business_date text, next_cutoff bigint, finished_at timestamptz, notices jsonb, sheets jsonb)
WHERE b.batch_id = $1::bigint
