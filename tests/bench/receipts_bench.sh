#!/bin/sh
# How fast an agency's answers are taken, matched and applied, against `psql \copy` of the same receipts into a bare table.
#
#   scripts/bench --receipts [--number N] [--per-message N] [--json] [--keep]
#
#   --number N       about so many receipts, 1000000 without it: two to a document, four documents to an order
#   --per-message N  receipts in a file, 20000 without it
#
# The receipts answer real bundles: a night of as many orders as it takes, before the clock starts. `landport run ingest`
# is measured, the files lie in the spool already. The bare table has a text column for each of the feed's that the
# receipts fill, no key, no index; it is logged; of five times the median counts. For comparison, what PostgreSQL alone
# takes for what must be kept, at the least: a \copy of them into a table of its own, the keys of hub.receipt built after
# that, and the update of the documents they decide, in a copy of hub.document; nothing read, matched or judged. The exit
# status says whether there was a measurement.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/measure.sh
. scripts/measure.sh

ratio_limit=3
number=1000000
per_message=20000
json=
keep=
while [ $# -gt 0 ]; do
    case $1 in
    --json) json=yes ;;
    --keep) keep=yes ;;
    --number | --per-message)
        [ $# -ge 2 ] || usage
        case $1 in --number) number=$2 ;; *) per_message=$2 ;; esac
        shift
        ;;
    *) usage ;;
    esac
    shift
done
positive "$number" "$per_message"

bench_open bench-receipts
bench_hub
step "a night of $((number / 8)) orders"
"$landport" sample --orders $((number / 8)) --seed 1 --faults 0% --dir "$work/day" >/dev/null
upload_day "$work/day"
hub run >/dev/null 2>>"$work/landport.log" || :
step 'the agency answers'
"$landport" sample receipts --from "$work/sftp/customs/out" --into "$work/receipts" --unread 0% --later 0% \
    --per-message "$per_message" >&2
mv "$work"/receipts/*.xml "$work/sftp/customs/in/"
hub run pickup >/dev/null 2>>"$work/landport.log"
sql -c CHECKPOINT >/dev/null
sync
step 'ingest'
began=$(now)
hub run ingest >&2 2>>"$work/landport.log"
seconds=$(since "$began")
rows=$(sql -c 'SELECT count(*) FROM hub.receipt')
applied=$(sql -c "SELECT count(*) FROM hub.receipt WHERE effect = 'applied'")
step 'psql \copy'
columns='kind, ebp_code, ebc_code, agent_code, logistics_code, order_no, pay_no, logistics_no, cop_no, pre_no, invt_no, return_status, return_time, return_info'
sql -c "\\copy (SELECT $columns FROM hub.receipt) TO '$work/receipts.csv' (FORMAT csv)" >/dev/null
sql -c "CREATE SCHEMA floor; CREATE TABLE floor.bare AS SELECT $columns FROM hub.receipt WHERE false" >/dev/null
# so short that one time alone is chance
for turn in 1 2 3 4 5; do
    sql -c 'TRUNCATE floor.bare' -c CHECKPOINT >/dev/null
    began=$(now)
    sql -c "\\copy floor.bare FROM '$work/receipts.csv' (FORMAT csv)" >/dev/null
    printf '%s\n' "$(since "$began")"
done >"$work/copies"
copy=$(sort -n "$work/copies" | sed -n 3p)
step 'what must be kept'
sql -c 'CREATE TABLE floor.document (LIKE hub.document INCLUDING ALL)' \
    -c 'INSERT INTO floor.document SELECT * FROM hub.document' \
    -c "CREATE TABLE floor.said AS SELECT subject_hash, guid, row_id, return_time FROM hub.receipt WHERE effect = 'applied'" \
    -c 'ANALYZE floor.document' -c 'ANALYZE floor.said' >/dev/null
{
    kept receipt
    echo "UPDATE floor.document d SET state = 'accepted', state_at = s.return_time, receipt_id = s.row_id
          FROM floor.said s WHERE s.subject_hash = d.subject_hash AND s.guid = d.guid;"
} >"$work/kept.sql"
sql -c CHECKPOINT >/dev/null
sync
began=$(now)
sql -f "$work/kept.sql" >/dev/null
kept_seconds=$(since "$began")
jq -n --argjson kept "$kept_seconds" --argjson rows "$rows" --argjson applied "$applied" --argjson ingest "$seconds" --argjson copy "$copy" \
    --argjson limit "$ratio_limit" '{receipts: $rows, applied: $applied, ingest_seconds: $ingest, copy_seconds: $copy, kept_seconds: $kept,
        kept_ratio: ($kept / $copy * 100 | round / 100),
        ratio: ($ingest / $copy * 100 | round / 100), limit: $limit}' >"$work/bench.json"
if [ -n "$json" ]; then
    cat "$work/bench.json"
else
    jq -r '"\(.receipts) receipts, \(.applied) decided\ningest  \(.ingest_seconds) s\n\\copy   \(.copy_seconds) s; with the keys of hub.receipt, and updating documents: \(.kept_seconds) s, \(.kept_ratio) times\nratio   \(.ratio), at most \(.limit): \(if .ratio <= .limit then "met" else "not met" end)"' "$work/bench.json"
fi
