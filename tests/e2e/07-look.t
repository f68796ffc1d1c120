#!/bin/sh
# What an operator looks at: trace by every kind of key, each command's help and JSON; and that
# status and trace reach the archive by its indexes alone.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='20%'
e2e_hub
"$landport" sample --orders 60 --seed 7 --dir "$work/day" >/dev/null
upload_day "$work/day"
is 'the night ends with 65: rows were rejected' "$(night_status)" 65
order=$(jq -r 'first(.orders[] | select(.verdict == "matched")).orderNo' "$work/day/expected.json")
bundle=$(sql -c 'SELECT name FROM hub.bundle')
quiet() {
    hub "$@" 2>>"$work/landport.log"
}

# --- trace ---
is 'an order' "$(quiet --json trace "$order" | jq -r '.trades[].trade | .order_no, .verdict' | paste -sd' ')" \
    "$order matched"
payment=$(sql -c "SELECT pay_no FROM hub.payment WHERE order_no = '$order' LIMIT 1")
waybill=$(sql -c "SELECT logistics_no FROM hub.waybill WHERE order_no = '$order'")
for number in "$payment" "$waybill"; do
    is "its $number leads to it" "$(quiet --json trace "$number" | jq -r '.trades[].trade.order_no')" "$order"
done
is 'a document says in which message it went out' "$(quiet --json trace "$order" |
    jq -r '.trades[].documents[] | select(.kind == "CEB303") | .message' | cut -d_ -f1)" messages/CEB303
guid=$(quiet --json trace "$order" | jq -r '.trades[].documents[] | select(.kind == "CEB603") | .guid, .message')
ok 'and there it is' sh -c "unzip -p '$work/sftp/customs/out/$bundle' '${guid#*
}' | grep -q '<ceb:guid>${guid%%
*}<'"
is 'a file' "$(quiet --json trace B000001 | jq -r .batch.batch)" B000001
is 'a bundle' "$(quiet --json trace "$bundle" | jq -r .bundle.bundle)" "$bundle"
is 'a bundle without .zip' "$(quiet --json trace "${bundle%.zip}" | jq -r .bundle.bundle)" "$bundle"
status=0
quiet trace NOSUCH >/dev/null || status=$?
is 'nothing of that number: 1' "$status" 1

# --- plans: with scans of whole tables forbidden none is left where an index leads ---
scans() { # SETTINGS FILE: big tables that the statement reads from end to end
    { echo "SET search_path = hub; SET enable_seqscan = off; $1 EXPLAIN" && sed "s/\$1/'$order'/g" "$2"; } |
        sql | sed -n 's/.*Seq Scan on \([a-z_]*\).*/\1/p' |
        grep -xE 'trade|trade_order|order_item|payment|waybill|document|batch|job_run|reject' |
        sort -u | paste -sd' '
}
is 'trace: a number is looked up' "$(scans '' sql/report/trace_find.sql)" ''
is 'status: the backlog is looked up' "$(scans '' sql/report/backlog.sql)" ''
is 'status: the last runs are looked up' "$(scans "SET hub.jobs = 'pickup';" sql/report/jobs.sql)" ''
is 'status: late partners are looked up' \
    "$(scans "SET hub.due = '[[\"P\", 1]]'; SET hub.since = '1';" sql/report/late.sql)" ''

# --- every command ---
for command in init check run status batch trace bundle format sample; do
    is "$command --help" "$("$landport" "$command" --help | head -n 1 | cut -d' ' -f1-4)" \
        "usage: landport [-c FILE]"
done
json() { # WORDS…: one JSON document on standard output, nothing else
    quiet --json "$@" >"$work/json" || [ $? -eq 65 ] || return 1
    [ "$(jq -s length "$work/json")" -eq 1 ]
}
for words in init check run status 'batch list' 'batch show B000001' "trace $order" 'trace B000001' \
    'bundle list' "bundle show $bundle" "bundle show $bundle --messages" "bundle verify $bundle" \
    "bundle rebuild --verify $bundle" 'format list' "format check $work/day/LYPAY01/PAYMENT_"*.csv; do
    # shellcheck disable=SC2086 # words
    ok "${words%% /*}: one JSON document" json $words
done
for words in 'batch show B999999' 'trace NOBODY' 'batch list --state bogus' 'batch list --partner NOONE' 'batch list --limit 0' \
    "bundle rebuild $bundle" 'bundle verify NOBODY'; do
    # shellcheck disable=SC2086 # words
    is "$words: its failure is one JSON document" "$(hub $words --json 2>/dev/null | jq -r '.error.code')" \
        "$(case $words in *B999999 | *NOBODY) echo E1019 ;; *) echo E1002 ;; esac)"
done
for words in 'batch show B000001 --original' "bundle show $bundle --extract" "bundle rebuild $bundle" \
    'format xsd order' 'format template order' 'format guide --partner LYPLAT01'; do
    case $words in *--extract) option= ;; *) option=-o ;; esac
    # shellcheck disable=SC2086 # words
    ok "$words: one JSON document" json $words $option "$work/written"
    ok '... and the file it names' test -e "$(jq -r .file "$work/json")"
    rm -rf "$work/written"
done
status=0
quiet --json format xsd order >"$work/json" || status=$?
is 'a file and a document on one standard output: 64' "$status $(jq -r .error.code "$work/json")" '64 E1002'
ok 'check --example: one JSON document' json check --example

# --- installed, without the checkout ---
make -s install BUILD="${landport%/*}" DESTDIR="$work/installed" PREFIX=/usr >"$work/said" 2>&1
is 'formats are those beside the program' \
    "$("$work/installed/usr/bin/landport" -c "$work/landport.conf" --json format list | jq -r '.[].file' |
        grep -vc "^$work/installed/usr/share/landport/formats/")" 0
for page in man8/landport.8 man5/landport.conf.5; do
    is "$page: groff takes all of it" \
        "$(groff -K utf8 -ww -man -Tutf8 -z "$work/installed/usr/share/man/$page" 2>&1)" ''
done
ok '... as it says them itself' sh -c "'$landport' --manual landport.conf.5 | cmp - '$work/installed/usr/share/man/man5/landport.conf.5'"
ok 'and it finds all it needs' "$work/installed/usr/bin/landport" -c "$work/landport.conf" check

ok 'sample: one JSON document' json sample --orders 10 --seed 1 --dir "$work/more"

# --- whoever looks makes nothing: a cluster that is away stays away ---
stop_cluster
mv "$work/pg" "$work/pg.away"
for words in status 'batch list' "trace $order" 'bundle list' 'run pickup'; do
    status=0
    # shellcheck disable=SC2086 # words
    hub $words >"$work/heard" 2>&1 || status=$?
    is "$words without the cluster's folder says what to do" \
        "$((status != 0)) $(grep -m 1 -o 'landport init makes one; if there was one, mount' "$work/heard") $(ls -d "$work/pg" 2>/dev/null)" \
        '1 landport init makes one; if there was one, mount '
done
ok 'check says so too' sh -c "'$landport' -c '$work/landport.conf' check | grep -q 'database *wrong *there is no cluster'"
ok '... and made none' test ! -e "$work/pg"
mv "$work/pg.away" "$work/pg"
ok 'back in its place it is started by whoever looks' hub status

done_testing
