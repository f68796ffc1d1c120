#!/bin/sh
# One row never stops an agency: what a message cannot carry is refused where it comes in, what cannot be
# written all the same is set aside alone, a kind that cannot be made waits alone; killed anywhere, the
# bundle is the same.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='100%'
e2e_hub
sed -i 's/messages = {[^}]*}/messages = {"CEB303", "CEB403", "CEB505", "CEB603", "CEB213", "CEB311", "CEB411", "CEB511", "CEB621"}/
    s/feeds = {"order"}/feeds = {"order", "goods", "return", "importorder"}/' "$work/landport.conf"
LANDPORT_NOW=2026-11-30T14:00:00Z
export LANDPORT_NOW

# drop PARTY NAME: standard input becomes a file in that partner's in/.
drop() {
    cat >"$work/sftp/$1/in/$2"
}
order='ebpCode,ebpName,ebcCode,ebcName,orderNo,orderType,tradeMode,orderTime,goodsValue,freight,currency,country,gnum,itemNo,itemName,unit,qty,price,totalPrice,gcode,gmodel,qty1,unit1'
orders() { # NUMBER… : an order of one line each, of article TEA-<number>
    echo "$order"
    for n; do
        echo "3508960001,海丝优品,3508960001,闽西茶业有限公司,$n,E,9610,20261130100000,100,10,502,502,1,TEA-$n,铁观音,011,4,25,100,0902100000,无品牌,1,035"
    done
}
payments() { # NUMBER…
    echo 'payCode,payName,payNo,ebpCode,ebcCode,orderNo,charge,currency,accountingDate'
    for n; do
        echo "91350800MA0LY0028F,龙岩汇通支付有限公司,P-$n,3508960001,3508960001,$n,110,502,20261130110000"
    done
}
waybills() { # NUMBER…
    echo 'logisticsCode,logisticsName,logisticsNo,ebpCode,orderNo,freight,insuredFee,currency,grossWeight,netWeight,packNo,goodsInfo,ieDate,portCode,country,POD,trafMode,wrapType'
    for n; do
        echo "350898L001,畅达国际物流有限公司,W-$n,3508960001,$n,10,0,502,1.5,1,1,茶,20261201,3715,502,LAX,5,2"
    done
}
# trades SUFFIX NUMBER…: the three files of these orders
trades() {
    name=$1
    shift
    orders "$@" | drop LYPLAT01 "ORDER_$name.csv"
    payments "$@" | drop LYPAY01 "PAYMENT_$name.csv"
    waybills "$@" | drop LYLOGI01 "LOGISTICS_$name.csv"
}
# an article whose second quantity has more digits than the list can carry, once it is multiplied
goods() { # ARTICLE RATE2
    echo 'ebcCode,itemNo,gname,gcode,gmodel,unit,unit1,rate1,unit2,rate2'
    echo "3508960001,$1,乌龙茶,0902100000,x,011,035,0.25,011,$2"
}
# kinds SEQ: how many documents of each kind that bundle holds
kinds() {
    sql -c "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM (
                SELECT kind, count(*) AS n FROM hub.document d JOIN hub.bundle b USING (bundle_id)
                WHERE b.seq = $1 GROUP BY kind) k"
}
# aside: what is aside or waits
aside() {
    sql -c "SELECT string_agg(concat_ws(' ', kind, number, state, code), ', ' ORDER BY kind, number) FROM hub.aside
            WHERE state IN ('aside', 'waiting')"
}
bundle() { # SEQ
    sql -c "SELECT name FROM hub.bundle WHERE seq = $1"
}
good() { # SEQ: verified, and the same bytes when it is written again
    hub bundle verify "$(bundle "$1")" && hub bundle rebuild --verify "$(bundle "$1")"
}

# --- a document that cannot be written ---
goods TEA-Q2 99999999999999.99999 | drop LYPLAT01 GOODS_1.csv
trades 1 A1 Q2 A3
is 'a night with one document too many digits' "$(night_status)" 65
is '... all others went out' "$(kinds 1)" 'CEB303 3, CEB403 3, CEB505 3, CEB603 2'
is '... it alone is aside' "$(aside)" 'CEB603 Q2 aside E1014'
ok '... the bundle is good, and the same again' good 1
is '... status names rows and what to type' "$(hub status --json | jq -r '.aside[] | .rows + " " + .next')" \
    'ORDER_1.csv:3, LOGISTICS_1.csv:3, GOODS_1.csv:2 landport bundle retry Q2 --kind CEB603 --reason "…"'
