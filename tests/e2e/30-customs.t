#!/bin/sh
# All of customs: nights with every feed, every message that goes to customs, each valid against the
# published schema; what waits for what; voided trades, changes, returns, the month before.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

export_kinds='CEB303 CEB403 CEB505 CEB507 CEB509 CEB603 CEB605 CEB607 CEB701 CEB213 CEB215'
import_kinds='CEB311 CEB411 CEB511 CEB513 CEB621 CEB623 CEB625 CEB711'
e2e_hub
sed -i "s/messages = {[^}]*}/messages = {$(echo "$export_kinds $import_kinds" | sed 's/ /", "/g; s/^/"/; s/$/"/')}/
    s/feeds = {\"order\"}/feeds = {\"order\", \"goods\", \"return\", \"importorder\"}/
    s/feeds = {\"payment\"}/feeds = {\"payment\", \"importpayment\"}/
    s/feeds = {\"logistics\"}/feeds = {\"logistics\", \"departure\", \"entry\", \"tally\", \"status\", \"importlogistics\"}/" \
    "$work/landport.conf"
ok 'check finds nothing wrong' hub check
# after the check: the keys made just now are not valid before this moment
LANDPORT_NOW=2026-11-26T14:00:00Z
export LANDPORT_NOW

# rates are facts of a day: what the test takes for one is loaded, as an operator would
printf 'kind,currency,from,units,rate,source\ncustoms,502,20261101,100,710,test\n' >"$work/rates.csv"
ok 'a rate is loaded' hub rate import "$work/rates.csv"

# drop PARTY NAME: standard input, a line with | for each comma, becomes a file in that partner's in/.
drop() {
    tr '|' ',' >"$work/sftp/$1/in/$2"
}
# state_of NAME: what became of that upload
state_of() {
    sql -c "SELECT state || ' ' || coalesce(accepted, 0) || ' ' || coalesce(rejected, 0) || ' ' || coalesce(code, '')
            FROM hub.batch WHERE name = '$1' ORDER BY batch_id DESC LIMIT 1"
}
# opened SEQ: that bundle's messages in $work/b.SEQ
opened() {
    mkdir "$work/b.$1"
    unzip -q "$work/sftp/customs/out/$(sql -c "SELECT name FROM hub.bundle WHERE seq = $1")" -d "$work/b.$1"
}
# kinds SEQ: how many documents of each kind that bundle holds
kinds() {
    sql -c "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM (
                SELECT kind, count(*) AS n FROM hub.document d JOIN hub.bundle b USING (bundle_id)
                WHERE b.seq = $1 GROUP BY kind) k"
}
# told SEQ KIND XPATH: of the first message of that kind
told() {
    xmllint --xpath "string($(printf '%s' "$3" | sed "s#/\([A-Za-z0-9@]*\)#/*[local-name()='\1']#g"))" \
        "$(find "$work/b.$1/messages" -name "$2_*.xml" | head -n 1)"
}

# --- a signature stands where the published schema demands one; this one verifies nothing ---
sign='<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><ds:Reference URI=""><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>'
official=${LANDPORT_OFFICIAL:-../shared/official}
[ -f "$official/exp22.xsd" ] || note "no published schemas at hand, only our own are asked: $official"

# valid SEQ KIND…: each message of the kinds fits our schema and the published one
valid() {
    seq=$1
    shift
    for kind; do
        case $export_kinds in *"$kind"*) schema=exp22.xsd ;; *) schema=imp22.xsd ;; esac
        set -- "$work/b.$seq/messages/$kind"_*.xml
        ok "bundle $seq: every $kind fits our schema" xmllint --noout --nonet --schema \
            "formats/customs/$(printf '%s' "$kind" | tr '[:upper:]' '[:lower:]').xsd" "$@"
        [ -f "$official/$schema" ] || continue
        for message; do
            sed "s#^</ceb:${kind}Message>#$(printf '%s' "$sign" | sed 's/#/\\#/g')&#" "$message" >"$work/signed.xml"
            cp "$work/signed.xml" "$work/b.$seq/${message##*/}.signed"
        done
        ok "bundle $seq: every $kind fits the published schema" \
            xmllint --noout --nonet --schema "$official/$schema" "$work/b.$seq/$kind"_*.signed
    done
}
# answered KIND STATE [NUMBER]: receipts say that of all documents of the kind that have no answer; numbers count up
answered() {
    sql -c "UPDATE hub.document d SET state = '$2', state_at = '20261127000000000',
                invt_no = left(nullif('${3-}', ''), 9) || lpad((right('0${3-}', 9)::int + n)::text, 9, '0')
            FROM (SELECT guid, row_number() OVER (ORDER BY bundle_id, doc_no)::int - 1 AS n FROM hub.document
                  WHERE kind = '$1' AND state IS NULL) a WHERE a.guid = d.guid" >/dev/null
}

# --- sample data of the new feeds: the templates' example rows as rows, and as what they are ---
for feed in goods departure entry return tally status importorder importpayment importlogistics; do
    # an import payment without a name that says so looks like any payment, and is stored as one
    case $feed in importpayment) name=IMPORTPAYMENT ;; *) name=1 ;; esac
    hub format template "$feed" --example -o "$work/${name}_$feed.csv"
    is "$feed: its template is known by its header, and its row as an example" \
        "$(hub format check "$work/${name}_$feed.csv" --json | jq -r '.feed + " " + ([.rejects[].code] | join(","))')" "$feed E2081"
    sed -i 's/EXAMPLE-*//g' "$work/${name}_$feed.csv"
    is '... which with another number is taken' \
        "$(hub format check "$work/${name}_$feed.csv" --json | jq -r '.feed + " " + (.rejects | length | tostring)')" "$feed 0"
done

