#!/bin/sh
# landport format check says before what a night says after, and leaves no trace.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit=50% reject_from='1 rows'
sums=0
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 300 --seed 11 --faults 4% --date 20260302 --dir "$work/day" >/dev/null
orders=$work/day/LYPLAT01/ORDER_20260302_01.csv

# foretold PARTY FILE: what the check says, a line a data file
foretold() {
    hub format check "$2" --partner "$1" --json --limit 100000 >"$work/check.json" 2>>"$work/landport.log" || :
    jq -r 'if type == "array" then .[] else . end
        | [.entry // "", .verdict, .rows, .accepted, .repeated, .rejected, .code // ""] | join("|")' "$work/check.json"
}
faults() { # line|column|code of the check just made
    jq -r '.rejects[] | [.line, .column // "", .code] | join("|")' "$work/check.json" | LC_ALL=C sort
}
# come_true FILE: the same of its batches
come_true() {
    sql -c "SELECT coalesce(entry, ''), state, rows, accepted, repeated, rejected, coalesce(code, '')
            FROM hub.batch WHERE name = '$1' ORDER BY batch_id"
}
kept_faults() {
    sql -c "SELECT r.line, r.column_name, r.code FROM hub.reject r JOIN hub.batch b USING (batch_id)
            WHERE b.name = '$1'" | LC_ALL=C sort
}
# What must not change: every table's rows, the next batch's number, files in the spool.
trace_of_it() {
    sql -c "SELECT relname, (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM hub.' || relname, false, true, '')))[1]
            FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1"
    sql -c "SELECT last_value, is_called FROM hub.batch_batch_id_seq"
    find "$work/spool" -type f | sort
}
# told PARTY FILE: checks it, uploads it, compares what was said
told() {
    party=$1 file=$2 name=${2##*/}
    foretold "$party" "$file" >"$work/want"
    faults >"$work/want.faults" 2>/dev/null || : >"$work/want.faults"
    [ ! -e "$file.sum" ] || cp "$file.sum" "$work/sftp/$party/in/$name.sum"
    cp "$file" "$work/sftp/$party/in/$name"
    night_status >/dev/null
    come_true "$name" >"$work/got"
    same "$name: $(cut -d'|' -f2,7 "$work/want" | tr '\n' ' ')" "$work/got" "$work/want"
    jq -e 'type == "array"' "$work/check.json" >/dev/null ||
        { kept_faults "$name" >"$work/got" && same '... and every fault' "$work/got" "$work/want.faults"; }
}

trace_of_it >"$work/before"
is 'a file that will be taken: 65 for its refused rows' "$(hub format check "$orders" --partner LYPLAT01 \
    --rejects "$work/rejects.csv" >"$work/heard" 2>&1 || echo $?)" 65
ok '... says what was checked' grep -q 'like an upload of this moment; nothing was sent or kept' "$work/heard"
trace_of_it >"$work/after"
same '... leaves no trace' "$work/after" "$work/before"
told LYPLAT01 "$orders"
ok '... the rejects are those the partner gets' cmp "$work/rejects.csv" "$work/sftp/LYPLAT01/out/${orders##*/}.rejects.csv"
told LYPAY01 "$work/day/LYPAY01/PAYMENT_20260302_01.csv"
for file in "$work"/day/LYLOGI01/LOGISTICS_*; do
    told LYLOGI01 "$file"
done

# --- while the night is at work ---
{ cat "$orders" && echo; } >"$work/ORDER_lock.csv"
sql -c "SELECT pg_advisory_lock(hashtextextended('hub.ingest.order', 0)); SELECT pg_sleep(20)" >/dev/null &
night=$!
while [ "$(sql -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")" -eq 0 ]; do sleep 0.1; done
is 'a check waits for no other' "$(timeout 15 "$landport" -c "$work/landport.conf" format check "$work/ORDER_lock.csv" \
    --partner LYPLAT01 --limit 1 >"$work/heard" 2>&1 || echo $?; grep -o 'loaded\|like an upload' "$work/heard")" '65
loaded
like an upload'
wait "$night"

# --- against the archive ---
LANDPORT_NOW=2026-03-02T21:00:00Z
cp "$orders" "$work/ORDER_same.csv"
told LYPLAT01 "$work/ORDER_same.csv"
is '... is a duplicate' "$(cut -d'|' -f2 "$work/want")" duplicate
number=$(sql -c 'SELECT order_no FROM hub.trade_order WHERE current ORDER BY order_no LIMIT 1')
of_number() { # its rows under the header
    sed -n 1p "$orders"
    grep -a ",$number," "$orders"
}
of_number >"$work/ORDER_again.csv"
told LYPLAT01 "$work/ORDER_again.csv"
is '... counts as repeated' "$(cut -d'|' -f2,4,6 "$work/want")" 'loaded|0|0'
{
    of_number | sed -n 1p
    of_number | sed 1d | sed 's/\(\r*\)$/changed\1/'
} >"$work/ORDER_other.csv"
told LYPLAT01 "$work/ORDER_other.csv"
is '... more than the limit, so nothing of it' "$(cut -d'|' -f2,7 "$work/want")" 'rejected|E3014'
ok '... which who reads warnings only is told' grep -q ' warn ingest .*ORDER_other.csv: rejected, E3014 more bad rows than the limit of 50%; ' "$work/landport.log"
sed '1s/^/appType,/; 1!s/^/2,/' "$work/ORDER_other.csv" >"$work/ORDER_change.csv"
told LYPLAT01 "$work/ORDER_change.csv"
is '... is taken' "$(cut -d'|' -f2,6 "$work/want")" 'loaded|0'
sed "s/,$number,/,LY-NONE,/" "$work/ORDER_change.csv" >"$work/ORDER_none.csv"
told LYPLAT01 "$work/ORDER_none.csv"
ok '... has no original' grep -q '|E4009$' "$work/want.faults"

# --- several files, other forms, other people's files ---
"$landport" sample --orders 20 --seed 12 --faults 0% --date 20260303 --dir "$work/more" >/dev/null
mkdir "$work/two"
sed 's/,9610,/,9710,/' "$work/more/LYPLAT01/ORDER_20260303_01.csv" >"$work/two/ORDER_a.csv"
cp "$work/more/LYPLAT01/ORDER_20260303_01.csv" "$work/two/ORDER_b.csv"
(cd "$work/two" && zip -q ../ORDER_two.zip ORDER_a.csv ORDER_b.csv)
told LYPLAT01 "$work/ORDER_two.zip"
is '... an answer for each of its files' "$(wc -l <"$work/want")" 2
(cd "$work/two" && zip -q -P secret ../ORDER_locked.zip ORDER_a.csv)
told LYPLAT01 "$work/ORDER_locked.zip"
told LYPLAT01 "$work/more/LYPAY01/PAYMENT_20260303_01.csv"
printf 'colour,size\nred,1\n' >"$work/stock.csv"
told LYPLAT01 "$work/stock.csv"
sed -n 1p "$orders" >"$work/ORDER_header.csv"
told LYPLAT01 "$work/ORDER_header.csv"
sed '1s/orderNo/orderno2/' "$orders" >"$work/ORDER_unknown.csv"
told LYPLAT01 "$work/ORDER_unknown.csv"

# --- control totals ---
payments=$work/more/LYPAY01/PAYMENT_20260303_01.csv
rows=$(($(wc -l <"$payments") - 1))
for sum in "rows=$rows" "rows=$((rows + 1))" "sha256=$(printf '%064d' 0)" 'lines=3'; do
    file=$work/PAYMENT_sum$((sums += 1)).csv
    { cat "$payments" && printf '%*s' "$sums" '' | tr ' ' '\n'; } >"$file" # each other bytes, the same rows
    printf '%s\n' "$sum" >"$file.sum"
    told LYPAY01 "$file"
    cut -d'|' -f7 "$work/want" >>"$work/sums"
done
is '... totals that are right, and not' "$(tr '\n' ' ' <"$work/sums")" ' E3041 E3040 E3042 '
printf 'rows=53\n' >"$work/ORDER_two2.zip.sum"
cp "$work/ORDER_two.zip" "$work/ORDER_two2.zip"
(cd "$work/two" && zip -q ../ORDER_two2.zip ORDER_a.csv)
told LYPLAT01 "$work/ORDER_two2.zip"

# --- what a partner's configuration says ---
sed -i 's/^partner "LYPLAT01" {/&\n    limits { rows = "100" size = "1MiB" files = "1000" }\n    codes = {"91350800MA0LY001XF"}/' "$work/landport.conf"
cp "$work/more/LYPLAT01/ORDER_20260303_01.csv" "$work/ORDER_codes.csv"
told LYPLAT01 "$work/ORDER_codes.csv"
ok '... for every row speaks for somebody else' grep -q '|E4013$' "$work/want.faults"
sed 's/,LY2/,LX2/' "$orders" >"$work/ORDER_long.csv"
told LYPLAT01 "$work/ORDER_long.csv"
ok '... is too long' grep -q '|E3053$' "$work/want"

# --- without the hub ---
offline() {
    hub format check "$work/ORDER_change.csv" "$@" >"$work/heard" 2>&1 || echo $?
}
# by now its partner may not speak for the codes in it, which the file alone tells
is 'offline' "$(offline --offline --partner LYPLAT01; grep -c 'only the file itself' "$work/heard")" '65
1'
is '... a file without rows' "$(hub format check "$work/ORDER_header.csv" --offline >/dev/null 2>&1 || echo $?)" 65
is 'without a partner nobody can be asked' "$(offline; grep -c 'only the file itself.*--partner' "$work/heard")" 1
is 'rejects want the hub' "$(offline --offline --rejects "$work/x")" 64
stop_cluster
is 'a hub that is not running' "$(offline --partner LYPLAT01; grep -c 'only the file itself.*not running' "$work/heard")" '65
1'
cd /
is 'no configuration at all' "$(env -u LANDPORT_CONF "$landport" format check "$work/ORDER_change.csv" >"$work/heard" 2>&1 ||
    echo $?; grep -c 'only the file itself.*no database' "$work/heard")" 1
cd - >/dev/null

done_testing
