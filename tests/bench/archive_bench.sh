#!/bin/sh
# What a night costs on a large archive, against the same night on an empty one: uploads to bundles, then the agency's answers to
# feedback. The archive is the first night many times over, under other numbers (tests/spread.sql).
#
#   scripts/bench --archive [--orders N] [--nights K] [--json] [--keep]
#
#   --orders N   so many orders a night, 20000 without it
#   --nights K   so many nights in the archive, 50 without it; each order with its documents and receipts takes 6 KiB
#   --json       one JSON document instead of the table
#
# Each night begins after a checkpoint. The second finds its tables where the making of the archive left them: largely in memory,
# if they fit.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/measure.sh
. scripts/measure.sh

ratio_limit=1.2

orders=20000
nights=50
json=
keep=
while [ $# -gt 0 ]; do
    case $1 in
    --json) json=yes ;;
    --keep) keep=yes ;;
    *)
        [ $# -ge 2 ] || usage
        case $1 in --orders) orders=$2 ;; --nights) nights=$2 ;; *) usage ;; esac
        shift
        ;;
    esac
    shift
done
positive "$orders" "$nights"

timed_run() { # WHAT: the seconds of each job, as lines of $work/figures
    sql -c CHECKPOINT
    sync
    status=0
    hub run --json >"$work/run.json" 2>>"$work/landport.log" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 65 ] || die "landport run ended with status $status"
    jq -c --arg what "$1" '.jobs[] | {what: $what, job, seconds}' "$work/run.json" >>"$work/figures"
}

# night N: uploads, then answers
night_of() {
    step "night $1: $orders orders"
    rm -rf "$work/day" "$work/bundles"
    mkdir "$work/bundles"
    hub sample --orders "$orders" --seed "$1" --date "2026112$1" --dir "$work/day" >/dev/null
    upload_day "$work/day"
    timed_run uploads
    mv "$work"/sftp/customs/out/* "$work/bundles"
    hub sample receipts --from "$work/bundles" --into "$work/receipts" --unread 0% --later 0% --per-message 1000 >/dev/null
    mv "$work"/receipts/*.xml "$work/sftp/customs/in/"
    timed_run answers
    rm -rf "$work/receipts"
    mv "$work/figures" "$work/figures$1"
}

bench_open bench-archive
bench_hub
night_of 1
step "$nights nights more"
sql -v nights="$nights" -f tests/spread.sql >/dev/null
night_of 2
trades=$(sql -c 'SELECT count(*) FROM hub.trade')
jq -n --slurpfile first "$work/figures1" --slurpfile second "$work/figures2" --argjson trades "$trades" --argjson limit "$ratio_limit" '
    def total: map(.seconds) | add * 1000 | round / 1000;
    def ratio: .large_seconds / .empty_seconds * 100 | round / 100;
    {trades: $trades,
     jobs: [range($first | length) | {what: $first[.].what, job: $first[.].job, empty_seconds: $first[.].seconds,
                                      large_seconds: $second[.].seconds}],
     all: ({empty_seconds: ($first | total), large_seconds: ($second | total)} | .ratio = ratio), limit: $limit}' >"$work/bench.json"
if [ -n "$json" ]; then
    cat "$work/bench.json"
else
    jq -r '"an archive of \(.trades) trades", "",
        (["what", "job", "empty s", "large s"] | @tsv),
        (.jobs[] | [.what, .job, .empty_seconds, .large_seconds] | @tsv),
        (.all | ["all", "", .empty_seconds, .large_seconds] | @tsv), "",
        "large / empty \(.all.ratio), at most \(.limit): \(if .all.ratio <= .limit then "met" else "not met" end)"' "$work/bench.json" |
        awk -F '\t' 'NF > 1 { printf "%-8s %-10s %9s %9s\n", $1, $2, $3, $4; next } { print }'
fi