# --- export: two orders of 9610, one of 9710, one out of a bonded area ---
order='ebpCode|ebpName|ebcCode|ebcName|orderNo|orderType|tradeMode|orderTime|goodsValue|freight|currency|country|gnum|itemNo|itemName|unit|qty|price|totalPrice|gcode|gmodel|qty1|unit1'
head_of() { # NUMBER TYPE MODE
    echo "3508960001|海丝优品|3508960001|闽西茶业有限公司|$1|$2|$3|20261124100000|100|10|502|502"
}
tea='TEA-01|铁观音|011|4|25|100|0902100000|无品牌|1|035'
{
    echo "$order"
    echo "$(head_of EX-1 E 9610)|1|$tea"
    echo "$(head_of EX-2 E 9610)|1|$tea"
    echo "$(head_of EX-3 B 9710)|1|$tea"
    echo "$(head_of EX-4 E 1210)|1|TEA-02${tea#TEA-01}"
} | drop LYPLAT01 ORDER_a.csv
{
    echo 'payCode|payName|payNo|ebpCode|ebcCode|orderNo|charge|currency|accountingDate'
    for n in 1 2 4; do
        echo "91350800MA0LY0028F|龙岩汇通支付有限公司|P-EX-$n|3508960001|3508960001|EX-$n|110|502|20261124110000"
    done
} | drop LYPAY01 PAYMENT_a.csv
logistics='logisticsCode|logisticsName|logisticsNo|ebpCode|orderNo|freight|insuredFee|currency|grossWeight|netWeight|packNo|goodsInfo|ieDate|portCode|country|POD|trafMode|wrapType'
waybill() { # NUMBER WEIGHT
    echo "350898L001|畅达国际物流有限公司|W-$1|3508960001|$1|10|0|502|$2|1|1|茶|20261126|3715|502|LAX|5|2"
}
{
    echo "$logistics"
    waybill EX-1 1.5
    waybill EX-2 2.25
    waybill EX-3 1.5
    waybill EX-4 1.5
} | drop LYLOGI01 LOGISTICS_a.csv
{
    echo 'ebcCode|itemNo|gname|gcode|gmodel|unit|unit1|rate1|unit2|rate2|itemRecordNo|emsNo|iacCode|iacName'
    echo '3508960001|TEA-01|乌龙茶|0902100000|无品牌|011|035|0.25|011|0.5||||'
    echo '3508960001|TEA-02|乌龙茶|0902100000|无品牌|011|035|0.25|||R0002|T3706W000001|3508960002|综保区仓储有限公司'
} | drop LYPLAT01 GOODS_a.csv

# --- import: one direct, one bonded ---
importorder='ebpCode|ebpName|ebcCode|ebcName|orderNo|orderType|tradeMode|orderTime|goodsValue|freight|discount|taxTotal|currency|buyerRegNo|buyerName|buyerIdType|buyerIdNumber|buyerTelephone|consignee|consigneeTelephone|consigneeAddress|assureCode|country|emsNo|areaCode|areaName|gnum|itemNo|itemName|unit|qty|price|totalPrice|gcode|gmodel|qty1|unit1|originCountry|itemRecordNo'
buyer='U0001|订购人甲|1|350802199003070010|13800000000|收货人乙|13900000000|龙岩市新罗区示例路 1 号|3508960001'
milk='MILK-1|奶粉|011|2|50|100|1901101000|900 克/罐|1.8|035|601'
import_head() { # NUMBER MODE
    echo "3508960001|海丝优品|3508960001|闽西茶业有限公司|$1|I|$2|20261124100000|100|10|5|9.55|142|$buyer"
}
{
    echo "$importorder"
    echo "$(import_head IM-1 9610)|601||||1|$milk|"
    echo "$(import_head IM-2 1210)|142|T3706W000001|3508960002|综保区仓储有限公司|1|$milk|R0001"
} | drop LYPLAT01 IMPORTORDER_a.csv
{
    echo 'payCode|payName|payNo|ebpCode|ebpName|orderNo|charge|currency|accountingDate|payerName|payerIdType|payerIdNumber'
    for n in 1 2; do
        echo "91350800MA0LY0028F|龙岩汇通支付有限公司|P-IM-$n|3508960001|海丝优品|IM-$n|114.55|142|20261124110000|订购人甲|1|350802199003070010"
    done
} | drop LYPAY01 IMPORTPAYMENT_a.csv
{
    echo 'logisticsCode|logisticsName|logisticsNo|ebpCode|orderNo|freight|insuredFee|currency|grossWeight|netWeight|packNo|goodsInfo|ieDate|portCode|country|trafMode|trafName|voyageNo|billNo|wrapType|consignee|consigneeTelephone|consigneeAddress'
    echo '350898L001|畅达国际物流有限公司|W-IM-1|3508960001|IM-1|10|0|142|2|1.8|1|奶粉|20261126|3715|601|5|MF802|MF802/20261126|731-22222222|2|收货人乙|13900000000|龙岩市新罗区示例路 1 号'
    echo '350898L001|畅达国际物流有限公司|W-IM-2|3508960001|IM-2|10|0|142|2|1.8|1|奶粉|20261126|3715|142|4||||2|收货人乙|13900000000|龙岩市新罗区示例路 1 号'
} | drop LYLOGI01 IMPORTLOGISTICS_a.csv

# --- the sites and the carriers: an entry, a signature, a tally; a transport whose second waybill is unknown yet ---
{
    echo 'operatorCode|operatorName|entryNo|logisticsCode|logisticsName|trafMode|trafNo|voyageNo|billNo|unloadLocation|gnum|logisticsNo'
    echo '350896S001|监管场所|RK-1|350898L001|畅达国际物流有限公司|5|MF802|MF802/20261126|731-22222222|B-07|1|W-IM-1'
    echo '350896S001|监管场所|RK-2|350898L001|畅达国际物流有限公司|5|MF804|MF804/20261126|731-33333333||1|W-IM-8'
    echo '350896S001|监管场所|RK-2|350898L001|畅达国际物流有限公司|5|MF804|MF804/20261126|731-33333333||2|W-IM-9'
} | drop LYLOGI01 ENTRY_a.csv
{
    echo 'logisticsCode|logisticsName|logisticsNo|logisticsStatus|logisticsTime'
    echo '350898L001|畅达国际物流有限公司|W-IM-1|S|20261126120000'
} | drop LYLOGI01 STATUS_a.csv
{
    echo 'operatorCode|operatorName|tallyNo|logisticsCode|logisticsName|logisticsNo|billNo|trafMode|trafName|voyageNo'
    echo '350896S001|监管场所|LH-1|350898L001|畅达国际物流有限公司|W-EX-0|W-EX-0|5|MF802|MF802/20261126'
} | drop LYLOGI01 TALLY_a.csv
departure='logisticsCode|logisticsName|billNo|trafMode|trafName|voyageNo|domesticTrafNo|operatorCode|operatorName|arriveTime|leaveTime|gnum|logisticsNo|totalPackageNo'
transport() { # ARRIVED LEFT
    echo "350898L001|畅达国际物流有限公司|731-11111111|5|MF801|MF801/20261127|闽F12345|350896S001|监管场所|$1|$2"
}
{
    echo "$departure"
    echo "$(transport '' '')|1|W-EX-1|ZB001"
    echo "$(transport '' '')|2|W-EX-5|ZB001"
} | drop LYLOGI01 DEPARTURE_a.csv

