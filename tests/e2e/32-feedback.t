#!/bin/sh
# What agencies answered reaches the partner whose record it is about, in its own numbers, and says what to correct; the
# corrected record is declared anew by itself.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-11-26T14:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 30 --seed 5 --faults 0% --dir "$work/day" >/dev/null
upload_day "$work/day"
is 'a night' "$(night_status)" 0
# shellcheck source=tests/e2e/receipts.sh
. tests/e2e/receipts.sh

out() { echo "$work/sftp/$1/out"; }
# field FILE ORDER COLUMN: of the order's answer in that CSV file
field() {
    sed '1s/^\xef\xbb\xbf//' "$1" | tr -d '\r' | awk -F, -v order="$2" -v want="$3" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == want) at = i; for (i = 1; i <= NF; i++) if ($i == "orderNo") key = i; next }
        $key == order { print $at }' | tail -n 1
}
is 'nothing is told before anything was answered' "$(find "$work"/sftp/*/out -name 'feedback*' | wc -l)" 0

use 0
refused=$order
message CEB304 "<ceb:OrderReturn>$(tags guid=A "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" returnStatus=100 returnTime=20261127081500123 'returnInfo=退单：country 不在参数表内')</ceb:OrderReturn>"
message CEB506 "<ceb:LogisticsReturn>$(tags guid=A "logisticsCode=$carrier" "logisticsNo=$waybill" returnStatus=120 returnTime=20261127081500123 'returnInfo=入库')</ceb:LogisticsReturn>"
use 1
message CEB404 "<ceb:ReceiptsReturn>$(tags guid=A "ebcCode=$ebc" "orderNo=$order" "payNo=$pay_no" returnStatus=2 returnTime=20261127081500123 'returnInfo=新增申报成功')</ceb:ReceiptsReturn>"
message CEB604 "<ceb:InventoryReturn>$(tags guid=A "copNo=$cop" "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" preNo=B20261127000000001 invtNo=37062026E000000001 returnStatus=500 returnTime=20261127081500123 'returnInfo=查验')</ceb:InventoryReturn>"
ok 'receipts are taken' hub run pickup ingest
# made while its drop box is away, and damaged before it is back
stop_sshd
is 'and to be told' "$(hub run publish >/dev/null 2>>"$work/landport.log" || echo $?)" 75
sql -F ' ' -c "SELECT party || '/out/' || name, file_id FROM hub.answer WHERE kind = 'feedback' AND party = 'LYPLAT01' ORDER BY name" >"$work/made"
cut -d' ' -f2 "$work/made" | while read -r id; do
    printf 'x' | dd of="$work/spool/$(printf '%.2s' "$id")/$id" bs=1 seek=40 conv=notrunc 2>/dev/null
done
restart_sshd
is 'and told' "$(hub run publish >/dev/null 2>>"$work/landport.log" || echo $?)" ''
is '... what was damaged before made again' "$(wc -l <"$work/made") $(grep -c 'LYPLAT01 feedback-.*damaged; made again' "$work/landport.log")" '2 2'
is '... with the same answers' "$(sha256sum "$(out LYPLAT01)"/feedback-*.csv | cut -d' ' -f1)" "$(sed -n 's/.*csv //p' "$work/made")"
csv=feedback-20261126-01.csv
# for_somebody: documents that are refused, and that wait for a person, as status counts them
for_somebody() { hub status --json | jq -r '[.backlog[] | select(.what == "documents") | "\(.state) \(.number)"] | join(" ")'; }
is 'status counts what somebody must look at' "$(for_somebody)" 'human 1 refused 1'
for party in LYPLAT01 LYPAY01 LYLOGI01; do
    ok "$party has a file" test -s "$(out $party)/$csv"
    ok "... and the same as XML that fits its format" xmllint --noout --schema formats/feed/feedback.xsd "$(out $party)/feedback-20261126-01.xml"