is '... and the run warned of it' "$(grep -c 'warn declare .*CEB603 of Q2 (ORDER_1.csv:3, LOGISTICS_1.csv:3, GOODS_1.csv:2): set aside.*E1014' "$work/landport.log")" 1
is 'the next run has nothing more to tell' "$(night_status) $(kinds 2)" '0 '
ok 'trying again needs a reason' sh -c "! '$landport' -c '$work/landport.conf' bundle retry Q2"
hub bundle retry Q2 --reason 'as it is' >/dev/null
is 'tried again as it is, it is aside again, and no bundle is made for that' \
    "$(night_status) $(sql -c 'SELECT max(seq) FROM hub.bundle') $(aside) $(hub bundle aside --json 2>>"$work/landport.log" | jq -r '.[].bundle')" '65 1 CEB603 Q2 aside E1014 none'
goods TEA-Q2 1.5 | sed '1s/$/,appType/; 2s/$/,2/' | drop LYPLAT01 GOODS_2.csv
hub bundle give-up Q2 --reason 'they say so' >/dev/null
is 'what is given up is said to be' "$(hub trace Q2 --json | jq -r '.trades[0].aside[-1] | .state + " " + .next') $(
    hub status --json | jq -r '.aside[] | .state + " " + .number')" 'given up landport bundle retry Q2 --kind CEB603 --reason "…" given up Q2'
is 'with a good rate it goes out all the same, by itself' "$(night_status) $(kinds 2) $(aside)" '0 CEB603 1 '
is '... as new, with what became of it kept' "$(sql -c "SELECT app_type, version, (SELECT string_agg(state, ',' ORDER BY aside_id) FROM hub.aside)
    FROM hub.document d JOIN hub.bundle b USING (bundle_id) WHERE seq = 2")" '1|1|again,again'
is '... and audited' "$(sql -c "SELECT string_agg(reason, ', ' ORDER BY audit_id) FROM hub.audit WHERE what = 'bundle retry'")" \
    'as it is'
ok '... the bundle is good' good 2

# --- rows that are not there any more, lines that a message has no place for: several at once ---
goods TEA-Q4 99999999999999.99999 | drop LYPLAT01 GOODS_3.csv
trades 4 B1 Q4 B2 B3 B4
hub run pickup ingest reconcile >>"$work/run.out" 2>>"$work/landport.log"
sql -c "DELETE FROM hub.order_item WHERE item_no = 'TEA-B2';
    INSERT INTO hub.order_item SELECT i.*
    FROM (SELECT subject_hash, row_id, n AS gnum, line, item_no, item_name, item_describe, bar_code, unit, qty, price, total_price,
                 gcode, gname, gmodel, qty1, unit1, qty2, unit2
          FROM hub.order_item, generate_series(2, 101) n WHERE item_no = 'TEA-B3') i"
is 'several at fault' "$(night_status)" 65
is '... are set aside, and only they' "$(kinds 3) / $(aside)" 'CEB303 3, CEB403 5, CEB505 5, CEB603 2 / CEB303 B2 aside E1014, CEB303 B3 aside E1014, CEB603 B2 aside E1014, CEB603 B3 aside E1014, CEB603 Q4 aside E1014'
ok '... the bundle is good' good 3
is '... the documents count from 1' "$(sql -c "SELECT bool_and(doc_no = n) FROM (
    SELECT doc_no, row_number() OVER (PARTITION BY bundle_id, kind ORDER BY doc_no) AS n FROM hub.document) d")" t
hub bundle give-up B2 --reason 'lost' >/dev/null
hub bundle give-up B3 --reason 'will not be sent' >/dev/null
is 'giving up can be undone, by its number' "$(hub bundle retry --all --kind CEB303 --reason x >/dev/null 2>&1 || echo $?) $(
    hub bundle retry B3 --reason 'it will' >/dev/null 2>&1 && echo 0) $(night_status) $(aside)" \
    '1 0 65 CEB303 B3 aside E1014, CEB603 B3 aside E1014, CEB603 Q4 aside E1014'