is 'the night ends with 0' "$(night_status)" 0
for upload in ORDER:4 PAYMENT:3 LOGISTICS:4 GOODS:2 IMPORTORDER:2 IMPORTPAYMENT:2 IMPORTLOGISTICS:2 ENTRY:3 \
    STATUS:1 TALLY:1 DEPARTURE:2; do
    is "${upload%:*}: all taken" "$(state_of "${upload%:*}_a.csv")" "loaded ${upload#*:} 0 "
done
is 'every trade matches' "$(sql -c "SELECT verdict, count(*) FROM hub.trade GROUP BY 1")" 'matched|6'
opened 1
is 'each mode sends what it must' "$(kinds 1)" \
    'CEB215 1, CEB303 4, CEB311 2, CEB403 3, CEB411 2, CEB505 4, CEB511 2, CEB513 1, CEB603 4, CEB621 2, CEB711 2'
valid 1 CEB303 CEB403 CEB505 CEB603 CEB215 CEB311 CEB411 CEB511 CEB513 CEB621 CEB711
is '9710 sends no receipt' "$(grep -l EX-3 "$work"/b.1/messages/CEB403_*.xml)" ''
is 'a message of CEB711 holds one document' "$(sql -c "SELECT string_agg(documents::text, ' ') FROM hub.message WHERE kind = 'CEB711'")" '1 1'
is 'the goods master gives second quantity and name' \
    "$(sed 's#<ceb:Inventory>#\n&#g' "$work"/b.1/messages/CEB603_*.xml | grep EX-1 |
        grep -o '<ceb:\(gname\|qty2\|unit2\)>[^<]*' | sed 's/.*>//' | tr '\n' ' ')" '乌龙茶 2.00000 011 '
is '1210 names ledger, company and record number' \
    "$(sed 's#<ceb:Inventory>#\n&#g' "$work"/b.1/messages/CEB603_*.xml | grep EX-4 |
        grep -o '<ceb:\(iacCode\|emsNo\|itemRecordNo\)>[^<]*' | sed 's/.*>//' | tr '\n' ' ')" '3508960002 T3706W000001 R0002 '
is 'acturalPaid is what was paid' "$(told 1 CEB311 /CEB311Message/Order/OrderHead/acturalPaid)" 114.55
is 'the transport waits: a waybill of it is on no list' \
    "$(sql -c "SELECT what, held FROM hub.ready")" 'departure|t'
is 'a second run that night makes no other bundle' "$(night_status) $(sql -c 'SELECT max(seq) FROM hub.bundle')" '0 1'

# --- the missing order comes; then the transport has arrived, then left ---
LANDPORT_NOW=2026-11-26T15:00:00Z
{
    echo "$order"
    echo "$(head_of EX-5 E 9610)|1|$tea"
} | drop LYPLAT01 ORDER_b.csv
{
    echo 'payCode|payName|payNo|ebpCode|ebcCode|orderNo|charge|currency|accountingDate'
    echo '91350800MA0LY0028F|龙岩汇通支付有限公司|P-EX-5|3508960001|3508960001|EX-5|110|502|20261124110000'
} | drop LYPAY01 PAYMENT_b.csv
{
    echo "$logistics"
    waybill EX-5 2
} | drop LYLOGI01 LOGISTICS_b.csv
is 'a night with the order that was missing' "$(night_status)" 0
is 'its list goes first' "$(kinds 2)" 'CEB303 1, CEB403 1, CEB505 1, CEB603 1'
LANDPORT_NOW=2026-11-26T15:30:00Z
is 'the next run' "$(night_status)" 0
opened 3
is 'sends the waybills of the transport, and nothing of arriving or leaving' "$(kinds 3)" 'CEB607 1'
is '... with the weight of its lists' "$(told 3 CEB607 /CEB607Message/WayBill/WayBillHead/grossWeight)" 3.5
valid 3 CEB607
LANDPORT_NOW=2026-11-26T16:00:00Z
{
    echo "appType|$departure"
    echo "2|$(transport 20261126230000 '')|1|W-EX-1|ZB001"
    echo "2|$(transport 20261126230000 '')|2|W-EX-5|ZB001"
} | drop LYLOGI01 DEPARTURE_b.csv
is 'it has arrived' "$(night_status)" 0
opened 4
is '... which is told, and CEB607 not again' "$(kinds 4)" 'CEB507 1'
valid 4 CEB507
LANDPORT_NOW=2026-11-26T17:00:00Z
{
    echo "appType|$departure"
    echo "2|$(transport 20261126230000 20261127003000)|1|W-EX-1|ZB001"
    echo "2|$(transport 20261126230000 20261127003000)|2|W-EX-5|ZB002"
} | drop LYLOGI01 DEPARTURE_c.csv
is 'it has left, and a bag was another' "$(night_status)" 0
opened 5
is '... departure, and what the bag changes' "$(kinds 5)" 'CEB507 1, CEB509 1, CEB607 1'
is '... the departure is new' "$(told 5 CEB509 /CEB509Message/Departure/DepartureHead/appType)" 1
is '... the others are changes' "$(told 5 CEB507 /CEB507Message/Arrival/ArrivalHead/appType)$(
    told 5 CEB607 /CEB607Message/WayBill/WayBillHead/appType)" 22