done
lines() { wc -l <"$(out "$1")/$csv"; }
is 'each hears of its own records' "$(lines LYPLAT01) $(lines LYPAY01) $(lines LYLOGI01)" '3 2 3'
is 'the platform: refused, and which column of which line' \
    "$(field "$(out LYPLAT01)/$csv" "$refused" state) $(field "$(out LYPLAT01)/$csv" "$refused" column) $(field "$(out LYPLAT01)/$csv" "$refused" file)" \
    "refused country $(basename "$work"/day/LYPLAT01/ORDER_*)"
line=$(field "$(out LYPLAT01)/$csv" "$refused" line)
ok '... where that order stands' sh -c "sed -n '${line}p' '$work'/day/LYPLAT01/ORDER_* | grep -q '$refused'"
is 'the payment institution: accepted, by its number' "$(field "$(out LYPAY01)/$csv" "$order" state) $(field "$(out LYPAY01)/$csv" "$order" payNo)" "accepted $pay_no"
is 'the carrier: its waybill, and that a list is looked into' \
    "$(field "$(out LYLOGI01)/$csv" "$refused" state) $(field "$(out LYLOGI01)/$csv" "$order" state) $(field "$(out LYLOGI01)/$csv" "$order" invtNo)" \
    'accepted human 37062026E000000001'
is 'what the code means, in Chinese' "$(field "$(out LYLOGI01)/$csv" "$order" meaningZh)" 查验
ok 'nothing new, no file' hub run publish
is '... indeed' "$(find "$work"/sftp/*/out -name 'feedback*' | wc -l)" 6

# --- corrected: the right new message by itself ---
header=$(head -n 1 "$work"/day/LYPLAT01/ORDER_*)
{
    printf 'appType,%s\n' "$header"
    grep "$refused" "$work"/day/LYPLAT01/ORDER_* | sed 's/^/2,/; s/,9610,/,9610,/'
} | sed '2,$ s/\([^,]*\)$/corrected/' >"$work/ORDER_fixed.csv"
LANDPORT_NOW=2026-11-26T15:00:00Z
upload LYPLAT01 "$work/ORDER_fixed.csv"
is 'the corrected file is taken' "$(night_status) $(sql -c "SELECT state, rejected FROM hub.batch WHERE name = 'ORDER_fixed.csv'")" '0 loaded|0'
is 'and the order declared anew: new, since it had been refused' "$(sql -c "SELECT d.kind || ' ' || d.version || ' ' || d.app_type FROM hub.document d
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE o.order_no = '$refused' AND d.kind = 'CEB303' AND d.version = 2")" 'CEB303 2 1'
is '... what was declared anew no more' "$(for_somebody)" 'human 1 refused 0'
message CEB304 "<ceb:OrderReturn>$(tags guid=A "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$refused" returnStatus=120 returnTime=20261127091500123 'returnInfo=入库')</ceb:OrderReturn>"
is 'its acceptance is told in the second file' "$(night_status) $(field "$(out LYPLAT01)/feedback-20261126-02.csv" "$refused" state)" '0 accepted'
is '... and nobody looks for it there' "$(for_somebody) $(sql -c 'SELECT count(*) FROM hub.attention')" 'human 1 refused 0 1'
hub trace "$refused" >"$work/trace"
ok 'trace shows the receipts' grep -q '海关退单' "$work/trace"
ok '... and the file that told of them' grep -q 'feedback-20261126-02' "$work/trace"

# --- what cannot be made for one partner waits, and costs no other its own ---
use 2
sql -c 'ALTER TABLE hub.return_code DROP CONSTRAINT "name_zh and meaning_en have at most 500 characters"' \
    -c "UPDATE hub.return_code SET name_zh = repeat(name_zh, 200) WHERE hub.code_between('2', first_code, last_code)"
