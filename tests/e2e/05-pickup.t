#!/bin/sh
# When a file counts as complete: names that are never taken, the settle time, the partner's marker.
# No room in the spool: nothing is taken.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='100%'
export LANDPORT_NOW=2026-03-02T20:00:00Z
e2e_hub
"$landport" sample --orders 20 --seed 3 --date 20260302 --dir "$work/day" >/dev/null
order=$(basename "$work/day/LYPLAT01"/*)
in=$work/sftp/LYPLAT01/in
conf=$work/landport.conf

pickup() {
    status=0
    "$landport" -c "$conf" run pickup >>"$work/landport.log" 2>&1 || status=$?
    echo "$status"
}

batches() {
    sql -c "SELECT count(*), count(*) FILTER (WHERE moved) FROM hub.batch WHERE party = 'LYPLAT01' AND name !~ '^ORDER_(before|ten|cut|own)'"
}

put() { # NAME
    cp "$work/day/LYPLAT01/$order" "$in/$1"
}

# --- names that are never taken ---
for name in .hidden a.part a.tmp a.filepart a.uploading a.swp a.partial a.writing a.inprogress a.INPROGRESS a.csv~ "~\$a.xlsx"; do put "$name"; done
is 'names of unfinished files: nothing to do' "$(pickup)" 0
is 'none was registered' "$(batches)" '0|0'
is 'all are left where they lie' "$(find "$in" -type f | wc -l)" 12
rm -f "$in"/.hidden "$in"/*

# --- settle: listed twice with the same size, that far apart ---
sed -i 's/settle = "0s"/settle = "60s"/' "$conf"
put "$order"
is 'a new file waits' "$(pickup)" 0
is 'it is not registered at its first sight' "$(batches)" '0|0'
LANDPORT_NOW=2026-03-02T20:00:30Z
printf '\n' >>"$in/$order"
pickup >/dev/null
LANDPORT_NOW=2026-03-02T20:01:10Z
pickup >/dev/null
is 'it has grown after 30 s: 40 s later it still waits' "$(batches)" '0|0'
LANDPORT_NOW=2026-03-02T20:02:20Z
pickup >/dev/null
is 'unchanged for longer than settle: taken and moved' "$(batches)" '1|1'
sed -i 's/settle = "60s"/settle = "0s"/' "$conf"

# --- marker ---
sed -i 's/settle = "0s"/settle = "0s"  ready = "marker"/' "$conf"
put second.csv
pickup >/dev/null
is 'without its marker a file waits' "$(batches)" '1|1'
: >"$in/second.csv.ok"
pickup >/dev/null
is 'with it, it is taken' "$(batches)" '2|2'
is 'file and marker are gone from in/' "$(find "$in" -type f | wc -l)" 0
: >"$in/nothing.csv.ok"
is 'a marker alone is no file' "$(pickup) $(batches)" '0 2|2'

# a run killed when it had taken the marker away and not yet the file
put third.csv
: >"$in/third.csv.ok"
pickup >/dev/null
sql -c "UPDATE hub.batch SET moved = false WHERE name = 'third.csv'" >/dev/null
mv "$work/sftp/LYPLAT01/done/third.csv" "$in/.taken.third.csv"
pickup >/dev/null
is 'the next run moves the file without a marker, and registers it once' "$(batches)" '3|3'

# --- a client that uploads under the final name and pauses for longer than settle ---
sed -i 's/  ready = "marker"//' "$conf"
rm "$in/nothing.csv.ok"
pay=$work/sftp/LYPAY01
rows() { # FIRST LAST [CHARGE OF THE LAST]
    seq "$1" "$2" | awk -v last="$2" -v charge="${3-12.50}" '{ printf "91350800MA36H4PB09,龙岩汇通支付有限公司,FTSR%05d,91350800MA35C2LA3Q,,91350802MA2XN4C89C,,LYFTSR%05d,142,20260302120000,%s\n", $1, $1, $1 == last ? charge : "12.50" }'
}
whole() { echo 'payCode,payName,payNo,ebpCode,ebpName,ebcCode,ebcName,orderNo,currency,accountingDate,charge'; rows "$@"; }
load() { # what is said at the end of a pickup and an ingest of payments
    status=0
    "$landport" -c "$conf" run pickup ingest publish >>"$work/landport.log" 2>&1 || status=$?
    echo "$status"
}
uploads() { # NAME
    sql -c "SELECT state, rows, accepted, repeated, rejected, coalesce(code, ''), replaces IS NOT NULL FROM hub.batch WHERE name = '$1' ORDER BY batch_id"
}
ack() { # NAME ELEMENT
    sed -n "s,.*<$2>\(.*\)</$2>.*,\1,p" "$pay/out/$1.ack.xml"
}
whole 1 40 >"$work/whole.csv"
LANDPORT_NOW=2026-03-02T20:10:00Z
exec 3>"$pay/in/PAYMENT_pause.csv"
head -n 13 "$work/whole.csv" >&3
load >/dev/null
is 'paused at the end of a row: what is there is loaded' "$(uploads PAYMENT_pause.csv)" 'loaded|12|12|0|0||f'
LANDPORT_NOW=2026-03-02T20:15:00Z
load >/dev/null
is '... looked at again it is the same' "$(uploads PAYMENT_pause.csv)" 'loaded|12|12|0|0||f'
tail -n +14 "$work/whole.csv" >&3
exec 3>&-
sed -i 's/settle = "0s"/settle = "60s"/' "$conf"
LANDPORT_NOW=2026-03-02T20:21:00Z
load >/dev/null
is '... the rest comes: it is fetched back and settles first' "$(uploads PAYMENT_pause.csv)|$(find "$pay" -name '.taken.*' | wc -l)" 'loaded|12|12|0|0||f|1'
LANDPORT_NOW=2026-03-02T20:22:30Z
load >/dev/null
sed -i 's/settle = "60s"/settle = "0s"/' "$conf"
is '... and is judged again as a whole, what was loaded a repeat' "$(uploads PAYMENT_pause.csv)" 'loaded|12|12|0|0||f
loaded|40|28|12|0||t'
is '... its partner hears of the whole, and how to do better' \
    "$(ack PAYMENT_pause.csv rows) $(ack PAYMENT_pause.csv messageEn | grep -c 'still being written.*\.part.*rename')" '40 1'
ok '... all of it lies in done/' cmp "$work/whole.csv" "$pay/done/PAYMENT_pause.csv"
load >/dev/null
is '... and that was that' "$(uploads PAYMENT_pause.csv | wc -l)" 2

# a run killed between noting that it grew and fetching it back; a last row cut short that passes for a whole one
whole 41 60 12 >"$work/cut.csv"
truncate -s -1 "$work/cut.csv"
exec 3>"$pay/in/PAYMENT_cut.csv"
cat "$work/cut.csv" >&3
load >/dev/null
is 'cut in the last value: nothing can be seen' "$(uploads PAYMENT_cut.csv)" 'loaded|20|20|0|0||f'
printf '.50\n' >&3
exec 3>&-
sql -c "UPDATE hub.watch SET grew = true WHERE upload_id = (SELECT max(batch_id) FROM hub.batch)" >/dev/null
load >/dev/null
load >/dev/null
is '... the whole corrects it' "$(uploads PAYMENT_cut.csv; sql -c "SELECT charge FROM hub.payment WHERE pay_no = 'FTSR00060' AND current")" 'loaded|20|20|0|0||f
loaded|20|1|19|0||t
12.50'

# cut inside of the number that ends a row: an order of the half that the whole has not, and a payment of it. What
# another file says of the number that was cut stands again.
orders() { # FIRST LAST
    echo 'ebpCode,ebpName,ebcCode,ebcName,orderType,tradeMode,orderTime,goodsValue,freight,currency,country,gnum,itemNo,itemName,unit,qty,price,totalPrice,gcode,gmodel,qty1,unit1,orderNo'
    seq "$1" "$2" | awk '{ printf "91350800MA35C2LA3Q,龙岩通,91350802MA2XN4C89C,龙岩卖家,E,9610,20260302110000,12.50,0,142,502,1,A1,伞,011,1,12.50,12.50,6601910000,无,1,011,LYCUT%04d\n", $1 }'
}
order_in=$work/sftp/LYPLAT01/in
standing() { # SQL PATTERN: order numbers that count
    sql -c "SELECT string_agg(order_no || ' ' || app_type, ' ' ORDER BY order_no) FROM hub.trade_order WHERE current AND order_no LIKE '$1'"
}
orders 12 12 | sed 's/LYCUT0012$/LYCUT001/; s/伞/笔/' >"$order_in/ORDER_before.csv"
load >/dev/null
orders 11 13 >"$work/orders.csv"
# appType before orderNo, so that a change is cut too
awk -F, -v OFS=, 'NR == 1 { $NF = "appType,orderNo" } NR > 1 { $NF = (NR == 4 ? "2" : "1") "," $NF } 1' "$work/orders.csv" | sed '4s/LYCUT0013/LYCUT0010/' >"$work/changes.csv"
orders 10 10 >"$order_in/ORDER_ten.csv"
load >/dev/null
sed -i '4s/伞/扇/' "$work/changes.csv"
exec 3>"$order_in/ORDER_cut.csv"
head -c "$(($(stat -c %s "$work/changes.csv") - 2))" "$work/changes.csv" >&3
load >/dev/null
is 'cut inside of its last number: another order is changed' "$(uploads ORDER_cut.csv)|$(standing 'LYCUT%')" \
    'loaded|3|3|0|0||f|LYCUT001 2 LYCUT0010 1 LYCUT0011 1 LYCUT0012 1'
"$landport" -c "$conf" run reconcile >>"$work/landport.log" 2>&1
tail -c 2 "$work/changes.csv" >&3
exec 3>&-
load >/dev/null
load >/dev/null
is '... with the whole it stands as it did before' "$(uploads ORDER_cut.csv | tail -n 1)|$(standing 'LYCUT%')" \
    'loaded|3|1|2|0||t|LYCUT001 1 LYCUT0010 2 LYCUT0011 1 LYCUT0012 1'
is '... with its goods' "$(sql -c "SELECT i.item_name FROM hub.trade_order o JOIN hub.order_item i USING (subject_hash, row_id) WHERE o.current AND o.order_no IN ('LYCUT001', 'LYCUT0010') ORDER BY o.order_no")" '笔
扇'
is '... and the ack says so' "$(sed -n 's,.*<messageEn>\(.*\)</messageEn>.*,\1,p' "$work/sftp/LYPLAT01/out/ORDER_cut.csv.ack.xml" | grep -c 'is withdrawn: 1 (seen: LYCUT001)')" 1

# as an order of its own, which is void then; the payment of the half that has a fault now too, and its rejects go
orders 21 23 >"$work/orders.csv"
exec 3>"$order_in/ORDER_own.csv"
head -c "$(($(stat -c %s "$work/orders.csv") - 2))" "$work/orders.csv" >&3
load >/dev/null
"$landport" -c "$conf" run reconcile >>"$work/landport.log" 2>&1
is 'a number that nobody has' "$(standing 'LYCUT002%')|$(sql -c "SELECT order_no, verdict FROM hub.trade WHERE order_no = 'LYCUT002'")" \
    'LYCUT002 1 LYCUT0021 1 LYCUT0022 1|LYCUT002|waiting'
tail -c 2 "$work/orders.csv" >&3
exec 3>&-
load >/dev/null
load >/dev/null
"$landport" -c "$conf" run reconcile >>"$work/landport.log" 2>&1
is '... is void with the whole' "$(standing 'LYCUT002%')|$(sql -c "SELECT order_no, verdict FROM hub.trade WHERE order_no = 'LYCUT002'")" \
    'LYCUT002 3 LYCUT0021 1 LYCUT0022 1 LYCUT0023 1|LYCUT002|void'
ok '... and the log says so' grep -q 'ORDER_cut.csv: 1 that the file had when it was not whole are withdrawn, of which 0 were declared' "$work/landport.log"

whole 31 40 >"$work/halfway.csv"
exec 3>"$pay/in/PAYMENT_halfway.csv"
head -c "$(($(stat -c %s "$work/halfway.csv") - 7))" "$work/halfway.csv" | sed '$s/[0-9]*,[0-9]*,$/2026,/' >&3
printf '12.50\n' >&3
load >/dev/null
is 'a row that is wrong as long as its file is half' "$(uploads PAYMENT_halfway.csv)|$(find "$pay/out" -name 'PAYMENT_halfway.csv.rejects.csv' | wc -l)" 'loaded|10|0|9|1||f|1'
exec 3>&-
cp "$work/halfway.csv" "$pay/in/../done/PAYMENT_halfway.csv"
load >/dev/null
load >/dev/null
is '... and right as a whole: its rejects are taken out of out/' "$(uploads PAYMENT_halfway.csv | tail -n 1)|$(find "$pay/out" -name 'PAYMENT_halfway.csv.rejects.csv' | wc -l)" 'loaded|10|0|10|0||t|0'
is '... which the ack says' "$(ack PAYMENT_halfway.csv messageZh | grep -c '文件作废.*PAYMENT_halfway.csv.rejects.csv')" 1

# held as cut off, and uploaded anew
whole 601 610 >"$work/again.csv"
head -c 700 "$work/again.csv" >"$pay/in/PAYMENT_again.csv"
head -c 710 "$work/again.csv" >"$pay/in/PAYMENT_other.csv"
load >/dev/null
is 'cut off: held, to be discarded first' "$(hub --json status 2>>"$work/landport.log" | jq -r '.holds[] | select(.file == "PAYMENT_again.csv") | .code + " " + (.next | split(" ")[2])')" 'E3045 discard'
cp "$work/again.csv" "$pay/in/PAYMENT_again.csv"
whole 621 625 >"$pay/in/PAYMENT_other.csv"
load >/dev/null
is '... its whole under the same name ends that' "$(uploads PAYMENT_again.csv)" 'discarded|5|0|0|0|E3121|f
loaded|10|10|0|0||t'
is '... and says so' "$(ack PAYMENT_again.csv messageEn | grep -c 'takes the place of batch B[0-9]*, which was cut off and held')$(grep -c 'PAYMENT_again.csv: the whole of batch B[0-9]*, which was cut off' "$work/landport.log")" 11
is '... other rows under its name do not' "$(uploads PAYMENT_other.csv | cut -d '|' -f 1,6,7)|$(cat "$pay"/out/PAYMENT_other.csv.B*.ack.xml | grep -c 'En>.*still held as cut off')" 'held|E3045|f
loaded||f|1'
"$landport" -c "$conf" batch discard "$(sql -c "SELECT hub.batch_name(min(batch_id)) FROM hub.batch WHERE name = 'PAYMENT_other.csv'")" --reason 'sent anew' >/dev/null 2>>"$work/landport.log"

# a real client, slow and stopped on its way
whole 61 400 >"$work/slow.csv"
sftp -q -b - -B 512 -R 1 -l 128 -F none -P "$port" -i "$work/keys/LYPAY01" -o IdentitiesOnly=yes -o BatchMode=yes \
    -o UserKnownHostsFile="$work/known_hosts" -o StrictHostKeyChecking=yes "$(id -un)@127.0.0.1" >/dev/null 2>>"$work/landport.log" <<END &
put "$work/slow.csv" "in/PAYMENT_slow.csv"
END
client=$!
until [ "$(stat -c %s "$pay/in/PAYMENT_slow.csv" 2>/dev/null || echo 0)" -gt 3000 ]; do sleep 0.05; done
kill -STOP "$client"
load >/dev/null
is 'a client stopped on its way: nothing of half a file is loaded, or whole rows' \
    "$(uploads PAYMENT_slow.csv | grep -cE '^(held\|.*E3045|loaded\|[0-9]+\|[0-9]+\|0\|0\|)')" 1
kill -CONT "$client"
wait "$client"
load >/dev/null
load >/dev/null
is '... in the end all of it' "$(sql -c "SELECT count(*) FROM hub.payment WHERE current AND pay_no BETWEEN 'FTSR00061' AND 'FTSR00400'")" 340
is '... and nothing waits for a person' "$(sql -c "SELECT count(*) FROM hub.batch WHERE state IN ('held', 'received')")" 0
ok '... its ack speaks of the whole' test "$(ack PAYMENT_slow.csv rows)" -eq 340
ok 'status says who uploads under the final name' sh -c "'$landport' -c '$conf' status | grep -A3 'without .part' | grep -q 'LYPAY01 .*PAYMENT_slow.csv'"

# --- what can be nobody's upload is told, once; a folder's and a pipe's neighbours go on ---
long=$(printf '%0240d' 7).csv
gbk=$(printf '\266\251\265\245').csv # two characters of GB18030
: >"$pay/in/$gbk"
: >"$pay/in/$long"
: >"$pay/in/$(printf 'a\nb.csv')"
mkdir "$pay/in/sub" "$pay/in/.hidden"
mkfifo "$pay/in/pipe"
ln -s /etc/hostname "$pay/in/link.csv"
whole 500 501 >"$pay/in/PAYMENT_beside.csv"
load >/dev/null
load >/dev/null
is 'their neighbour is loaded' "$(uploads PAYMENT_beside.csv)" 'loaded|2|2|0|0||f'
is 'there is one notice' "$(find "$pay/out" -name 'notice-*' | wc -l)" 1
tr -d '\r' <"$pay/out/notice-20260303-01.txt" >"$work/notice"
is '... of each, with its name as it was meant' "$(grep -cxE '订单.csv|a b.csv|0+7.csv|sub|pipe|link.csv' "$work/notice")" 6
is '... in both languages' "$(grep -c '不是 UTF-8\|name it in UTF-8\|太长\|过长\|too long\|a folder:\|upload the file itself' "$work/notice")" 6
is 'status has them' "$(hub --json status 2>>"$work/landport.log" | jq -r '[.odd[].why] | sort | join(", ")')" \
    'a folder, a link, name holds control characters, name is not UTF-8, name is too long, no regular file'
find "$pay/in" -mindepth 1 ! -name PAYMENT_beside.csv -delete
load >/dev/null
is '... until they are gone' "$(sql -c "SELECT count(*) FROM hub.odd")" 0

# deleted after pick-up: kept out of sight for as long as it is watched
sed "s,done = \"$pay/done\",done = \"\"," "$conf" >"$work/deleted.conf"
conf=$work/deleted.conf
LANDPORT_NOW=2026-03-02T20:30:00Z
whole 401 420 >"$work/gone.csv"
exec 3>"$pay/in/PAYMENT_gone.csv"
head -n 11 "$work/gone.csv" >&3
load >/dev/null
is 'files that are deleted are not seen in in/' "$(uploads PAYMENT_gone.csv)|$(find "$pay/in" -type f ! -name '.*' | wc -l)" 'loaded|10|10|0|0||f|0'
tail -n +12 "$work/gone.csv" >&3
exec 3>&-
load >/dev/null
load >/dev/null
is '... but the rest of one is' "$(uploads PAYMENT_gone.csv | tail -n 1)" 'loaded|20|10|10|0||t'
LANDPORT_NOW=2026-03-02T21:40:00Z
load >/dev/null
is '... and after the hour nothing is left' "$(find "$pay/in" -type f | wc -l)|$(sql -c "SELECT count(*) FROM hub.watch WHERE party = 'LYPAY01'")" '0|0'
conf=$work/landport.conf
sed -i 's/settle = "0s"/settle = "0s"  ready = "marker"/' "$conf"

# --- a full disk ---
sed -i 's/min-free = "64MiB"/min-free = "1000000GiB"/' "$conf"
put fourth.csv
: >"$in/fourth.csv.ok"
is 'less free than spool.min-free: try again later' "$(pickup)" 75
is 'the file lies where it was' "$(find "$in" -name fourth.csv | wc -l) $(batches)" '1 3|3'
ok 'the log says how much is missing' grep -q 'spool.min-free asks for' "$work/landport.log"

done_testing