valid 5 CEB507 CEB509 CEB607

# --- lines that do not fit ---
LANDPORT_NOW=2026-11-26T17:30:00Z
{
    echo "$departure"
    echo "$(transport '' '' | sed 's/731-11111111/731-44444444/')|1|W-EX-2|"
    echo "$(transport '' '' | sed 's/731-11111111/731-44444444/')|3|W-EX-3|"
    echo "$(transport '' '' | sed 's/731-11111111/731-55555555/')|1|W-EX-2|"
    echo "$(transport '' '' | sed 's/731-11111111/731-55555555/; s/MF801/MF809/')|2|W-EX-3|"
    echo "$(transport '' '' | sed 's/731-11111111/731-66666666/')|1|W-EX-2|"
    echo "$(transport '' '' | sed 's/731-11111111/731-66666666/')|1|W-EX-2|"
    echo "$(transport '' '' | sed 's/731-11111111/731-66666666/')|1|W-EX-3|"
} | drop LYLOGI01 DEPARTURE_bad.csv
{
    echo "$importorder"
    echo "$(import_head IM-3 1210)|142||||1|$milk|"
} | drop LYPLAT01 IMPORTORDER_bad.csv
{
    echo 'ebcCode|itemNo|gname|gcode|gmodel|unit|unit1|rate1|unit2|rate2'
    echo '3508960001|TEA-03|乌龙茶|0902100000|无品牌|011|035|0.25|011|'
} | drop LYPLAT01 GOODS_bad.csv
is 'rows are refused' "$(night_status)" 65
codes() {
    sql -c "SELECT string_agg(r.line || ' ' || r.column_name || ' ' || r.code, ', ' ORDER BY r.line, r.column_name)
            FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE b.name = '$1'"
}
is 'a transport: gaps, other heads, one line twice, and the rest of each' "$(codes DEPARTURE_bad.csv)" \
    '2 gnum E4002, 3 billNo E4010, 4 billNo E4010, 5 gnum E4001, 6 gnum E4002, 8 gnum E4007'
is 'bonded without ledger, company and record number' "$(codes IMPORTORDER_bad.csv)" \
    '2 areaCode E4021, 2 areaName E4021, 2 emsNo E4021, 2 itemRecordNo E4021'
is 'a second unit without its rate' "$(codes GOODS_bad.csv)" '2 rate2 E4020'

# --- a void beside what it voids, in one file ---
{
    echo "appType|$departure"
    echo "1|$(transport '' '' | sed 's/731-11111111/731-77777777/')|1|W-EX-2|"
    echo "3|$(transport '' '' | sed 's/731-11111111/731-77777777/')|1|W-EX-2|"
} | drop LYLOGI01 DEPARTURE_both.csv
is 'a transport and its void: the night ends with 65' "$(night_status)" 65
is '... the void comes back, to be sent after it' "$(codes DEPARTURE_both.csv)" '3 appType E3031'

# --- a voided trade: its list is withdrawn once it has a number ---
LANDPORT_NOW=2026-11-26T18:00:00Z
cp "$work/landport.conf" "$work/withdraws.conf"
sed -i 's/"CEB605", //; s/"CEB623", //' "$work/landport.conf"
is 'kinds that leave the messages: no bundle is begun before somebody says that they are to' \
    "$(hub status --json | jq -r '.waits[] | .waits_for + ": " + .next')" \
    'its last bundle was begun with CEB605, CEB623, and messages has them no more: put "CEB605", "CEB623" back into messages of agency "customs", or, where it is told no more, into its without; then landport run'
is '... nor does one promise to send them' "$(hub bundle retry --all --kind CEB605 --reason x 2>&1 | grep -o 'no agency takes CEB605')" 'no agency takes CEB605'
sed -i 's/cutoff = "06:00"/& without = {"CEB605", "CEB623"}/' "$work/landport.conf"
{
    echo "appType|note|$order"
    echo "3|买方取消|$(head_of EX-2 E 9610)|1|$tea"
} | drop LYPLAT01 ORDER_void.csv
{
    echo "appType|$importorder"
    echo "3|$(import_head IM-2 1210)|142|T3706W000001|3508960002|综保区仓储有限公司|1|$milk|R0001"
} | drop LYPLAT01 IMPORTORDER_void.csv
is 'two orders are voided' "$(night_status) $(state_of ORDER_void.csv)$(state_of IMPORTORDER_void.csv)" \
    '0 loaded 1 0 loaded 1 0 '
is '... and their lists have no number yet' "$(sql -c "SELECT what, held, count(*) FROM hub.ready GROUP BY 1, 2")" 'void|t|2'
before=$(sql -c 'SELECT max(seq) FROM hub.bundle')
answered CEB603 accepted 37062026E000000001
answered CEB621 accepted 37062026I000000001
is 'without a message that withdraws them the lists stay, and the voids' \
    "$(night_status) $(sql -c 'SELECT max(seq) FROM hub.bundle') $(sql -c "SELECT what, held, count(*) FROM hub.ready GROUP BY 1, 2")" "0 $before void|t|2"
is '... check said it would come to that' "$(hub check --json | jq -r '.[] | select(.state == "warning" and (.detail | test("withdraws"))) | .what + " " + .detail[:15]')" \
    'CEB603 to customs CEB605 withdraw
CEB621 to customs CEB623 withdraw'
is '... the run counts them, night after night' "$(night_status) $(tail -n 7 "$work/run.out" | grep -o 'voids_untold=2')" '0 voids_untold=2'
is '... status names them and what to do' "$(hub status --json | jq -r '.voids[] | .number + " " + .code + " " + .next')" \
    'EX-2 E1140 add "CEB605" to messages of agency "customs", then landport run
IM-2 E1140 add "CEB623" to messages of agency "customs", then landport run'
is '... and trace says it of one' "$(hub trace EX-2 --json | jq -r '.trades[0].trade.withdrawal')" \
    'customs: nothing withdraws its list: CEB605 is not among the messages'
