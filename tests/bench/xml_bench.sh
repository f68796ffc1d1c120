#!/bin/sh
# How fast messages are written, with all checks, against xmllint reading the same bytes with the same schema.
#
#   scripts/bench --xml [--documents N] [--turns N] [--json]
#
#   --documents N  documents of the export inventory list, of three goods lines each, 60000 without it
#   --turns N      3 without it; each writes and reads, one after the other, and the ratio is the median of the turns'
#   --json         one JSON document instead of the text
#
# All is one message, so that xmllint reads one document: its schema lets a message have any number of them. The writer
# writes to /dev/null, xmllint reads a file that was just written. The exit status says whether there was a measurement.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/measure.sh
. scripts/measure.sh

ratio_limit=5
documents=60000
turns=3
json=
while [ $# -gt 0 ]; do
    case $1 in
    --json) json=yes ;;
    --documents | --turns)
        [ $# -ge 2 ] || usage
        case $1 in --documents) documents=$2 ;; *) turns=$2 ;; esac
        shift
        ;;
    *) usage ;;
    esac
    shift
done
positive "$documents" "$turns"

[ -n "${LANDPORT-}" ] || bench_build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
writer=${landport%/*}/tests/bench/xmlw_bench # stands beside the program
mkdir "$work/common"
cp formats/customs/common/*.xsd "$work/common"
sed 's/\(ref="ceb:Inventory"\) maxOccurs="100"/\1 maxOccurs="unbounded"/' formats/customs/ceb603.xsd >"$work/one.xsd"
for turn in $(seq "$turns"); do
    step "turn $turn of $turns"
    "$writer" "$documents" "$work/one.xml" "$work/one.xsd" >/dev/null
    figures=$("$writer" "$documents" /dev/null "$work/one.xsd")
    began=$(now)
    xmllint --stream --noout --schema "$work/one.xsd" "$work/one.xml" 2>/dev/null
    printf '%s %s\n' "$figures" "$(since "$began")"
done >"$work/figures"
jq -nR --argjson documents "$documents" --argjson limit "$ratio_limit" '
    def median: sort | .[length / 2 | floor];
    [inputs | [scan("[0-9.]+") | tonumber]] |
    {documents: $documents, mb: .[0][1], write_seconds: (map(.[2]) | median), xmllint_seconds: (map(.[5]) | median),
     ratio: (map(.[5] / .[2]) | median * 10 | round / 10), limit: $limit}' "$work/figures" >"$work/bench.json"
if [ -n "$json" ]; then
    cat "$work/bench.json"
else
    jq -r '"\(.documents) documents, \(.mb) MB\nwritten \(.write_seconds) s\nxmllint \(.xmllint_seconds) s\nratio   \(.ratio), at least \(.limit): \(if .ratio >= .limit then "met" else "not met" end)"' "$work/bench.json"
fi