hub bundle give-up B3 --reason 'no, it will not' >/dev/null
is '... and listed' "$(hub bundle aside --json | jq -r '[.[] | select(.state == "given up") | .number] | unique | join(" ")')" 'B2 B3'
is 'what is given up is listed no more' "$(aside)" 'CEB603 Q4 aside E1014'
sed '1s/$/,appType/; 2,$s/$/,3/' "$work/sftp/LYPLAT01/done/ORDER_4.csv" | sed -n '1p;/,Q4,/p' | drop LYPLAT01 ORDER_5.csv
night_status >/dev/null
orders Q5 | drop LYPLAT01 ORDER_6.csv
payments Q5 | drop LYPAY01 PAYMENT_6.csv
waybills Q5 | drop LYLOGI01 LOGISTICS_6.csv
is 'what its order was voided of is not aside any more' "$(night_status) $(aside)" '0 '

# --- a kind that cannot be made costs only itself ---
mkdir -p "$work/site/sql/extract/customs"
sed -i '1i formats { site = "site" }' "$work/landport.conf"
# site KIND SED: the site's own extract file of that kind
site() {
    sed "$2" "sql/extract/customs/$1.sql" >"$work/site/sql/extract/customs/$1.sql"
    ! cmp -s "sql/extract/customs/$1.sql" "$work/site/sql/extract/customs/$1.sql" || die "$1: nothing of it was changed"
}
last() {
    sql -c 'SELECT max(seq) FROM hub.bundle'
}
# broken NAME KIND SED: a night with three trades and that file
broken() {
    trades "$1" "${1}1" "${1}2"
    site "$2" "$3"
    is "$1: the night says that something failed" "$(night_status)" 65
}
others='CEB303 2, CEB403 2, CEB603 2'
waiting='CEB505 %s1 waiting %s, CEB505 %s2 waiting %s'
# shellcheck disable=SC2059 # a format of this script
waits() { # NAME CODE
    printf "$waiting" "$1" "$2" "$1" "$2"
}
broken C ceb505 's/^FROM ready_now r$/FORM ready_now r/'
is '... its documents cannot be made: the others went out' "$(kinds "$(last)")" "$others"
is '... what asks for it waits' "$(aside)" "$(waits C E1061)"
ok '... the bundle is good' good "$(last)"
seq=$(last)
is '... no run makes another bundle for it' "$(night_status) $(last)" "0 $seq"
broken D ceb505 's/w.goods_info, o.ebc_code/1 \/ (w.pack_no - 1) AS goods_info, o.ebc_code/'
is '... its rows cannot be read: the others went out, and what waited waits on' "$(kinds "$(last)") / $(aside)" \
    "$others / $(waits C E1061), $(waits D E1061)"
ok '... the bundle is good' good "$(last)"
rm "$work/site/sql/extract/customs/ceb505.sql"
trades E E1
hub run pickup ingest reconcile >>"$work/run.out" 2>>"$work/landport.log"
is 'a person may send what waits for its kind' "$(hub bundle retry C1 --reason 'mended' | cut -d ' ' -f 1) $(aside)" \
    '1 CEB505 C2 waiting E1061, CEB505 D1 waiting E1061, CEB505 D2 waiting E1061'
is 'mended, the next bundle takes what waited' "$(night_status) $(kinds "$(last)") $(aside)" \
    '0 CEB303 1, CEB403 1, CEB505 5, CEB603 1 '
ok '... and is good' good "$(last)"

# what check can know of it before the night, and the night does without that kind alone
site ceb505 's/^-- documents$/-- prepare/; /^-- What was declared/,/(r.kinds)$/c SELECT 1'
site ceb403 's/o.order_no, *$/o.order_no,/; s/p.part_key, coalesce/coalesce/'
site ceb303 's/o.goods_value, o.freight/o.freight/'
site ceb621 's/FROM answered_now/FROM answered_nov/'
hub --json check >"$work/check.json" 2>>"$work/landport.log" || :
said() { # KIND
    jq -r ".[] | select(.what == \"message $1\") | .detail" "$work/check.json" | sed "s,$work/,,g; s,$PWD/,,g"
}
# heading KIND HEADING: its line in the site's file
heading() {
    grep -n "^-- $2" "$work/site/sql/extract/customs/$1.sql" | head -n 1 | cut -d : -f 1
}
is 'check says which section is not there' "$(said CEB505)" \
    'site/sql/extract/customs/ceb505.sql: no section "-- documents" or "-- report"'
ok "... where a column of the documents is missing ($(said CEB403))" \
    expr "$(said CEB403)" : "site/sql/extract/customs/ceb403.sql:$(heading ceb403 documents): documents: .*column d.part_key does not exist"