cp "$work/withdraws.conf" "$work/landport.conf"
is 'with the messages they go out' "$(night_status) $(sql -c 'SELECT max(seq) FROM hub.bundle')" "0 $((before + 1))"
opened $((before + 1))
is 'the lists are withdrawn' "$(kinds $((before + 1)))" 'CEB605 1, CEB623 1'
is '... by their number, with the reason given' \
    "$(told $((before + 1)) CEB605 /CEB605Message/InvtCancel/invtNo) $(told $((before + 1)) CEB605 /CEB605Message/InvtCancel/reason)" \
    '37062026E000000003 买方取消'
valid $((before + 1)) CEB605 CEB623

# --- goods come back ---
LANDPORT_NOW=2026-11-26T19:00:00Z
{
    echo 'ebpCode|ebcCode|orderNo|returnNo|logisticsCode|logisticsName|logisticsNo|reason|tradeMode|trafMode|trafName|voyageNo|portCode|country|gnum|qty|qty1'
    echo '3508960001|3508960001|EX-1|TH-1|350898L001|畅达国际物流有限公司|W-R-1|买方退货|9661|5|MF802|MF802/20261126|3715|502|1|1|0.25'
    echo '3508960001|3508960001|IM-1|TH-2|350898L001|畅达国际物流有限公司|W-IM-1|不合适|||||||1|1|'
    echo '3508960001|3508960001|EX-9|TH-3|350898L001|畅达国际物流有限公司|W-R-9|无此订单|9661|5|MF802|MF802/20261126|3715|502|1|1|0.25'
} | drop LYPLAT01 RETURN_a.csv
is 'returns, one of an order nobody knows' "$(night_status) $(state_of RETURN_a.csv)" '0 loaded 3 0 '
last=$(sql -c 'SELECT max(seq) FROM hub.bundle')
opened "$last"
is 'export and import each in their message; the unknown one waits' \
    "$(kinds "$last"); $(sql -c "SELECT what, held FROM hub.ready")" 'CEB213 1, CEB625 1; return|t'
is 'by the list they were on' "$(told "$last" CEB213 /CEB213Message/InvtRefund/InvtRefundHead/invtNo) $(
    told "$last" CEB213 /CEB213Message/InvtRefund/InvtRefundList/gname) $(
    told "$last" CEB625 /CEB625Message/InvtRefund/InvtRefundHead/invtNo)" \
    '37062026E000000004 铁观音 37062026I000000001'
valid "$last" CEB213 CEB625

# --- a list is sent when what it refers to is accepted: where the agency wants it so ---
LANDPORT_NOW=2026-11-26T20:00:00Z
sed -i 's/cutoff = "06:00"/& order = "accepted"/' "$work/landport.conf"
{
    echo "$order"
    echo "$(head_of EX-6 E 9610)|1|$tea"
} | drop LYPLAT01 ORDER_c.csv
{
    echo 'payCode|payName|payNo|ebpCode|ebcCode|orderNo|charge|currency|accountingDate'
    echo '91350800MA0LY0028F|龙岩汇通支付有限公司|P-EX-6|3508960001|3508960001|EX-6|110|502|20261124110000'
} | drop LYPAY01 PAYMENT_c.csv
{
    echo "$logistics"
    waybill EX-6 2
} | drop LYLOGI01 LOGISTICS_c.csv
before=$last
is 'order, receipt and waybill go' "$(night_status) $(kinds $((before + 1)))" '0 CEB303 1, CEB403 1, CEB505 1'
answered CEB303 accepted
is 'with the order accepted alone nothing more goes' "$(night_status) $(sql -c 'SELECT max(seq) FROM hub.bundle')" \
    "0 $((before + 1))"
answered CEB505 accepted
is 'with the waybill too the list goes' "$(night_status) $(kinds $((before + 2)))" '0 CEB603 1'

# --- what was refused is new again, what was not is a change ---
LANDPORT_NOW=2026-11-26T21:00:00Z
sed -i 's/ order = "accepted"//' "$work/landport.conf"
answered CEB603 refused
{
    echo "appType|note|$order"
    echo "2|更正|$(head_of EX-6 E 9610)|1|$tea"
} | drop LYPLAT01 ORDER_d.csv
is 'an order changes whose list was refused: what says nothing of that is not sent again' \
    "$(night_status) $(kinds $((before + 3)))" '0 CEB303 1, CEB603 1'
opened $((before + 3))
is 'the order is a change, the list new' "$(told $((before + 3)) CEB303 /CEB303Message/Order/OrderHead/appType) $(
    told $((before + 3)) CEB603 /CEB603Message/Inventory/InventoryHead/appType)" '2 1'

