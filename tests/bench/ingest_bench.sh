#!/bin/sh
# How fast a large CSV becomes rows, against the least that could be done with it: `psql \copy` of the
# same file into a bare table. Both in one run, on one cluster, in turns; the ratio is the median of
# the turns' ratios.
#
#   scripts/bench --ingest [--mb N] [--feed order|payment|logistics] [--faults P%] [--turns N] [--json] [--keep]
#
#   --mb N       a file of about so many MB, 500 without it
#   --feed F     this feed only; without it all three, one after the other
#   --faults P%  planted in the file, 0% without it. psql refuses such a file at its first bad line, so
#                its copy is then of the file without the lines that must be refused
#   --turns N    3 without it
#   --json       one JSON document instead of the table
#
# The bare table has a column for each of the file's, typed as landport stores it (text, numeric, bigint),
# no key, no index, and it is logged. `landport run ingest` is measured from start to end: the file lies in
# the spool already, its answers are written when it ends. For comparison, "kept": what PostgreSQL alone
# takes for what must be kept, at the least: a \copy of landport's rows, ready made, into tables of their
# own, and their keys built after that, as no table can have it that holds other rows already; nothing read,
# checked or compared. Seconds of CPU are of all processes, the database's too. Memory as in scripts/bench.
# Each turn begins with empty tables and a checkpoint.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/measure.sh
. scripts/measure.sh

ratio_limit=1.5
memory_limit=65536 # KiB

mb=500
feeds='order payment logistics'
faults=0%
turns=3
json=
keep=
while [ $# -gt 0 ]; do
    case $1 in
    --json) json=yes ;;
    --keep) keep=yes ;;
    *)
        [ $# -ge 2 ] || usage
        case $1 in
        --mb) mb=$2 ;;
        --feed) feeds=$2 ;;
        --faults) faults=$2 ;;
        --turns) turns=$2 ;;
        *) usage ;;
        esac
        shift
        ;;
    esac
    shift
done
positive "$mb" "$turns"
case $feeds in order | payment | logistics | 'order payment logistics') ;; *) usage ;; esac

party_of() {
    case $1 in order) echo LYPLAT01 ;; payment) echo LYPAY01 ;; *) echo LYLOGI01 ;; esac
}

# sample FEED ORDERS: the feed's file of a day of so many orders, plain, in $work/file.csv
sample() {
    rm -rf "$work/day"
    hub sample --orders "$2" --seed 20261124 --faults "$faults" --dir "$work/day" >/dev/null
    sample_file=$(find "$work/day/$(party_of "$1")" -type f)
    case $sample_file in
    *.zip) unzip -q -p "$sample_file" >"$work/file.csv" ;;
    *) mv "$sample_file" "$work/file.csv" ;;
    esac
}

# make_file FEED: of about $mb MB, and $work/floor.csv, which is the same without refused lines.
make_file() {
    sample "$1" 2000
    sample "$1" $((mb * 2000000000 / $(bytes_of "$work/file.csv")))
    file_bytes=$(bytes_of "$work/file.csv")
    if [ "$faults" = 0% ]; then
        ln -f "$work/file.csv" "$work/floor.csv"
    else
        jq -r --arg file "${sample_file##*/}" '.rejects[] | select(.file == $file).line' \
            "$work/day/expected.json" >"$work/refused"
        LC_ALL=C awk 'NR == FNR { refused[$0] = 1; next } !(FNR in refused)' \
            "$work/refused" "$work/file.csv" >"$work/floor.csv"
    fi
    rm -rf "$work/day"
    charset=UTF8
    head -n 1000 "$work/file.csv" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1 || charset=GB18030
}

# bare_table FEED: a column for each of the header's, of the type the row tables have for it. The
# header may be titles: `landport format template` gives both.
bare_table() {
    hub format xsd "$1" >"$work/feed.xsd"
    head -n 1 "$work/file.csv" | iconv -f "$charset" -t UTF-8 | tr -d '\r' | tr ',' '\n' >"$work/header"
    xmllint --xpath '//*[local-name()="sequence"]/*[local-name()="element"]/@name' "$work/feed.xsd" |
        sed 's/.*"\(.*\)"/\1/' >"$work/names"
    while read -r name; do
        xmllint --xpath "string(//*[@name='$name']//*[local-name()='documentation'][1])" "$work/feed.xsd"
    done <"$work/names" | sed 's/-.*//' >"$work/titles"
    paste "$work/names" "$work/titles" | awk -F '\t' '
        NR == FNR { column[$1] = column[$2] = $1; next }
        { name = column[$1]; gsub(/[A-Z]+/, "_&", name); print tolower(name) }' - "$work/header" >"$work/columns"
    sql -F ' ' -c "SELECT DISTINCT column_name, data_type FROM information_schema.columns
                   WHERE table_schema = 'hub' AND table_name IN ('trade_order', 'order_item', 'payment', 'waybill')" |
        awk 'NR == FNR { type[$1] = $2; next }
             { printf "%s%s %s", (FNR > 1 ? ", " : ""), $1, type[$1] == "" ? "text" : type[$1] }' \
            - "$work/columns"
}

clear() {
    sql -c "SET client_min_messages = error" -c "DROP SCHEMA IF EXISTS floor CASCADE" -c \
        "TRUNCATE hub.batch, hub.trade_order, hub.order_item, hub.payment, hub.waybill, hub.seen CASCADE" -c CHECKPOINT
    rm -f "$work/spool/mark" # it knows of batches that are gone: jobs would take that for an older database
}