message CEB404 "<ceb:ReceiptsReturn>$(tags guid=A "ebcCode=$ebc" "orderNo=$order" "payNo=$pay_no" returnStatus=2 returnTime=20261127101500123 'returnInfo=新增申报成功')</ceb:ReceiptsReturn>"
message CEB304 "<ceb:OrderReturn>$(tags guid=A "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" returnStatus=120 returnTime=20261127101500123 'returnInfo=入库')</ceb:OrderReturn>"
: >"$work/landport.log"
is 'a meaning that has no room in the file of the payment institution' "$(night_status) $(grep -c 'feedback of LYPAY01.*meaningZh' "$work/landport.log")" '65 1'
is '... the platform has its file' "$(field "$(out LYPLAT01)/feedback-20261126-03.csv" "$order" state)" accepted
is '... and it has none' "$(find "$(out LYPAY01)" -name 'feedback-*-03*')" ''
sql -c "UPDATE hub.return_code SET name_zh = left(name_zh, 100)"
is '... until it can be made' "$(night_status) $(field "$(out LYPAY01)/feedback-20261126-04.csv" "$order" state)" '0 accepted'

# --- what comes while the files are made is told by the next ---
use 3
told=$order
message CEB304 "<ceb:OrderReturn>$(tags guid=A "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" returnStatus=120 returnTime=20261127102000123 'returnInfo=入库')</ceb:OrderReturn>"
hub run pickup ingest >>"$work/run.out" 2>>"$work/landport.log"
use 4
message CEB304 "<ceb:OrderReturn>$(tags guid=A "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" returnStatus=100 returnTime=20261127102000123 'returnInfo=退单')</ceb:OrderReturn>"
sql -c 'BEGIN' -c 'LOCK TABLE hub.answer IN SHARE MODE' -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 &
holder=$!
waiting() { sql -c "SELECT count(*) FROM pg_locks WHERE relation = 'hub.answer'::regclass AND NOT granted"; }
until [ "$(sql -c "SELECT count(*) FROM pg_locks WHERE relation = 'hub.answer'::regclass AND granted AND mode = 'ShareLock'")" = 1 ]; do sleep 0.05; done
hub run publish >>"$work/run.out" 2>>"$work/landport.log" &
publisher=$!
until [ "$(waiting)" != 0 ]; do sleep 0.05; done
hub run pickup ingest >>"$work/run.out" 2>>"$work/landport.log" || :
sql -c "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'hub.answer'::regclass AND granted AND mode = 'ShareLock'" >/dev/null
wait "$publisher" "$holder" || :
is 'one answer is in the file' "$(field "$(out LYPLAT01)/feedback-20261126-05.csv" "$told" state)$(field "$(out LYPLAT01)/feedback-20261126-05.csv" "$order" state)" accepted
hub run publish >>"$work/run.out" 2>>"$work/landport.log"
is '... the other, which came meanwhile, in the next' "$(field "$(out LYPLAT01)/feedback-20261126-06.csv" "$order" state)" refused

# --- a version that has not left the house is not what they answered ---
use 5
header=$(head -n 1 "$work"/day/LYPLAT01/ORDER_*)
{
    printf 'appType,%s\n' "$header"
    grep -h "$order" "$work"/day/LYPLAT01/ORDER_* | sed 's/^/2,/; s/\([^,]*\)$/corrected/'
} >"$work/ORDER_changed.csv"
LANDPORT_NOW=2026-11-27T02:30:00Z
upload LYPLAT01 "$work/ORDER_changed.csv"
hub run pickup ingest reconcile declare >>"$work/run.out" 2>>"$work/landport.log" || :
LANDPORT_NOW=2026-11-27T02:40:00Z
message CEB304 "<ceb:OrderReturn>$(tags guid=A "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" returnStatus=120 returnTime=20261127103500123 'returnInfo=入库')</ceb:OrderReturn>"
hub run pickup ingest >>"$work/run.out" 2>>"$work/landport.log"
is 'an answer that comes while a change waits to be published is to what was sent' "$(sql -F ' ' -c "SELECT d.version, coalesce(d.state, '-'), b.state FROM hub.document d
    JOIN hub.bundle b USING (bundle_id) JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE o.order_no = '$order' AND d.kind = 'CEB303' ORDER BY 1")" '1 accepted published
2 - closed'
done_testing