ok "... and where one that each message must have ($(said CEB303))" \
    expr "$(said CEB303)" : "site/sql/extract/customs/ceb303.sql:$(heading ceb303 'level: Order/OrderHead'): level \"Order/OrderHead\" gives no column goods_value; formats/customs/ceb303.xsd:[0-9]* requires goodsValue\$"
ok "... and what is to be done after answers ($(said CEB621))" \
    expr "$(said CEB621)" : "site/sql/extract/customs/ceb621.sql:$(heading ceb621 answered): answered: .*answered_nov"
trades K K1
is '... at night the others go' "$(night_status) $(kinds "$(last)")" '65 CEB603 1'
is '... status names them' "$(hub status --json | jq -r '[.lacking[].kind] | join(" ")') $(
    hub status --json | jq -r '.lacking[].reason' | grep -c 'ceb505.sql: no section\|ceb403.sql:[0-9]*: documents of CEB403: .*part_key\|ceb303.sql:[0-9]*: level')" 'CEB303 CEB403 CEB505 3'
is '... and nothing is aside for good' "$(aside)" 'CEB303 K1 waiting E1013, CEB403 K1 waiting E1061, CEB505 K1 waiting E1013'
rm "$work/site/sql/extract/customs/"*.sql
trades L L1
is '... mended, they go with the next' "$(night_status) $(kinds "$(last)") $(aside)" '0 CEB303 2, CEB403 2, CEB505 2, CEB603 1 '

# all it holds waits: that is no bundle with nothing to tell
seq=$(last)
cp "$work/landport.conf" "$work/all.conf"
others_gone='without = {"CEB303", "CEB403", "CEB603", "CEB213", "CEB311", "CEB411", "CEB511", "CEB621"}'
sed -i "s/messages = {[^}]*}/messages = {\"CEB505\"} $others_gone/" "$work/landport.conf"
for change in 's/FROM ready_now/FROM nowhere/' 's/w.goods_info, o.ebc_code/1 \/ (w.pack_no - 1) AS goods_info, o.ebc_code/'; do
    [ "$(last)" -gt "$seq" ] || trades F F1
    site ceb505 "$change"
    is 'with nothing but a kind that waits' "$(night_status) $(sql -c "SELECT state FROM hub.bundle WHERE seq = $((seq + 1))")" '1 begun'
done
rm "$work/site/sql/extract/customs/ceb505.sql"
LANDPORT_NOW=2026-12-01T14:00:00Z
waybills F2 | drop LYLOGI01 LOGISTICS_F2.csv
is '... the bundle is made once it can be' "$(night_status) $(kinds $((seq + 1)))" '0 CEB505 1'
is '... and bears the day and time of what it tells' "$(sql -F ' ' -c "SELECT name, app_time FROM hub.bundle WHERE seq = $((seq + 1))")" \
    "CUSTOMS_LY_20261202_$(printf %06d $((seq + 1))).zip 20261201220000"
cp "$work/all.conf" "$work/landport.conf"

# --- an extract file that names what is not ready, and names twice ---
site ceb303 's/^FROM ready_now$/FROM (SELECT subject_hash, issuer, order_no, row_id AS order_row, currency, goods_value, ARRAY[\x27CEB303\x27] AS kinds FROM hub.trade_order WHERE current AND app_type <> \x273\x27) every/'
trades G G1
is 'documents outside of what is ready: those told before are left out' "$(night_status) $(kinds "$(last)")" \
    '0 CEB303 2, CEB403 1, CEB505 1, CEB603 1'
is '... but for those that were not, or could not be' "$(sql -c "SELECT string_agg(order_no, ',' ORDER BY order_no) FROM hub.document d
    JOIN hub.bundle b USING (bundle_id) JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE seq = $(last) AND kind = 'CEB303'")" 'F1,G1'
is '... and that is told' "$(grep -c 'warn declare .*CEB303: section documents of its extract file' "$work/landport.log")" 1
site ceb303 's/^FROM ready_now$/FROM (SELECT r.*, goods_value * 0 AS no FROM ready_now r UNION ALL SELECT r.*, 1 FROM ready_now r WHERE order_no = \x27H1\x27 UNION ALL SELECT r.*, 0 FROM ready_now r WHERE order_no = \x27H2\x27) r/
    s/currency, goods_value AS amount/currency, goods_value + no AS amount/'