# timed COMMAND…: $seconds and $cpu_seconds
timed() {
    cpu_before=$(cpu)
    began=$(now)
    "$@"
    seconds=$(since "$began")
    cpu_after=$(cpu)
    cpu_seconds=$(awk -v from="$cpu_before" -v to="$cpu_after" 'BEGIN { printf "%.2f", to - from }')
}

copy_floor() {
    sql -c "\\copy floor.bare FROM '$work/floor.csv' (FORMAT csv, HEADER, ENCODING '$charset')"
}

# what `landport run ingest` left
kept_rows() {
    sql -c 'CREATE SCHEMA floor'
    for table in trade_order order_item payment waybill; do
        [ -z "$(sql -c "SELECT 1 FROM hub.$table LIMIT 1")" ] || kept "$table"
    done >"$work/kept.sql"
    sql -c CHECKPOINT
    sync
}

ingest_file() {
    status=0
    hub run ingest --json >"$work/ingest.json" 2>>"$work/landport.log" &
    ingest_pid=$!
    poll "$ingest_pid" "$(head -n 1 "$work/pg/data/postmaster.pid")" >"$work/memory" &
    wait "$ingest_pid" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 65 ] || die "landport run ingest ended with status $status"
}

# turn FEED N: a line of figures
turn() {
    clear
    sql -c "CREATE SCHEMA floor" -c "CREATE TABLE floor.bare ($columns)"
    sync
    timed copy_floor
    floor_seconds=$seconds floor_cpu=$cpu_seconds
    clear
    cp "$work/file.csv" "$work/sftp/$(party_of "$1")/in/$1_$2.csv"
    night pickup >/dev/null 2>>"$work/landport.log"
    sql -c CHECKPOINT
    sync
    timed ingest_file
    wait
    ingest_seconds=$seconds ingest_cpu=$cpu_seconds
    kept_rows
    timed sql -f "$work/kept.sql"
    jq -r '.jobs[0].counts | "\(.rows) \(.accepted) \(.rejected)"' "$work/ingest.json" >"$work/counts"
    awk -v feed="$1" -v bytes="$file_bytes" -v fs="$floor_seconds" -v fc="$floor_cpu" -v os="$ingest_seconds" \
        -v oc="$ingest_cpu" -v kept="$seconds" -v counts="$(cat "$work/counts")" '
        $1 == "landport" && $4 > ours { ours = $4 }
        $1 == "postgres" && $3 == "backend" && $4 > theirs { theirs = $4 }
        END { print feed, bytes, counts, fs, fc, os, oc, ours + 0, theirs + 0, kept }' "$work/memory"
}

report() {
    jq -nR --argjson ratio_limit "$ratio_limit" --argjson memory_limit "$memory_limit" --arg faults "$faults" '
    def median: sort | .[length / 2 | floor];
    def r: . * 100 | round / 100;
    [inputs | split(" ") | {feed: .[0], figures: (.[1:] | map(tonumber))}] | group_by(.feed) | map(
        {feed: .[0].feed, bytes: .[0].figures[0], rows: .[0].figures[1], accepted: .[0].figures[2],
         rejected: .[0].figures[3], turns: length,
         copy_seconds: (map(.figures[4]) | median), copy_cpu: (map(.figures[5]) | median),
         ingest_seconds: (map(.figures[6]) | median), ingest_cpu: (map(.figures[7]) | median),
         kept_seconds: (map(.figures[10]) | median),
         ratio: (map(.figures[6] / .figures[4]) | median | r),
         kept_ratio: (map(.figures[10] / .figures[4]) | median | r),
         landport_kib: (map(.figures[8]) | max), backend_kib: (map(.figures[9]) | max)}
        | . + {met: (.ratio <= $ratio_limit and .landport_kib <= $memory_limit and .backend_kib <= $memory_limit)})
    | {faults: $faults, ratio_limit: $ratio_limit, memory_limit_kib: $memory_limit, feeds: .}' "$work/figures"
}

table() {
    jq -r '.feeds[] | [.feed, .bytes / 1e6, .rows, .copy_seconds, .copy_cpu, .ingest_seconds, .ingest_cpu, .ratio, .kept_ratio,
        .landport_kib / 1024, .backend_kib / 1024, if .met then "met" else "not met" end] | @tsv' "$1" |
        awk -F '\t' '
        BEGIN { printf "%-10s %7s %9s %8s %8s %9s %8s %7s %7s %9s %8s\n", "feed", "MB", "rows", "copy s", "cpu s",
                       "ingest s", "cpu s", "ratio", "kept", "landport", "backend" }
        { printf "%-10s %7.1f %9d %8.2f %8.2f %9.2f %8.2f %7.2f %7.2f %5.1f MiB %4.1f MiB  %s\n", $1, $2, $3, $4, $5,
                 $6, $7, $8, $9, $10, $11, $12 }'
    jq -r '"at most \(.ratio_limit) times the seconds, \(.memory_limit_kib / 1024) MiB a process"' "$1"
}

bench_open bench-ingest
reject_limit=25%
bench_hub
for feed in $feeds; do
    step "a $feed file of $mb MB"
    make_file "$feed"
    columns=$(bare_table "$feed")
    for number in $(seq "$turns"); do
        step "$feed, turn $number of $turns"
        turn "$feed" "$number" | tee -a "$work/figures" >&2
    done
done
report >"$work/bench.json"
if [ -n "$json" ]; then
    cat "$work/bench.json"
else
    table "$work/bench.json"
fi
