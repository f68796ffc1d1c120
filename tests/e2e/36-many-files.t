#!/bin/sh
# Agencies answer in many small files, which go into one transaction: what comes of each is what would come of it alone.
# The same files are taken twice by the same hub, together and, since each is said to have killed a child before, one by one.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-11-26T14:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 60 --seed 11 --dir "$work/day" >/dev/null
upload_day "$work/day"
is 'a night' "$(night_status)" 65
"$landport" sample receipts --from "$work/sftp/customs/out" --into "$work/receipts" --seed 3 --refuse 20% --later 20% --unread 0% \
    --per-message 3 >/dev/null
# files in an order of their own, what is late among the others
find "$work/receipts" -name '*.xml' | while read -r file; do
    printf '%s %s\n' "$(basename "$file" | cksum | cut -d' ' -f1)" "$file"
done | LC_ALL=C sort -n | cut -d' ' -f2- >"$work/list"
# shellcheck source=tests/e2e/receipts.sh
. tests/e2e/receipts.sh
number=100
while read -r file; do
    number=$((number + 1))
    cp "$file" "$in/$number.xml"
done <"$work/list"

# --- and such as no agency should send ---
cp "$in/103.xml" "$in/104b.xml"
head -c 300 "$in/105.xml" >"$in/105b.xml"
: >"$in/106b.xml"
printf 'kind,orderNo,returnStatus\nCEB304\n' >"$in/107b.csv"
sed 's/returnStatus>[0-9]*</returnStatus>77777</' "$in/108.xml" >"$in/108b.xml"
sed 's/orderNo>[^<]*</orderNo>NOBODY</; s/copNo>[^<]*</copNo>0000000000000000</' "$in/109.xml" >"$in/109b.xml"
(cd "$work/receipts" && bsdtar -c --format zip -f "$in/110b.zip" "$(basename "$(sed -n 1p "$work/list")")" "$(basename "$(sed -n 2p "$work/list")")")
# of one list, all of the same moment, before anything else is said of it: a refusal counts before success, and the
# first number stays
use 3
for status in 120 399 399 800 100; do
    message CEB604 "<ceb:InventoryReturn>$(tags guid=A agentCode=3508960009 "copNo=$cop" "preNo=B2026112700000000$status" "ebcCode=$ebc" "ebpCode=$ebp" "orderNo=$order" "returnStatus=$status" returnTime=20270101000000000 returnInfo=x)</ceb:InventoryReturn>"
    mv "$in/R$nth.xml" "$in/00$nth.xml"
done
hub run pickup >/dev/null 2>>"$work/landport.log"
files=$(sql -c "SELECT count(*) FROM hub.batch WHERE party = 'customs'")
is 'all files were taken' "$files" $(($(wc -l <"$work/list") + 12))

story() { # what became of files, receipts, documents
    sql -F ' ' -c "SELECT name, state, feed, rows, accepted, repeated, rejected, code, duplicate_of FROM hub.batch
            WHERE party = 'customs' ORDER BY upload_id, item" \
        -c "SELECT b.name, b.item, r.line, r.kind, r.guid, r.effect, r.code, r.direction, r.return_status, r.return_time
            FROM hub.receipt r JOIN hub.batch b USING (batch_id) ORDER BY b.upload_id, b.item, r.line" \
        -c "SELECT b.name, b.item, j.line, j.column_name, j.code, j.seen, j.want FROM hub.reject j JOIN hub.batch b USING (batch_id)
            WHERE b.party = 'customs' ORDER BY b.upload_id, b.item, j.line, j.column_name, j.code" \
        -c "SELECT b.name, b.item, t.counted FROM hub.totals t JOIN hub.batch b USING (batch_id) WHERE b.party = 'customs' ORDER BY 1, 2" \
        -c "SELECT d.guid, d.kind, d.state, d.state_at, d.pre_no, d.invt_no, b.name, d.receipt_id & 4294967295
            FROM hub.document d LEFT JOIN hub.batch b ON b.batch_id = d.receipt_id >> 32 ORDER BY d.guid"
}
transactions() {
    sql -c "SELECT count(DISTINCT xmin::text) FROM hub.batch WHERE party = 'customs' AND state <> 'received'"
}

stop_cluster
cp -a "$work/pg" "$work/pg.before"
cp -a "$work/spool" "$work/spool.before"

# --- one by one ---
"$landport" -c "$work/landport.conf" status >/dev/null 2>>"$work/landport.log" || :
sql -c "UPDATE hub.batch SET attempts = 1 WHERE party = 'customs'"
result=0
hub run ingest >"$work/apart.out" 2>>"$work/landport.log" || result=$?
is 'one by one: some are held' "$result" 65
story >"$work/apart"
ok 'each in a transaction of its own' test "$(transactions)" -ge "$files"
stop_cluster

# --- together ---
rm -rf "$work/pg" "$work/spool"
mv "$work/pg.before" "$work/pg"
mv "$work/spool.before" "$work/spool"
"$landport" -c "$work/landport.conf" status >/dev/null 2>>"$work/landport.log" || :
result=0
hub run ingest >"$work/together.out" 2>>"$work/landport.log" || result=$?
is 'together: the same are held' "$result" 65
story >"$work/together"
same 'what comes of every file, receipt and document is the same' "$work/together" "$work/apart"
is 'so are the counts' "$(sed 's/ *[0-9.]* s / /' "$work/together.out")" "$(sed 's/ *[0-9.]* s / /' "$work/apart.out")"
note "$files files, $(transactions) transactions"

# --- without a file that is done alone: the others are not done again ---
is 'files of all fates were among them' "$(sql -c "SELECT string_agg(DISTINCT state, ' ' ORDER BY state) FROM hub.batch WHERE party = 'customs'")" \
    'duplicate held loaded'
is 'and receipts' "$(sql -c "SELECT string_agg(DISTINCT effect, ' ' ORDER BY effect) FROM hub.receipt")" 'applied held older repeat'
done_testing
