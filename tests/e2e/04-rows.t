#!/bin/sh
# What becomes of files and rows that are not simply new: repeats, changes, voids, late ones, damaged
# and unreadable ones; and of the bundles of the nights after.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='10%' reject_from='1 rows'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
orders=$work/day/LYPLAT01/ORDER_20260302_01.csv
payments=$work/day/LYPAY01/PAYMENT_20260302_01.csv
logistics=$work/day/LYLOGI01/LOGISTICS_20260302_01.zip
sample_orders=$(LC_ALL=C grep -c . "$orders")

# drop PARTY NAME: standard input becomes a file in that partner's in/.
drop() {
    cat >"$work/sftp/$1/in/$2"
}

# order_no N: the number of the sample's n-th order; rows_of FILE N: header and its rows.
order_no() {
    jq -r --argjson n "$1" '.orders[$n - 1].orderNo' "$work/day/expected.json"
}
rows_of() {
    LC_ALL=C sed -n "1p; /,$(order_no "$2"),/p" "$1"
}
count_of() {
    echo $(($(rows_of "$orders" "$1" | wc -l) - 1))
}
# noted: the last column, the note, of every row gets another value; with_type N: that appType.
noted() {
    sed "2,\$s/\(\r*\)\$/$1\1/"
}
with_type() {
    sed "1s/^/appType,/; 2,\$s/^/$1,/"
}

# ack PARTY NAME ELEMENT: what the ack of a file says.
ack() {
    xmllint --xpath "string(/ack/$3)" "$work/sftp/$1/out/$2.ack.xml"
}
acks() {
    for element in state accepted repeated rejected; do
        printf '%s ' "$(ack "$1" "$2" $element)"
    done
}
codes() {
    sql -c "SELECT string_agg(DISTINCT r.code, ',' ORDER BY r.code) FROM hub.reject r
            JOIN hub.batch b USING (batch_id) WHERE b.name = '$1'"
}
batch() {
    sql -c "SELECT $2 FROM hub.batch WHERE name = '$1'"
}
verdict() {
    sql -c "SELECT verdict FROM hub.trade WHERE order_no = '$(order_no "$1")'"
}

# opened SEQ: that bundle's files in $work/b.SEQ; manifest SEQ ELEMENT
opened() {
    mkdir "$work/b.$1"
    unzip -q "$(bundle_file "$1")" -d "$work/b.$1"
}
bundle_name() {
    sql -c "SELECT name FROM hub.bundle WHERE seq = $1"
}
bundle_file() {
    printf '%s\n' "$work/sftp/customs/out/$(bundle_name "$1")"
}
manifest() {
    xmllint --xpath "string(/manifest/$2)" "$work/b.$1/manifest.xml"
}
signed() {
    openssl cms -verify -binary -inform DER -in "$work/b.$1/manifest.xml.p7s" \
        -content "$work/b.$1/manifest.xml" -CAfile "$work/keys/zone.crt" -purpose any -out /dev/null
}
# told SEQ KIND ELEMENT: its values in the messages of a kind, sorted
told() {
    find "$work/b.$1/messages" -name "$2_*.xml" -exec cat {} + | grep -o "<ceb:${3}>[^<]*" | sed 's/.*>//' | LC_ALL=C sort
}

# --- the first night; the payment of the 5th order is late ---
drop LYPLAT01 ORDER_first.csv <"$orders"
LC_ALL=C grep -av ",$(order_no 5)," "$payments" | drop LYPAY01 PAYMENT_first.csv
drop LYLOGI01 LOGISTICS_first.zip <"$logistics"
is 'a night without refused rows ends with 0' "$(night_status)" 0
is 'all orders are taken' "$(acks LYPLAT01 ORDER_first.csv)" "loaded $((sample_orders - 1)) 0 0 "
is 'the order without payment waits' \
    "$(sql -c "SELECT order_no, waiting_for FROM hub.trade WHERE verdict <> 'matched'")" \
    "$(order_no 5)|{payment}"
opened 1
is 'the bundle tells the others' "$(told 1 CEB303 orderNo | wc -l)" 19
is 'as new' "$(told 1 CEB303 appType | uniq)" 1
is 'the first bundle has no previous one' "$(manifest 1 previousSha256)" ''

