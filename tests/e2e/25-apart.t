#!/bin/sh
# Rows are written into their tables before it is known which of them stay: what of a file must be
# taken out again, and orders whose rows stand apart in it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
reject_limit='10%'
e2e_hub
"$landport" sample --orders 60 --seed 5 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
orders=$work/day/LYPLAT01/ORDER_20260302_01.csv
LC_ALL=C sed -n '1p' "$orders" >"$work/header"
LC_ALL=C sed '1d' "$orders" >"$work/rows"
rows=$(LC_ALL=C grep -c . "$work/rows")

# numbers: an order that has several rows, and one that has one
several=$(jq -r '[.orders[] | .orderNo] | .[]' "$work/day/expected.json" | while read -r no; do
    [ "$(LC_ALL=C grep -c ",$no," "$work/rows")" -lt 3 ] || { echo "$no" && break; }
done)
single=$(jq -r '[.orders[] | .orderNo] | .[]' "$work/day/expected.json" | while read -r no; do
    [ "$(LC_ALL=C grep -c ",$no," "$work/rows")" -ne 1 ] || { echo "$no" && break; }
done)
lines=$(LC_ALL=C grep -c ",$several," "$work/rows")

ingest() {
    cat >"$work/sftp/LYPLAT01/in/$1"
    hub run pickup ingest >>"$work/run.out" 2>>"$work/landport.log" || [ $? -eq 65 ]
}
batch() {
    sql -F ' ' -c "SELECT state, accepted, repeated, rejected FROM hub.batch WHERE name = '$1'"
}
stored() {
    sql -F ' ' -c "SELECT (SELECT count(*) FROM hub.trade_order), (SELECT count(*) FROM hub.order_item)"
}
# the order's head and how many lines hang on it
kept() {
    sql -F ' ' -c "SELECT count(*), min((SELECT count(DISTINCT gnum) FROM hub.order_item i WHERE i.row_id = o.row_id)),
        min((SELECT count(*) FROM hub.order_item i WHERE i.row_id = o.row_id))
        FROM hub.trade_order o WHERE order_no = '$1' AND current"
}

# its rows at the beginning, in the middle and at the end; one of them, and the single one, once more
{
    cat "$work/header"
    LC_ALL=C grep ",$several," "$work/rows" | sed -n '1p'
    LC_ALL=C grep -v ",$several," "$work/rows" | sed -n '1,5p'
    LC_ALL=C grep ",$several," "$work/rows" | sed -n '2p'
    LC_ALL=C grep ",$several," "$work/rows" | sed -n '2p'
    LC_ALL=C grep -v ",$several," "$work/rows" | sed '1,5d'
    LC_ALL=C grep ",$single," "$work/rows"
    LC_ALL=C grep ",$several," "$work/rows" | sed -n '1p'
    LC_ALL=C grep ",$several," "$work/rows" | sed '1,2d'
} | ingest ORDER_apart.csv
is 'rows apart: all taken, equal ones are repeats' "$(batch ORDER_apart.csv)" "loaded $rows 3 0"
is '... every order once, every line once' "$(stored)" "60 $rows"
is '... the lines of the one apart hang on its head' "$(kept "$several")" "1 $lines $lines"
is '... and so does the line of the one repeated' "$(kept "$single")" '1 1 1'
ingest ORDER_together.csv <"$orders"
is 'the same rows together say the same: repeats' "$(batch ORDER_together.csv)" "loaded 0 $rows 0"
is '... and leave nothing' "$(stored)" "60 $rows"

# other values of the same orders: more than the limit is refused, and nothing of the file stays
{ cat "$work/header" && sed 's/$/x/' "$work/rows"; } | ingest ORDER_over.csv
is 'a file over its limit is refused' "$(batch ORDER_over.csv)" "rejected 0 0 $rows"
is '... and leaves nothing' "$(stored)" "60 $rows"

# an order with one bad row among good ones
{
    cat "$work/header"
    LC_ALL=C sed 's/LY2026/LX2026/' "$work/rows" |
        LC_ALL=C awk -v no="$(echo "$several" | sed 's/LY2026/LX2026/')" '
            index($0, "," no ",") && ++n == 2 { gsub(/,9610,/, ",96l0,") } { print }'
} | ingest ORDER_bad.csv
is 'one bad row: its order is refused, the others are taken' "$(batch ORDER_bad.csv)" "loaded $((rows - lines)) 0 $lines"
is '... and its good rows are gone' "$(stored)" "119 $((2 * rows - lines))"
is '... every line hangs on a head' "$(sql -c "SELECT count(*) FROM hub.order_item i WHERE NOT EXISTS (
    SELECT FROM hub.trade_order o WHERE o.subject_hash = i.subject_hash AND o.row_id = i.row_id)")" 0
done_testing
