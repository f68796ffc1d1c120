#!/bin/sh
# How fast the reading process takes the same rows as CSV, as XML and as workbook, in how much memory,
# and the workbook against openpyxl in read-only mode. All in one run, in turns; the ratio is the median
# of the turns' ratios.
#
#   scripts/bench --xlsx [--mb N] [--turns N] [--alone] [--json] [--keep]
#
#   --mb N     a sheet of about so many MB of XML, 200 without it; at most 1,048,576 rows
#   --turns N  3 without it
#   --alone    without openpyxl
#   --json     one JSON document instead of the table
#
# What is timed is `landport format check`: unpacked, decoded, read, every value checked and encoded for
# the database, by the same child as in a night. openpyxl only reads: for each row a tuple of values.
# The workbook is made twice: with its texts in place, as programs write them, and with shared ones, as
# Excel does. CPU seconds are of all processes; the wall's depend on what else runs. Memory is the largest process's (time -v); XML and CSV are as large as the rows make them.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/measure.sh
. scripts/measure.sh
# shellcheck source=tests/e2e/forms.sh
. tests/e2e/forms.sh

ratio_least=5
memory_limit=65536 # KiB
rows_most=1048575

mb=200
turns=3
alone=
json=
keep=
while [ $# -gt 0 ]; do
    case $1 in
    --alone) alone=yes ;;
    --json) json=yes ;;
    --keep) keep=yes ;;
    --mb | --turns)
        [ $# -ge 2 ] || usage
        case $1 in --mb) mb=$2 ;; *) turns=$2 ;; esac
        shift
        ;;
    *) usage ;;
    esac
    shift
done
positive "$mb" "$turns"

# payments ORDERS: the payment file of a day of so many, in UTF-8, in $work/PAYMENT.csv
payments() {
    rm -rf "$work/day"
    hub sample --orders "$1" --seed 20261124 --faults 0% --dir "$work/day" >/dev/null
    iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' | head -n $((rows_most + 1)) \
        >"$work/PAYMENT.csv"
    rm -rf "$work/day"
}

# The sheet on standard input with its texts in $work/strings.xml instead.
shared() {
    awk -v out="$work/strings.xml" '
        BEGIN {
            RS = "</c>"
            printf "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">" >out
        }
        (at = index($0, " t=\"inlineStr\"><is><t>")) {
            text = substr($0, at + 22)
            sub(/<\/t><\/is>$/, "", text)
            if (!(text in number)) {
                number[text] = n++
                printf "<si><t>%s</t></si>", text >out
            }
            $0 = substr($0, 1, at - 1) " t=\"s\"><v>" number[text] "</v>"
        }
        { printf "%s%s", $0, /<\/v>$/ ? "</c>" : "" }
        END { print "</sst>" >out }'
}

make_forms() {
    payments 2000
    sheet 0 <"$work/PAYMENT.csv" >"$work/sheet.xml"
    payments $((mb * 2000000000 / $(bytes_of "$work/sheet.xml")))
    rows=$(($(wc -l <"$work/PAYMENT.csv") - 1))
    payments_xml '
' <"$work/PAYMENT.csv" >"$work/PAYMENT.xml"
    sheet 0 <"$work/PAYMENT.csv" >"$work/sheet.xml"
    workbook "$work/PAYMENT_inline.xlsx" "$work/sheet.xml"
    shared <"$work/sheet.xml" >"$work/shared.xml"
    strings=$work/strings.xml workbook "$work/PAYMENT_shared.xlsx" "$work/shared.xml"
    cat >"$work/forms" <<END
csv PAYMENT.csv $(bytes_of "$work/PAYMENT.csv")
xml PAYMENT.xml $(bytes_of "$work/PAYMENT.xml")
inline PAYMENT_inline.xlsx $(bytes_of "$work/sheet.xml")
shared PAYMENT_shared.xlsx $(bytes_of "$work/shared.xml" "$work/strings.xml")
END
}