# --- what a mode demands: limits, ledgers, persons, transport ---
LANDPORT_NOW=2026-11-26T22:00:00Z
{
    echo "$order"
    echo "$(head_of M-1 B 9710 | sed 's/|100|10|502|/|6000|10|142|/')|1|TEA-01|铁观音|011|4|1500|6000|0902100000|无品牌|1|035"
    echo "$(head_of M-2 B 9710 | sed 's/|100|10|502|/|5000|10|142|/')|1|TEA-01|铁观音|011|4|1250|5000|0902100000|无品牌|1|035"
    echo "$(head_of M-3 E 1210)|1|TEA-09${tea#TEA-01}"
} | drop LYPLAT01 ORDER_e.csv
{
    echo "$logistics"
    waybill M-1 1.5
    waybill M-2 1.5
    waybill M-3 1.5
} | drop LYLOGI01 LOGISTICS_e.csv
{
    echo 'payCode|payName|payNo|ebpCode|ebcCode|orderNo|charge|currency|accountingDate'
    echo '91350800MA0LY0028F|龙岩汇通支付有限公司|P-M-3|3508960001|3508960001|M-3|110|502|20261124110000'
} | drop LYPAY01 PAYMENT_e.csv
{
    echo "$importorder"
    for n in 4 5 6; do
        echo "$(import_head "M-$n" 9610)|601||||1|$milk|"
    done
    echo "$(import_head M-7 1210)|142|T3706W000001|3508960002|综保区仓储有限公司|1|$milk|R0001"
} | drop LYPLAT01 IMPORTORDER_e.csv
{
    echo 'payCode|payName|payNo|ebpCode|ebpName|orderNo|charge|currency|accountingDate|payerName|payerIdType|payerIdNumber'
    for n in 4 5 6 7; do
        echo "91350800MA0LY0028F|龙岩汇通支付有限公司|P-M-$n|3508960001|海丝优品|M-$n|114.55|142|20261124110000|订购人$([ $n = 4 ] && echo 丙 || echo 甲)|1|350802199003070010"
    done
} | drop LYPAY01 IMPORTPAYMENT_e.csv
{
    echo 'logisticsCode|logisticsName|logisticsNo|ebpCode|orderNo|freight|insuredFee|currency|grossWeight|netWeight|packNo|goodsInfo|ieDate|portCode|country|trafMode|trafName|voyageNo|billNo|wrapType|consignee|consigneeTelephone|consigneeAddress'
    for row in '4|601|5|MF802|V1|731-22222222|2|收货人乙' '5|601|5|MF802||731-22222222|2|收货人乙' \
        '6|601|5|MF802|V1|731-22222222|2|收货人丁' '7|142|4|MF802|||2|收货人乙'; do
        echo "350898L001|畅达国际物流有限公司|W-M-${row%%|*}|3508960001|M-${row%%|*}|10|0|142|2|1.8|1|奶粉|20261126|3715|${row#*|}|13900000000|龙岩市新罗区示例路 1 号"
    done
} | drop LYLOGI01 IMPORTLOGISTICS_e.csv
is 'the night ends with 0: nothing is refused' "$(night_status)" 0
is 'each demand that is not met is a break' "$(sql -c "SELECT order_no, string_agg(b.code || ' ' || b.seen || ' ' || b.want, ', ')
    FROM hub.trade t LEFT JOIN hub.trade_break b USING (subject_hash, issuer, order_no)
    WHERE order_no LIKE 'M-%' GROUP BY order_no ORDER BY order_no")" 'M-1|E5009 6000 5000
M-2|
M-3|E5013 1 TEA-09
M-4|E5010 P-M-4 
M-5|E5012 W-M-5 3
M-6|E5011 W-M-6 
M-7|E5012 W-M-7 0'
is 'and what is within them goes' "$(kinds "$(sql -c 'SELECT max(seq) FROM hub.bundle')")" 'CEB303 1, CEB505 1, CEB603 1'
{
    echo "$order"
    echo "$(head_of M-8 B 9710 | sed 's/|100|10|/|800|10|/')|1|TEA-01|铁观音|011|4|200|800|0902100000|无品牌|1|035"
} | drop LYPLAT01 ORDER_f.csv
{
    echo "$logistics"
    waybill M-8 1.5
} | drop LYLOGI01 LOGISTICS_f.csv
{
    echo 'ebcCode|itemNo|gname|gcode|gmodel|unit|unit1|rate1|unit2|rate2|itemRecordNo|emsNo|iacCode|iacName'
    echo '3508960001|TEA-09|乌龙茶|0902100000|无品牌|011|035|0.25|||R0009|T3706W000001|3508960002|综保区仓储有限公司'
} | drop LYPLAT01 GOODS_f.csv
is 'a limit in yuan is asked at the rate of the day' "$(night_status) $(sql -c "SELECT code, seen FROM hub.trade_break
    WHERE order_no = 'M-8'")" '0 E5009|5680'
is '... and an order that lacked its article is asked again when the article comes' "$(sql -c "SELECT verdict, (SELECT count(*) FROM hub.trade_break WHERE order_no = 'M-3')
    FROM hub.trade WHERE order_no = 'M-3'")" 'matched|0'

# --- what a bundle was made of may change later: it is made again as it was ---
LANDPORT_NOW=2026-11-26T22:30:00Z
{
    echo 'appType|ebcCode|itemNo|gname|gcode|gmodel|unit|unit1|rate1|unit2|rate2|itemRecordNo|emsNo|iacCode|iacName'
    echo '2|3508960001|TEA-01|红茶|0902100000|无品牌|011|035|0.25|011|0.75||||'
    echo '2|3508960001|TEA-02|红茶|0902100000|无品牌|011|035|0.25|||R0003|T3706W000002|3508960003|另一家仓储有限公司'
} | drop LYPLAT01 GOODS_c.csv
{
    echo "note|$order"
    echo "又有了|$(head_of EX-2 E 9610)|1|$tea"
} | drop LYPLAT01 ORDER_g.csv
is 'articles change, a voided order number is used anew' \
    "$(night_status) $(state_of GOODS_c.csv)$(state_of ORDER_g.csv)" '0 loaded 2 0 loaded 1 0 '

# --- the month after: each consignor's lists are summed up, once it is known which of them stand ---
in=$work/sftp/customs/in
LANDPORT_NOW=2026-12-01T20:00:00Z
months() {
    hub --json status 2>>"$work/landport.log" | jq -rc '.reports[] | [.of, .kind, .period, .state, .note]'
}
is 'the first night of December, two lists are not answered' "$(night_status) $(kinds "$(sql -c 'SELECT max(seq) FROM hub.bundle')")" '0 '
is '... and status says what is waited for' "$(months)" '["3508960001","CEB701","202611","waits","5 lists stand, 3 have no answer: it waits for their receipts, until 2026-12-15"]'
listed() { # NUMBER STATUS
    echo "<CEB604Message><InventoryReturn><ebpCode>3508960001</ebpCode><ebcCode>3508960001</ebcCode><orderNo>$1</orderNo><returnStatus>$2</returnStatus><returnTime>20261202030000000</returnTime></InventoryReturn></CEB604Message>" >"$in/list-$1.xml"
}
listed "$(sql -c "SELECT min(order_no) FROM hub.report_open s CROSS JOIN LATERAL jsonb_array_elements(known -> 'lists') l
    JOIN hub.document d ON d.subject_hash = (l ->> 0)::bigint AND d.guid = (l ->> 1)::uuid
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row")" 100
is 'one is refused: it does not count, and of the other nobody knows' "$(night_status) $(months)" \
    '0 ["3508960001","CEB701","202611","waits","5 lists stand, 2 have no answer: it waits for their receipts, until 2026-12-15"]'