trades H H1 H2 H3
is 'one named twice, with other content' "$(night_status) $(kinds "$(last)")" '65 CEB303 2, CEB403 3, CEB505 3, CEB603 3'
is '... is set aside, one named twice with the same goes out once' "$(aside)" 'CEB303 H1 aside E1062'
ok '... the bundle is good' good "$(last)"
rm "$work/site/sql/extract/customs/ceb303.sql"
hub bundle retry H1 --reason 'mended' >/dev/null
is '... mended, it goes out' "$(night_status) $(kinds "$(last)") $(aside)" '0 CEB303 1 '

# --- killed where documents are set aside ---
e2e_fault
# fresh: a night of which one document cannot be written and one kind cannot be made, up to declare
fresh() {
    evening
    goods TEA-Q2 99999999999999.99999 | drop LYPLAT01 GOODS_1.csv
    trades 1 A1 Q2 A3
    hub run pickup ingest reconcile >>"$work/run.out" 2>>"$work/landport.log"
}
left() {
    sql -c "SELECT b.seq, b.state, b.file_id, (SELECT count(*) FROM hub.document d WHERE d.bundle_id = b.bundle_id)
            FROM hub.bundle b ORDER BY seq"
    aside
}
site ceb505 's/w.goods_info, o.ebc_code/1 \/ (w.pack_no - 1) AS goods_info, o.ebc_code/'
fresh
is 'one of each at fault' "$(night_status) $(aside)" '65 CEB505 A1 waiting E1061, CEB505 A3 waiting E1061, CEB505 Q2 waiting E1061, CEB603 Q2 aside E1014'
left >"$work/want"
for point in declare-assigned declare-message aside-marking aside-marked declare-written declare-closed; do
    fresh
    run_status=0
    FAULT=$point:1 "$fault" -c "$work/landport.conf" run declare >>"$work/run.out" 2>>"$work/landport.log" || run_status=$?
    is "$point is passed and kills" "$run_status" 1
    [ "$point" != declare-written ] || is '... what is aside comes after the bundle that is open' "$(hub bundle aside --json | jq -r '[.[].next] | unique | .[]')" \
        "landport run, which ends bundle $(sql -c "SELECT name FROM hub.bundle WHERE state = 'open'") first; landport status says what keeps it"
    hub run >>"$work/run.out" 2>>"$work/landport.log" || :
    left >"$work/got"
    same '... and the next run ends the same' "$work/got" "$work/want"
done
# a kind that is not in the configuration for one run: nothing is begun without it, so nothing of it is lost
cp "$work/landport.conf" "$work/kinds.conf"
for point in declare-begun declare-half; do
    fresh
    FAULT=$point:1 "$fault" -c "$work/landport.conf" run declare >>"$work/run.out" 2>>"$work/landport.log" || :
    sed -i 's/"CEB403", //' "$work/landport.conf"
    run_status=0
    hub run >>"$work/run.out" 2>>"$work/landport.log" || run_status=$?
    is "killed at $point, then CEB403 is forgotten: the bundle waits" \
        "$run_status $(sql -c 'SELECT state, documents FROM hub.bundle ORDER BY seq DESC LIMIT 1' | tr -d '\t|')" '75 begun'
    cp "$work/kinds.conf" "$work/landport.conf"
    hub run >>"$work/run.out" 2>>"$work/landport.log" || :
    left >"$work/got"
    same '... and once it is back, the bundle is the same' "$work/got" "$work/want"