# --- late, repeated, changed, voided ---
LANDPORT_NOW=2026-03-02T21:00:00Z
rows_of "$payments" 5 | drop LYPAY01 PAYMENT_late.csv
drop LYPLAT01 ORDER_same.csv <"$orders"
rows_of "$orders" 1 | drop LYPLAT01 ORDER_again.csv
rows_of "$orders" 2 | noted changed | drop LYPLAT01 ORDER_new_values.csv
is 'refused rows: the night ends with 65' "$(night_status)" 65
is 'the same bytes again: a duplicate' "$(acks LYPLAT01 ORDER_same.csv)" 'duplicate 0 0 0 '
is '... of the first batch' "$(ack LYPLAT01 ORDER_same.csv duplicateOf)" \
    "$(ack LYPLAT01 ORDER_first.csv batch)"
is 'the same order in another file: repeated' "$(acks LYPLAT01 ORDER_again.csv)" "loaded 0 $(count_of 1) 0 "
is 'other values without appType 2: refused' "$(codes ORDER_new_values.csv | sed 's/,E4010//')" E4008
is '... and more than the limit, so nothing of it' \
    "$(ack LYPLAT01 ORDER_new_values.csv state) $(batch ORDER_new_values.csv code)" 'rejected E3014'
ok '... and the rejects name the batch that holds the order' \
    grep -q "$(ack LYPLAT01 ORDER_first.csv batch)" "$work/sftp/LYPLAT01/out/ORDER_new_values.csv.rejects.csv"
is 'the late payment makes the trade match' "$(verdict 5)" matched
opened 2
is 'the second bundle tells that one, and nothing else' "$(told 2 CEB303 orderNo)" "$(order_no 5)"
is 'it names the first by its hash' "$(manifest 2 previousSha256)" \
    "$(sha256sum <"$(bundle_file 1)" | cut -d' ' -f1)"

LANDPORT_NOW=2026-03-02T21:30:00Z
rows_of "$orders" 2 | noted changed | with_type 2 | drop LYPLAT01 ORDER_change.csv
rows_of "$orders" 3 | with_type 3 | drop LYPLAT01 ORDER_void.csv
# one changed order among many that are the same stays below the limit
sed "/,$(order_no 2),/d; /,$(order_no 3),/d; /,$(order_no 4),/s/\(\r*\)\$/changed\1/" "$orders" |
    drop LYPLAT01 ORDER_a_mixed.csv
is 'changes and a refused order: 65' "$(night_status)" 65
is 'appType 2: taken' "$(acks LYPLAT01 ORDER_change.csv)" "loaded $(count_of 2) 0 0 "
is '... as the next version' "$(sql -c "SELECT current, note FROM hub.trade_order
    WHERE order_no = '$(order_no 2)' ORDER BY row_id")" 'f|
t|changed'
is 'appType 3: taken' "$(acks LYPLAT01 ORDER_void.csv)" "loaded $(count_of 3) 0 0 "
is '... and the trade is void' "$(verdict 3)" void
is 'below the limit the other rows count as repeated' "$(acks LYPLAT01 ORDER_a_mixed.csv)" \
    "loaded 0 $((sample_orders - 1 - $(count_of 2) - $(count_of 3) - $(count_of 4))) $(count_of 4) "
is '... and the changed order is refused' "$(codes ORDER_a_mixed.csv | sed 's/,E4010//')" E4008
opened 3
is 'the next bundle tells the change' "$(told 3 CEB303 orderNo)" "$(order_no 2)"
is '... as a change' "$(told 3 CEB303 appType)" 2
is '... the second version of that document' "$(sql -c "SELECT d.version
    FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE o.order_no = '$(order_no 2)' AND d.kind = 'CEB303' ORDER BY 1")" '1
2'