LANDPORT_NOW=2026-12-14T20:00:00Z
is 'by the 15th it must be told, without them' "$(night_status) $(months)" '0 ["3508960001","CEB701","202611","told","5 lists are summed up, 2 had no answer: ask the agency whether it summed these up"]'
last=$(sql -c 'SELECT max(seq) FROM hub.bundle')
opened "$last"
is 'applies for November' "$(kinds "$last")" 'CEB701 1'
is '... all of it' "$(told "$last" CEB701 /CEB701Message/SummaryApply/SummaryApplyHead/startTime) $(
    told "$last" CEB701 /CEB701Message/SummaryApply/SummaryApplyHead/endTime)" '20261101000000 20261130235959'
valid "$last" CEB701
is 'once' "$(night_status) $(sql -c 'SELECT max(seq) FROM hub.bundle')" "0 $last"

# --- every kind of receipt finds its document, whatever the agency leaves out ---
# receipt KIND ANSWERS ELEMENT COLUMN…: of each newest document of the kind, all in one message; what identifies it by SQL
receipt() {
    kind=$1 answers=$2 element=$3
    shift 3
    fields=
    for pair; do fields="$fields || '<${pair%%=*}>' || ${pair#*=} || '</${pair%%=*}>'"; done
    {
        echo "<${kind}Message xmlns='http://www.chinaport.gov.cn/ceb' guid='x' version='1.0'>"
        sql -c "SELECT '<$element>' $fields || '<returnStatus>399</returnStatus><returnTime>20270101080000000</returnTime></$element>'
                FROM (SELECT DISTINCT ON (coalesce(d.first_guid, d.guid)) d.*, replace(d.guid::text, '-', '') AS hex
                      FROM hub.document d WHERE d.kind = '$answers' ORDER BY coalesce(d.first_guid, d.guid), d.version DESC) d
                LEFT JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
                LEFT JOIN hub.payment p ON p.subject_hash = d.subject_hash AND p.row_id = d.payment_row
                LEFT JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
                LEFT JOIN hub.waybill_status s ON s.subject_hash = d.subject_hash AND s.row_id = d.source_row"
        echo "</${kind}Message>"
    } >"$in/$kind.xml"
}
order_keys='ebpCode=o.ebp_code ebcCode=o.ebc_code orderNo=o.order_no'
carrier='logisticsCode=w.logistics_code logisticsNo=w.logistics_no'
for pair in CEB304=CEB303 CEB312=CEB311; do
    # shellcheck disable=SC2086
    receipt "${pair%%=*}" "${pair#*=}" OrderReturn $order_keys
done
receipt CEB404 CEB403 ReceiptsReturn ebcCode=o.ebc_code orderNo=o.order_no payNo=p.pay_no
receipt CEB412 CEB411 PaymentReturn payCode=p.pay_code payTransactionId=p.pay_no
for pair in CEB506=CEB505 CEB512=CEB511; do
    # shellcheck disable=SC2086
    receipt "${pair%%=*}" "${pair#*=}" LogisticsReturn $carrier
done
# shellcheck disable=SC2086
receipt CEB604 CEB603 InventoryReturn $order_keys
receipt CEB622 CEB621 InventoryReturn 'copNo=upper(left(hex,20))' "invtNo='37062026I'||left(hex,9)"
receipt CEB508 CEB507 ArrivalReturn 'copNo=upper(left(hex,30))'
receipt CEB510 CEB509 DepartureReturn 'copNo=upper(left(hex,30))'
receipt CEB606 CEB605 InvtCancelReturn 'copNo=upper(left(hex,30))'
receipt CEB608 CEB607 WayBillReturn 'copNo=upper(left(hex,30))'
receipt CEB702 CEB701 SummaryReturn 'copNo=upper(left(hex,30))' "sumNo='370620261200000001'"
receipt CEB214 CEB213 RefundReturn 'coElNo=upper(left(hex,30))'
receipt CEB216 CEB215 InvtRefundDetailReturn 'coElNo=upper(left(hex,20))'
receipt CEB514 CEB513 LogisticsStatusReturn logisticsCode=s.logistics_code logisticsNo=s.logistics_no
receipt CEB624 CEB623 InvtCancelReturn 'copNo=upper(left(hex,20))'
receipt CEB626 CEB625 InvtRefundReturn 'copNo=upper(left(hex,20))'
receipt CEB712 CEB711 DeliveryReturn 'copNo=upper(left(hex,20))'
# another agency has the same lists, and was told of no withdrawal
sql -c "INSERT INTO hub.bundle (agency, seq, name, business_date, app_time, created_at, test, settings, state, archived)
        SELECT 'port', 1, 'PORT', business_date, app_time, created_at, test, settings, 'published', true FROM hub.bundle LIMIT 1" \
    -c "INSERT INTO hub.document (subject_hash, guid, bundle_id, kind, doc_no, version, order_row, waybill_row)
        SELECT DISTINCT ON (subject_hash) subject_hash, gen_random_uuid(), (SELECT max(bundle_id) FROM hub.bundle), 'CEB603', 1, 1, order_row, waybill_row
        FROM hub.document WHERE kind = 'CEB605'"
LANDPORT_NOW=2027-01-01T02:00:00Z
is 'a night with receipts of every kind ends with 0: none is held' "$(night_status)" 0
is 'what one agency takes back stands at another' "$(sql -c "SELECT DISTINCT d.state IS NULL FROM hub.document d
    JOIN hub.bundle b USING (bundle_id) WHERE b.agency = 'port'")" t
sql -c "DELETE FROM hub.document d USING hub.bundle b WHERE b.bundle_id = d.bundle_id AND b.agency = 'port'" \
    -c "DELETE FROM hub.bundle WHERE agency = 'port'"