done
# a kind that leaves the configuration between the two runs, and the others in another order
fresh
run_status=0
FAULT=declare-written:1 "$fault" -c "$work/landport.conf" run declare >>"$work/run.out" 2>>"$work/landport.log" || run_status=$?
is 'killed with its bundle open' "$run_status $(sql -c 'SELECT state FROM hub.bundle ORDER BY seq DESC LIMIT 1')" '1 open'
sed -i 's/messages = {"CEB303".*/messages = {"CEB603", "CEB303"}/' "$work/landport.conf"
hub run >>"$work/run.out" 2>>"$work/landport.log" || :
left >"$work/got"
same 'an open bundle has the kinds it took, also of one that left the configuration' "$work/got" "$work/want"
ok '... and is made again with the same bytes' hub bundle rebuild --verify "$(sql -c 'SELECT name FROM hub.bundle ORDER BY seq DESC LIMIT 1')"
cp "$work/kinds.conf" "$work/landport.conf"
# --- what a message cannot carry is refused where it comes in ---
# found NAME: what became of that upload, and the faults that are not of other rows
found() {
    sql -c "SELECT b.state || ' ' || b.accepted || ' ' || coalesce((
                SELECT string_agg(DISTINCT concat_ws(' ', r.column_name, r.code, r.seen, r.want), ', ' ORDER BY concat_ws(' ', r.column_name, r.code, r.seen, r.want))
                FROM hub.reject r WHERE r.batch_id = b.batch_id AND r.code <> 'E4010'), '')
            FROM hub.batch b WHERE name = '$1' ORDER BY b.batch_id DESC LIMIT 1"
}
# lines NUMBER HOW-MANY: an export order of so many lines
lines() {
    seq "$2" | while read -r n; do
        echo "3508960001,海丝优品,3508960001,闽西茶业有限公司,$1,E,9610,20261130100000,$2,10,502,502,$n,I$n,铁观音,011,1,1,1,0902100000,无品牌,1,035"
    done
}
rm "$work/site/sql/extract/customs/ceb505.sql"
evening
{ echo "$order" && lines L100 100 && lines L101 101; } | drop LYPLAT01 ORDER_lines.csv
import='ebpCode,ebpName,ebcCode,ebcName,orderNo,orderType,tradeMode,orderTime,goodsValue,freight,discount,taxTotal,currency,buyerRegNo,buyerName,buyerIdType,buyerIdNumber,buyerTelephone,consignee,consigneeTelephone,consigneeAddress,assureCode,country,gnum,itemNo,itemName,unit,qty,price,totalPrice,gcode,gmodel,qty1,unit1,originCountry'
import_lines() { # NUMBER HOW-MANY
    seq "$2" | while read -r n; do
        echo "3508960001,海丝优品,3508960001,闽西茶业有限公司,$1,I,9610,20261130100000,$2,10,0,9.1,142,U1,订购人甲,1,350802199003070010,13800000000,收货人乙,13900000000,龙岩市新罗区示例路 1 号,3508960001,601,$n,M$n,奶粉,011,1,1,1,1901101000,900 克/罐,1.8,035,601"
    done
}
{ echo "$import" && import_lines I99 99 && import_lines I100 100; } | drop LYPLAT01 IMPORTORDER_lines.csv
trades R R1
night_status >/dev/null
is 'an order of 101 lines is refused, one of 100 is not: CEB303 and CEB603 say so' "$(found ORDER_lines.csv)" 'loaded 100 gnum E4062 101 100'
is 'an import order of 100 lines is refused, one of 99 is not' "$(found IMPORTORDER_lines.csv)" 'loaded 99 gnum E4062 100 99'
return='ebpCode,ebcCode,orderNo,returnNo,logisticsCode,logisticsName,logisticsNo,reason,gnum,qty'
{
    echo "$return,tradeMode,trafMode,trafName,voyageNo,portCode,country,qty1"
    echo '3508960001,3508960001,R1,TH-1,350898L001,畅达国际物流有限公司,W-R-1,买方退货,2,1,9661,5,MF801,MF801/1,3715,502,0.25'
} | drop LYPLAT01 RETURN_1.csv
{
    echo "$return"
    echo '3508960001,3508960001,R1,TH-2,350898L001,畅达国际物流有限公司,W-R-2,买方退货,1,1'
    echo '3508960001,3508960001,I99,TH-3,350898L001,畅达国际物流有限公司,W-R-3,买方退货,1,1'
} | drop LYPLAT01 RETURN_2.csv
night_status >/dev/null
is 'a return of a line its order lacks is refused, with order and line' "$(found RETURN_1.csv)" 'loaded 0 gnum E4063 2 R1'
is 'an export return without what CEB213 needs is refused, an import return does not need it' "$(found RETURN_2.csv)" \
    'loaded 1 country E4061 CEB213, portCode E4061 CEB213, qty1 E4061 CEB213, trafMode E4061 CEB213, trafName E4061 CEB213, voyageNo E4061 CEB213'
sed -i 's/"CEB213", //' "$work/landport.conf"
sed -n '1,2p' "$work/sftp/LYPLAT01/done/RETURN_2.csv" | drop LYPLAT01 RETURN_3.csv
night_status >/dev/null
is '... nor does one of which no agency takes CEB213' "$(found RETURN_3.csv)" 'loaded 1 '