# --- files that cannot be read ---
LANDPORT_NOW=2026-03-02T21:45:00Z
head -c 200 "$logistics" | drop LYLOGI01 LOGISTICS_cut.zip
(cd "$work" && unzip -q "$logistics" -d plain && zip -q -j -P secret locked.zip plain/*)
drop LYLOGI01 LOGISTICS_locked.zip <"$work/locked.zip"
printf 'colour,size\nred,1\n' | drop LYPLAT01 stock.csv
: | drop LYPLAT01 ORDER_empty.csv
sed -n 1p "$orders" | drop LYPLAT01 ORDER_header.csv
is 'files that cannot be read: 65' "$(night_status)" 65
while read -r party name code; do
    case $(batch "$name" state) in
    held | rejected) ok "$name is not loaded" true ;;
    *) is "$name is not loaded" "$(batch "$name" state)" 'held or rejected' ;;
    esac
    is "$name: the reason" "$(batch "$name" code)" "$code"
    ok "$name: an ack that fits its format" \
        xmllint --noout --nonet --schema formats/feed/ack.xsd "$work/sftp/$party/out/$name.ack.xml"
    is "$name: the ack says the state" "$(ack "$party" "$name" state)" "$(batch "$name" state)"
    ok "$name: the ack says why" test -n "$(ack "$party" "$name" messageZh)"
done <<END
LYLOGI01 LOGISTICS_cut.zip E3047
LYLOGI01 LOGISTICS_locked.zip E3012
LYPLAT01 stock.csv E3010
LYPLAT01 ORDER_empty.csv E3046
LYPLAT01 ORDER_header.csv E3008
END
is '... and of a file of no known kind how names begin of what he may send' \
    "$(ack LYPLAT01 stock.csv messageEn | grep -o 'must begin with [A-Z_, ]*;\|must begin with [A-Z_, ]* (')" 'must begin with ORDER_ ('
is 'none of them added a row' "$(sql -c 'SELECT count(*) FROM hub.waybill')" 20

gb18030_only() {
    ! iconv -f UTF-8 -t UTF-8 "$1" && iconv -f GB18030 -t UTF-8 "$1"
}

# --- rejects in the partner's own charset, every byte as it came ---
"$landport" sample --orders 20 --seed 4 --faults 0% --date 20260302 --dir "$work/day2" >/dev/null
bad=$work/PAYMENT_bad.csv
LC_ALL=C sed '3s/,[0-9]*\.[0-9]*,/,12x,/' "$work/day2/LYPAY01/PAYMENT_20260302_01.csv" >"$bad"
ok 'the file is GB18030' gb18030_only "$bad"
ok 'and one amount in it is none' grep -aq ',12x,' "$bad"
drop LYPAY01 PAYMENT_bad.csv <"$bad"
LANDPORT_NOW=2026-03-02T21:50:00Z
is 'a refused row: 65' "$(night_status)" 65
rejects=$work/sftp/LYPAY01/out/PAYMENT_bad.csv.rejects.csv
is 'it was read as GB18030' "$(ack LYPAY01 PAYMENT_bad.csv charset)" GB18030
is 'one row is refused' "$(acks LYPAY01 PAYMENT_bad.csv)" "loaded $(($(wc -l <"$bad") - 2)) 0 1 "
ok 'the rejects are GB18030 again' gb18030_only "$rejects"
for line in 1:1 3:2; do
    LC_ALL=C sed -n "${line%:*}p" "$bad" | tr -d '\r\n' >"$work/want"
    LC_ALL=C sed -n "${line#*:}p" "$rejects" | head -c "$(wc -c <"$work/want")" >"$work/got"
    ok "line ${line%:*} came back byte for byte" cmp "$work/want" "$work/got"
done
is 'with line, column and code' "$(iconv -f GB18030 -t UTF-8 "$rejects" | sed -n 2p |
    grep -o ',3,charge,E2005,.*应为数字.*must be a number' | cut -d, -f2-4)" '3,charge,E2005'
LC_ALL=C sed -n 3p "$work/day2/LYPAY01/PAYMENT_20260302_01.csv" >"$work/row"
{
    LC_ALL=C sed -n 1p "$bad"
    cat "$work/row"
} | drop LYPAY01 PAYMENT_corrected.csv
is 'corrected and sent again it is taken' "$(night_status) $(acks LYPAY01 PAYMENT_corrected.csv)" '0 loaded 1 0 0 '

# --- a day on which nothing came ---
LANDPORT_NOW=2026-03-03T20:00:00Z
before=$(sql -c 'SELECT max(seq) FROM hub.bundle')
is 'a night without files ends with 0' "$(night_status)" 0
last=$(sql -c 'SELECT max(seq) FROM hub.bundle')
is 'it has a bundle' "$last" $((before + 1))
opened "$last"
is '... an empty one' "$(manifest "$last" documents) $(ls "$work/b.$last")" '0 manifest.xml
manifest.xml.p7s'
ok '... signed' signed "$last"
ok '... with a manifest that fits its format' \
    xmllint --noout --nonet --schema formats/bundle/manifest.xsd "$work/b.$last/manifest.xml"
is 'a second run that day makes no other' "$(night_status) $(sql -c 'SELECT max(seq) FROM hub.bundle')" "0 $last"

# --- two partners report the same orders in the same moment ---
LANDPORT_NOW=2026-03-03T20:30:00Z
"$landport" sample --orders 1500 --seed 5 --faults 0% --date 20260303 --dir "$work/day3" >/dev/null
twice=$work/day3/LYPLAT01/ORDER_20260303_01.csv
sed -i 's/feeds = {"logistics"}/feeds = {"logistics", "order"}/' "$work/landport.conf"
drop LYPLAT01 ORDER_a.csv <"$twice"
{ cat "$twice" && echo; } | drop LYLOGI01 ORDER_b.csv
is 'both files are loaded' "$(night_status) $(sql -c "SELECT
    string_agg(state, ' ' ORDER BY name) FROM hub.batch WHERE name IN ('ORDER_a.csv', 'ORDER_b.csv')")" '0 loaded loaded'
rows=$(($(LC_ALL=C grep -c . "$twice") - 1))
is 'one has all the orders, the other repeats them' "$(sql -c "SELECT accepted || ' ' || repeated FROM hub.batch
    WHERE name IN ('ORDER_a.csv', 'ORDER_b.csv') ORDER BY accepted")" "0 $rows
$rows 0"
is 'nothing has two current versions' "$(sql -c "SELECT count(*) FROM (
    SELECT FROM hub.trade_order WHERE current GROUP BY subject_hash, issuer, order_no HAVING count(*) > 1
    UNION ALL SELECT FROM hub.payment WHERE current GROUP BY subject_hash, issuer, order_no, part_key HAVING count(*) > 1
    UNION ALL SELECT FROM hub.waybill WHERE current GROUP BY subject_hash, issuer, order_no, part_key HAVING count(*) > 1
    ) t")" 0

# --- what was held or refused and is loaded late is older than what came after it ---
LANDPORT_NOW=2026-03-03T21:00:00Z
sed -i 's/feeds = {"order"}/feeds = {"order", "goods"}/' "$work/landport.conf"
waybills=$work/waybills.csv
unzip -p "$logistics" >"$waybills"
# article N GMODEL; waybill NOTE: of the 6th order, as a change; held PARTY NAME: with control totals that nobody can read
article() {
    echo 'ebcCode,itemNo,gname,gcode,gmodel,unit,unit1,rate1'
    echo "350896010A,TEA-$1,tea,0902109000,$2,011,035,1"
}
waybill() {
    rows_of "$waybills" 6 | sed "1s/\r*\$/,note&/; 2,\$s/\r*\$/,$1&/; 2,\$s/^1,/2,/"
}
held() {
    drop "$1" "$2"
    echo 'row=16' | drop "$1" "$2.sum"
}
current() { # TABLE N: its note
    sql -c "SELECT string_agg(app_type || ' ' || coalesce(note, '-'), ',') FROM hub.$1 WHERE current AND order_no = '$(order_no "$2")'"
}
now_stands() {
    for n in 6 7 8 9; do current trade_order "$n"; done
    current trade_order 10
    for n in 6 9; do current payment "$n"; done
    current waybill 6
    sql -c "SELECT string_agg(gmodel, ',' ORDER BY item_no) FROM hub.goods WHERE current AND item_no LIKE 'TEA-%'"
}
documents() {
    sql -c 'SELECT count(*) FROM hub.document'
}
{
    rows_of "$orders" 6 | noted OLDER | with_type 2
    rows_of "$orders" 7 | with_type 3 | sed 1d
    rows_of "$orders" 8 | noted NEWER | with_type 2 | sed 1d
    rows_of "$orders" 10 | noted OLDER | with_type 1 | sed 1d
} | held LYPLAT01 ORDER_ciA.csv
rows_of "$payments" 6 | noted OLDER | with_type 2 | held LYPAY01 PAYMENT_ciA.csv
waybill OLDER | held LYLOGI01 LOGISTICS_ciA.csv
{ article 1 OLDER && article 2 NEWER | sed 1d; } | held LYPLAT01 GOODS_ciA.csv
for file in "LYPLAT01 ORDER $orders" "LYPAY01 PAYMENT $payments"; do
    # shellcheck disable=SC2086
    set -- $file
    {
        rows_of "$3" 9 | noted OLDER | with_type 2
        rows_of "$3" 11 | with_type 9 | sed 1d
    } | drop "$1" "$2_refusedA.csv"
done
is 'held and refused: 65' "$(night_status) $(sql -c "SELECT string_agg(DISTINCT state || ' ' || code, ', ') FROM hub.batch WHERE name LIKE '%A.csv'")" \
    '65 held E3042, rejected E3014'
LANDPORT_NOW=2026-03-03T21:10:00Z
{
    for n in 6 7 8 9; do rows_of "$orders" "$n" | noted NEWER | with_type 2 | sed "$([ "$n" = 6 ] || echo 1d)"; done
    rows_of "$orders" 10 | with_type 3 | sed 1d
} | drop LYPLAT01 ORDER_ciB.csv
for n in 6 9; do rows_of "$payments" "$n" | noted NEWER | with_type 2 | sed "$([ "$n" = 6 ] || echo 1d)"; done | drop LYPAY01 PAYMENT_ciB.csv
waybill NEWER | drop LYLOGI01 LOGISTICS_ciB.csv
{ article 1 NEWER && article 2 NEWER | sed 1d; } | drop LYPLAT01 GOODS_ciB.csv
night_status >/dev/null
is 'what was uploaded instead is loaded' "$(sql -c "SELECT string_agg(name || ' ' || state || ' ' || rejected, ', ' ORDER BY name)
    FROM hub.batch WHERE name LIKE '%B.csv'")" \
    'GOODS_ciB.csv loaded 0, LOGISTICS_ciB.csv loaded 0, ORDER_ciB.csv loaded 0, PAYMENT_ciB.csv loaded 0'
is '... and stands' "$(now_stands)" "$(printf '2 NEWER\n2 NEWER\n2 NEWER\n2 NEWER\n3 -\n2 NEWER\n2 NEWER\n2 NEWER\nNEWER,NEWER')"
before="$(now_stands) $(documents)"
LANDPORT_NOW=2026-03-03T21:20:00Z
# shellcheck disable=SC2046
ok 'a person releases what was held and an order file that was refused' hub batch release --reason 'looks fine' --yes \
    $(sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE name LIKE '%ciA.csv' OR name = 'ORDER_refusedA.csv'")
sed -i 's/reject-limit = "10%"/reject-limit = "100%"/' "$work/landport.conf"
ok '... and has the payments judged once more, with another limit' \
    hub batch rerun --reason 'as agreed' --yes "$(batch PAYMENT_refusedA.csv 'hub.batch_name(batch_id)')"
is 'rows that are refused: 65' "$(night_status)" 65
is '... nothing has changed and nothing is declared' "$(now_stands) $(documents)" "$before"
is '... the same values are repeats, others refused' "$(sql -c "SELECT string_agg(name || ' ' || state || ' ' || accepted || ' ' || repeated || ' ' ||
    rejected, ', ' ORDER BY name) FROM hub.batch WHERE name LIKE '%A.csv'")" \
    "GOODS_ciA.csv loaded 0 1 1, LOGISTICS_ciA.csv loaded 0 0 1, ORDER_ciA.csv loaded 0 $(count_of 8) $(($(count_of 6) + $(count_of 7) + $(count_of 10))), \
ORDER_refusedA.csv loaded 0 0 $(($(count_of 9) + $(count_of 11))), PAYMENT_ciA.csv loaded 0 0 1, PAYMENT_refusedA.csv loaded 0 0 2"
is '... as what they are: a change, a void, an order anew' "$(sql -c "SELECT string_agg(DISTINCT r.code || ' ' || r.want, ', ') FROM hub.reject r
    JOIN hub.batch b USING (batch_id) WHERE b.name = 'ORDER_ciA.csv' AND r.code <> 'E4010'")" \
    "E4014 $(batch ORDER_ciB.csv 'hub.batch_name(batch_id)')"
ok '... and that is told' grep -aq "batch $(batch PAYMENT_ciB.csv 'hub.batch_name(batch_id)'), received later, has newer values" \
    "$work/sftp/LYPAY01/out/PAYMENT_ciA.csv.rejects.csv"
cp "$work/sftp/LYPAY01/done/PAYMENT_ciA.csv" "$work/sftp/LYPAY01/in/PAYMENT_meant.csv"
is 'the same bytes sent again are meant' "$(night_status) $(acks LYPAY01 PAYMENT_meant.csv) $(current payment 6)" '0 loaded 1 0 0  2 OLDER'

# --- the data files of an upload in their order, and all before the next upload, whatever their numbers ---
LANDPORT_NOW=2026-03-03T21:40:00Z
sed -i 's/reject-limit = "100%"/reject-limit = "10%"/' "$work/landport.conf"
mkdir "$work/pack"
{
    rows_of "$orders" 8 | noted FIRST | with_type 2
    rows_of "$orders" 11 | with_type 9 | sed 1d
} >"$work/pack/ORDER_z1.csv"
{
    rows_of "$orders" 8 | noted SECOND | with_type 2
    rows_of "$orders" 9 | noted SECOND | with_type 2 | sed 1d
} >"$work/pack/ORDER_z2.csv"
(cd "$work/pack" && zip -q -X "$work/pack.zip" ORDER_z1.csv ORDER_z2.csv)
drop LYPLAT01 ORDER_z.zip <"$work/pack.zip"
rows_of "$orders" 9 | noted THIRD | with_type 2 | drop LYPLAT01 ORDER_zz.csv
parts() {
    sql -c "SELECT string_agg(coalesce(entry, name) || ' ' || state || ' ' || accepted || ' ' || rejected, ', ' ORDER BY upload_id, item)
        FROM hub.batch WHERE name LIKE 'ORDER_z%'"
}
night_status >/dev/null
is 'the next upload comes after all of the one before' "$(parts) $(current trade_order 8) $(current trade_order 9)" \
    "ORDER_z1.csv rejected 0 $(count_of 11), ORDER_z2.csv loaded $(($(count_of 8) + $(count_of 9))) 0, ORDER_zz.csv loaded $(count_of 9) 0 2 SECOND 2 THIRD"
is '... although it has the lower number' "$(sql -c "SELECT max(batch_id) FILTER (WHERE entry = 'ORDER_z2.csv') >
    max(batch_id) FILTER (WHERE name = 'ORDER_zz.csv') FROM hub.batch")" t
ok 'the first of its data files is released after the second' hub batch release --reason 'all the same' --yes \
    "$(sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE entry = 'ORDER_z1.csv'")"
night_status >/dev/null
is '... and is older than that' "$(current trade_order 8) $(sql -c "SELECT DISTINCT r.code || ' ' || (r.want = hub.batch_name(n.batch_id))
    FROM hub.reject r JOIN hub.batch b USING (batch_id), hub.batch n WHERE b.entry = 'ORDER_z1.csv' AND r.code LIKE 'E4%' AND r.code <> 'E4010'
      AND n.entry = 'ORDER_z2.csv'")" '2 SECOND E4014 true'

# --- every bundle can be made again ---
seq=1
while [ "$seq" -le "$last" ]; do
    ok "bundle $seq is made again with the same bytes" hub bundle rebuild --verify "$(bundle_name "$seq")"
    [ "$seq" -eq 1 ] || is "bundle $seq names the one before" "$(sql -c "SELECT count(*) FROM hub.bundle
        WHERE seq = $seq - 1 AND file_id = '$(unzip -p "$(bundle_file "$seq")" manifest.xml |
        xmllint --xpath 'string(/manifest/previousSha256)' -)'")" 1
    seq=$((seq + 1))
done

done_testing