sed -i '/port/d' "$work/spool/mark" # else the database would be the older of the two
is 'a list waited for its withdrawal, then it is new' "$(kinds "$(sql -c 'SELECT max(seq) FROM hub.bundle')") $(
    sql -c "SELECT app_type, cop_guid IS NULL FROM hub.document WHERE bundle_id = (SELECT max(bundle_id) FROM hub.bundle WHERE agency = 'customs')")" \
    'CEB603 1 1|t'
is 'each newest document that was sent is answered' "$(sql -c "SELECT DISTINCT ON (coalesce(d.first_guid, d.guid)) d.kind, d.state
    FROM hub.document d WHERE d.state IS DISTINCT FROM 'withdrawn'
      AND d.bundle_id < (SELECT max(bundle_id) FROM hub.bundle WHERE agency = 'customs')
    ORDER BY coalesce(d.first_guid, d.guid), d.version DESC" | sort | uniq -c | grep -v '|accepted$' || :)" ''
is 'lists whose withdrawal was accepted are no more' "$(sql -c "SELECT count(*) > 0 AND bool_and(l.state = 'withdrawn')
    FROM hub.document c JOIN hub.document l ON l.subject_hash = c.subject_hash AND l.order_row = c.order_row
     AND l.kind = CASE c.kind WHEN 'CEB605' THEN 'CEB603' ELSE 'CEB621' END
    WHERE c.kind IN ('CEB605', 'CEB623') AND c.state = 'accepted'")" t
is 'a return that was accepted gives its buyer the quota of those goods back' "$(sql -c "SELECT count(*) > 0 AND bool_and(q.amount < 0)
    FROM hub.quota_ledger q WHERE q.reason = 'returned'") $(sql -c "SELECT bool_and(left_over = 0) FROM (
        SELECT sum(q.amount) - max(o.goods_value + o.freight) + sum(DISTINCT g.price) AS left_over
        FROM hub.document r JOIN hub.quota_ledger q USING (subject_hash)
        JOIN hub.trade_order o ON o.subject_hash = r.subject_hash AND o.row_id = r.order_row
        CROSS JOIN LATERAL (SELECT sum(i.price * ri.qty) AS price FROM hub.return_item ri
            JOIN hub.order_item i ON i.subject_hash = r.subject_hash AND i.row_id = r.order_row AND i.gnum = ri.gnum
            WHERE ri.subject_hash = r.subject_hash AND ri.row_id = r.source_row) g
        WHERE r.kind = 'CEB625' AND r.state = 'accepted' GROUP BY r.subject_hash) s")" 't t'
invt=$(sql -c "SELECT invt_no FROM hub.document WHERE kind = 'CEB621' AND state = 'accepted' LIMIT 1")
cat >"$in/CEB816.xml" <<END
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<CEB816Message xmlns="http://www.chinaport.gov.cn/ceb" guid="x" version="1.0"><Tax><TaxHeadRd><guid>x</guid>
<returnTime>20270101090000000</returnTime><invtNo>$invt</invtNo><taxNo>T1</taxNo><customsTax>0</customsTax>
<valueAddedTax>6.37</valueAddedTax><consumptionTax>0.5</consumptionTax><status>1</status></TaxHeadRd>
<TaxListRd><gnum>1</gnum><gcode>1901101000</gcode><taxPrice>70</taxPrice><customsTax>0</customsTax>
<valueAddedTax>6.37</valueAddedTax><consumptionTax>0.5</consumptionTax></TaxListRd></Tax></CEB816Message>
END
cat >"$in/CEB818.xml" <<END
<CEB818Message><Tax><TaxHeadStatus><returnTime>20270102090000000</returnTime><invtNo>$invt</invtNo><taxNo>T1</taxNo>
<status>3</status></TaxHeadStatus></Tax></CEB818Message>
END
cat >"$in/CEB792.xml" <<END
<CEB792Message><SummaryResult><SummaryResultHead><sumNo>370620261200000001</sumNo><opDate>20270102090000000</opDate>
<entryId>370620270000000001</entryId><decState>9</decState></SummaryResultHead><SummaryResultList><invtNo>1</invtNo>
</SummaryResultList></SummaryResult></CEB792Message>
END
is 'bills and results are taken; that a bill is void a person must see' "$(night_status)" 65
is '... and kept with what they say' "$(sql -c "SELECT string_agg(concat_ws(' ', kind, effect, tax_no, value_added_tax, entry_id, direction), ', ' ORDER BY kind)
    FROM hub.receipt WHERE kind IN ('CEB792', 'CEB816', 'CEB818')")" \
    'CEB792 kept 370620270000000001, CEB816 kept T1 6.37 progress, CEB818 held T1 human'

seq=1
while [ "$seq" -le "$last" ]; do
    ok "bundle $seq is made again with the same bytes" hub bundle rebuild --verify \
        "$(sql -c "SELECT name FROM hub.bundle WHERE seq = $seq")"
    seq=$((seq + 1))
done

# --- a month of which no list stands: refused, or withdrawn after it was changed ---
LANDPORT_NOW=2026-12-02T02:00:00Z
is 'nothing of a month is left to be summed up' "$(sql -c "DELETE FROM hub.report" -c "DELETE FROM hub.report_open" -c "DELETE FROM hub.report_period" \
    -c "UPDATE hub.document SET state = 'refused' WHERE kind = 'CEB603'" \
    -c "WITH one AS (UPDATE hub.document SET state = 'accepted' WHERE guid = (SELECT min(guid::text)::uuid FROM hub.document
            WHERE kind = 'CEB603' AND version = 1) RETURNING *)
        INSERT INTO hub.document (subject_hash, guid, bundle_id, kind, doc_no, version, order_row, waybill_row, app_type, cop_guid, state)
        SELECT subject_hash, gen_random_uuid(), bundle_id, kind, 1000, 9, order_row, waybill_row, '2', guid, 'withdrawn' FROM one"
    hub run reconcile >>"$work/run.out" 2>>"$work/landport.log"
    sql -c "SELECT open, (SELECT count(*) FROM hub.report), (SELECT count(*) FROM hub.ready WHERE what LIKE 'report %') FROM hub.report_period")" 'f|0|0'

done_testing