# --- a value its element has no room for: the feed takes 1000 characters of a note, CEB213 500 ---
sed -i 's/"CEB303", /&"CEB213", /' "$work/landport.conf"
note=$(printf '%0501d' 0)
{
    echo "$return,tradeMode,trafMode,trafName,voyageNo,portCode,country,qty1,note"
    echo "3508960001,3508960001,R1,TH-4,350898L001,畅达国际物流有限公司,W-R-4,买方退货,1,1,9661,5,MF801,MF801/1,3715,502,0.25,$note"
    echo "3508960001,3508960001,R1,TH-5,350898L001,畅达国际物流有限公司,W-R-5,买方退货,1,1,9661,5,MF801,MF801/1,3715,502,0.25,${note#0}"
    echo "3508960001,3508960001,I99,TH-6,350898L001,畅达国际物流有限公司,W-R-6,买方退货,2,1,9661,5,MF801,MF801/1,3715,601,0.25,$note"
} | drop LYPLAT01 RETURN_4.csv
night_status >/dev/null
is 'a note longer than its element is refused where the return ends in it' "$(found RETURN_4.csv)" 'loaded 2 note E4110 CEB213 note <= 500'
# ... of rows that are in their tables at once: a site's own message that is narrower
mkdir -p "$work/site/formats/customs"
cp -r formats/customs/common "$work/site/formats/customs/"
sed '/name="itemName"/,/<.xs:element>/c <xs:element name="itemName"><xs:simpleType><xs:restriction base="ceb:Text250"><xs:maxLength value="3"/></xs:restriction></xs:simpleType></xs:element>' \
    formats/customs/ceb303.xsd >"$work/site/formats/customs/ceb303.xsd"
{ echo "$order" && lines W1 2 | sed '2s/铁观音/铁观音茶/' && lines W2 2; } | drop LYPLAT01 ORDER_wide.csv
night_status >/dev/null
is 'a name that a site has less room for: its order comes back whole' "$(found ORDER_wide.csv)" 'loaded 2 itemName E4110 CEB303 itemName <= 3'
ok '... and check says so of the column' sh -c "'$landport' -c '$work/landport.conf' check | grep -q 'order itemName.*takes more than CEB303 itemName <= 3'"
rm -r "$work/site/formats"

# --- an import whose payment and waybill came in the feeds of exports ---
sed -i 's/feeds = {"payment"}/feeds = {"payment", "importpayment"}/; s/feeds = {"logistics"}/feeds = {"logistics", "importlogistics"}/' "$work/landport.conf"
{ echo "$import" && import_lines P1 1 | sed 's/,10,0,9.1,142/,10,0,0,142/'; } | drop LYPLAT01 IMPORTORDER_plain.csv
payments P1 | sed '2s/,110,502,/,11,142,/' | drop LYPAY01 PAYMENT_plain.csv
waybills P1 | sed '2s/,10,0,502,/,10,0,142,/; 2s/,502,LAX/,601,LAX/' | drop LYLOGI01 LOGISTICS_plain.csv
orders X1 | drop LYPLAT01 ORDER_pod.csv
payments X1 | drop LYPAY01 PAYMENT_pod.csv
waybills X1 | sed '1s/POD,//; 2s/,LAX,/,/; 1s/$/,consignee,consigneeTelephone,consigneeAddress/; 2s/$/,a,1,b/; 2s/,10,0,502,/,10,0,142,/' | drop LYLOGI01 IMPORTLOGISTICS_pod.csv
said=$(night_status)
breaks() { # NUMBER
    sql -c "SELECT string_agg(code || ' ' || seen || ' ' || want, ', ' ORDER BY code, seen) FROM hub.trade_break WHERE order_no = '$1' AND code LIKE 'E51%'"
}
is 'what the import messages must have is missing: a break that names columns and feed' "$(breaks P1)" \
    'E5110 P-P1 CEB411 payerIdNumber (importpayment); CEB411 payerIdType (importpayment); CEB411 payerName (importpayment), E5110 W-P1 CEB511 consignee (importlogistics); CEB511 consigneeAddress (importlogistics); CEB511 consigneeTelephone (importlogistics)'
is '... of an export too' "$(breaks X1)" 'E5110 W-X1 CEB603 POD (logistics)'
is '... nothing is declared, nothing aside' "$said $(sql -c "SELECT count(*) FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE o.order_no IN ('P1', 'X1')") $(aside)" '0 0 '

done_testing