# timed WHO FORM BYTES COMMAND…: one line of figures; what it says must hold the number of rows
timed() {
    who=$1 form=$2 bytes=$3
    shift 3
    /usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@" >"$work/said" || die "$* ended with $?: $(tail -n 3 "$work/said")"
    grep -q "$rows rows" "$work/said" || die "$who did not read $rows rows: $(tail -n 3 "$work/said")"
    read -r seconds user system kib <"$work/time"
    printf '%s %s %s %s %s %s %s %s\n' "$turn" "$who" "$form" "$bytes" "$seconds" "$user" "$system" "$kib" >>"$work/figures"
}

one_turn() {
    while read -r form file bytes; do
        timed landport "$form" "$bytes" "$landport" -c "$work/landport.conf" format check "$work/$file" --feed payment
        case $form$alone in
        inline | shared)
            timed openpyxl "$form" "$bytes" /usr/bin/python3 -c '
import sys, openpyxl
n = 0
for sheet in openpyxl.load_workbook(sys.argv[1], read_only=True):
    for row in sheet.iter_rows(values_only=True):
        n += 1
print(n - 1, "rows")' "$work/$file"
            ;;
        esac
    done <"$work/forms"
}

report() {
    jq -R -n --argjson rows "$rows" --argjson least "$ratio_least" --argjson most "$memory_limit" '
    def median: sort | .[(length - 1) / 2 | floor];
    def r(n): . * pow(10; n) | round / pow(10; n);
    [inputs | split(" ") | {turn: .[0], who: .[1], form: .[2], bytes: (.[3] | tonumber),
        seconds: (.[4] | tonumber), cpu: ((.[5] | tonumber) + (.[6] | tonumber)), kib: (.[7] | tonumber)}] as $all
    | [$all | group_by([.who, .form])[] | {who: .[0].who, form: .[0].form, bytes: .[0].bytes,
        seconds: (map(.seconds) | median), cpu: (map(.cpu) | median | r(2)), kib: (map(.kib) | max)}
        | . + {rows_per_s: ($rows / .seconds | r(0)), mb_per_s: (.bytes / 1e6 / .seconds | r(1))}] as $figures
    | def ratio($form): [$all | group_by(.turn)[] | map(select(.form == $form)) | select(length == 2)
        | (map(select(.who == "openpyxl"))[0].seconds / map(select(.who == "landport"))[0].seconds)]
        | if length > 0 then median | r(2) else null end;
    {rows: $rows, figures: $figures, aims: ([
        {aim: "openpyxl / landport, texts in place", value: ratio("inline"), at_least: $least},
        {aim: "openpyxl / landport, shared texts", value: ratio("shared"), at_least: $least},
        {aim: "largest landport process, KiB",
         value: ([$figures[] | select(.who == "landport").kib] | max), at_most: $most}]
        | map(select(.value != null) | . + {met: (if .at_least then .value >= .at_least else .value <= .at_most end)}))}' \
        <"$work/figures"
}

table() {
    jq -r '
    def left(n): tostring | . + (" " * n)[:([n - length, 0] | max)];
    def right(n): tostring | (" " * n)[:([n - length, 0] | max)] + .;
    "\(.rows) rows", "",
    ("" | left(10)) + ("form" | left(8)) + ("MB" | right(8)) + ("seconds" | right(9)) + ("cpu s" | right(9)) + ("rows/s" | right(9))
        + ("MB/s" | right(8)) + ("peak MiB" | right(10)),
    (.figures[] | (.who | left(10)) + (.form | left(8)) + (.bytes / 1e6 | round | right(8)) + (.seconds | right(9)) + (.cpu | right(9))
        + (.rows_per_s | right(9)) + (.mb_per_s | right(8)) + (.kib * 10 / 1024 | round / 10 | right(10))),
    "",
    (.aims[] | "\(.aim)  \(.value), at \(if .at_least then "least \(.at_least)" else "most \(.at_most)" end): "
        + if .met then "met" else "not met" end)' "$1"
}

bench_open bench
port=22
write_conf
step "making a sheet of $mb MB"
make_forms
turn=0
while [ $((turn += 1)) -le "$turns" ]; do
    step "turn $turn"
    one_turn
done
report >"$work/bench.json"
if [ -n "$json" ]; then
    cat "$work/bench.json"
else
    table "$work/bench.json"
fi
