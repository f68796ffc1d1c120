#!/bin/sh
# What answers do to what was declared: whose version they are, what they leave alone, what a person must say; what is
# changed, withdrawn and returned after them, and what that does to a buyer's quota.
# shellcheck disable=SC2119,SC2120
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

e2e_hub
messages='CEB303 CEB403 CEB505 CEB603 CEB605 CEB507 CEB509 CEB607 CEB213 CEB311 CEB411 CEB511 CEB621 CEB623 CEB625'
sed -i "s/messages = {[^}]*}/messages = {$(echo "$messages" | sed 's/ /", "/g; s/^/"/; s/$/"/')}/; s/per-message = [0-9]*/per-message = 3/" "$work/landport.conf"
sed -i 's/feeds = {"order"}/feeds = {"order", "return", "importorder"}/
    s/feeds = {"payment"}/feeds = {"payment", "importpayment"}/
    s/feeds = {"logistics"}/feeds = {"logistics", "departure", "importlogistics"}/' "$work/landport.conf"
ok 'check finds nothing wrong' hub check
LANDPORT_NOW=2026-12-01T02:00:00Z
export LANDPORT_NOW
# shellcheck source=tests/e2e/receipts.sh
. tests/e2e/receipts.sh

# ---- what partners send ----
drop() { # PARTY NAME: lines with | for each comma
    tr '|' ',' >"$work/sftp/$1/in/$2"
}
# exports FILE NUMBER=QTY[=TYPE]…: orders of so many at 25; exported FILE NUMBER…: with payments and waybills
exports() {
    file=$1
    shift
    {
        echo 'appType|ebpCode|ebpName|ebcCode|ebcName|orderNo|orderType|tradeMode|orderTime|goodsValue|freight|currency|country|gnum|itemNo|itemName|unit|qty|price|totalPrice|gcode|gmodel|qty1|unit1'
        for each; do
            qty=${each#*=} type=1
            case $qty in *=*) type=${qty#*=} qty=${qty%=*} ;; esac
            echo "$type|3508960001|海丝优品|3508960001|闽西茶业有限公司|${each%%=*}|E|9610|20261130100000|$((qty * 25))|10|502|502|1|TEA-01|铁观音|011|$qty|25|$((qty * 25))|0902100000|无品牌|$qty|035"
        done
    } | drop LYPLAT01 "ORDER_$file.csv"
}
waybills() { # FILE TYPE GROSS NET NUMBER…
    file=$1 type=$2 gross=$3 net=$4
    shift 4
    {
        echo 'appType|logisticsCode|logisticsName|logisticsNo|ebpCode|orderNo|freight|insuredFee|currency|grossWeight|netWeight|packNo|goodsInfo|ieDate|portCode|country|POD|trafMode|wrapType'
        for each; do
            echo "$type|350898L001|畅达国际物流有限公司|W-$each|3508960001|$each|10|0|502|$gross|$net|1|茶|20261202|3715|502|LAX|5|2"
        done
    } | drop LYLOGI01 "LOGISTICS_$file.csv"
}
payments() { # FILE CHARGE NUMBER…
    file=$1 charge=$2
    shift 2
    {
        echo 'payCode|payName|payNo|ebpCode|ebcCode|orderNo|charge|currency|accountingDate'
        for each; do
            echo "91350800MA0LY0028F|龙岩汇通支付有限公司|P-$each|3508960001|3508960001|$each|$charge|502|20261130110000"
        done
    } | drop LYPAY01 "PAYMENT_$file.csv"
}
# imports FILE, lines NUMBER PERSON QTY PRICE [TYPE]: orders with their payments and waybills, but for changes
imports() {
    : >"$work/o"
    : >"$work/p"
    : >"$work/l"
    while read -r no person qty price type; do
        value=$((qty * price))
        echo "${type:-1}|3508960001|海丝优品|3508960001|闽西茶业有限公司|$no|I|9610|20261130100000|$value|10|0|0|142|U1|订购人$person|1|$person|13800000000|收货人乙|13900000000|龙岩市 1 号|3508960001|601|1|MILK-1|奶粉|011|$qty|$price|$value|1901101000|900 克/罐|1.8|035|601" >>"$work/o"
        [ -z "$type" ] || continue
        echo "91350800MA0LY0028F|龙岩汇通支付有限公司|P-$no|3508960001|海丝优品|$no|$((value + 10))|142|20261130110000|订购人$person|1|$person" >>"$work/p"
        echo "350898L001|畅达国际物流有限公司|W-$no|3508960001|$no|10|0|142|2|1.8|1|奶粉|20261201|3715|601|5|MF802|MF802/20261201|731-22222222|2|收货人乙|13900000000|龙岩市 1 号" >>"$work/l"
    done
    {
        echo 'appType|ebpCode|ebpName|ebcCode|ebcName|orderNo|orderType|tradeMode|orderTime|goodsValue|freight|discount|taxTotal|currency|buyerRegNo|buyerName|buyerIdType|buyerIdNumber|buyerTelephone|consignee|consigneeTelephone|consigneeAddress|assureCode|country|gnum|itemNo|itemName|unit|qty|price|totalPrice|gcode|gmodel|qty1|unit1|originCountry'
        cat "$work/o"
    } | drop LYPLAT01 "IMPORTORDER_$1.csv"
    [ -s "$work/p" ] || return 0
    {
        echo 'payCode|payName|payNo|ebpCode|ebpName|orderNo|charge|currency|accountingDate|payerName|payerIdType|payerIdNumber'
        cat "$work/p"
    } | drop LYPAY01 "IMPORTPAYMENT_$1.csv"
    {
        echo 'logisticsCode|logisticsName|logisticsNo|ebpCode|orderNo|freight|insuredFee|currency|grossWeight|netWeight|packNo|goodsInfo|ieDate|portCode|country|trafMode|trafName|voyageNo|billNo|wrapType|consignee|consigneeTelephone|consigneeAddress'
        cat "$work/l"
    } | drop LYLOGI01 "IMPORTLOGISTICS_$1.csv"
}
refused() { # FILE: codes of the rows of the last upload of that name
    sql -c "SELECT string_agg(DISTINCT j.code || ' ' || coalesce(j.want, ''), ', ') FROM hub.reject j
            WHERE j.batch_id = (SELECT max(batch_id) FROM hub.batch WHERE name = '$1')"
}

# ---- what the agency says ----
# cop KIND NUMBER [VERSION] [LENGTH]: copNo of an order's document
cop() {
    sql -c "SELECT left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '')), ${4:-30}) FROM hub.document d
            JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
            WHERE d.kind = '$1' AND o.order_no = '$2' AND (d.version = ${3:-0} OR ${3:-0} = 0) ORDER BY d.version DESC LIMIT 1"
}
# list NUMBER STATUS TIME [TAG=VALUE…]: a receipt of an export list; importlist: of an import list
list() {
    number=$1 status=$2 time=$3
    shift 3
    message CEB604 "<ceb:InventoryReturn>$(tags agentCode=3508960009 ebcCode=3508960001 ebpCode=3508960001 "orderNo=$number" "returnStatus=$status" "returnTime=$time" "$@")</ceb:InventoryReturn>"
}
importlist() {
    number=$1 status=$2 time=$3
    shift 3
    message CEB622 "<ceb:InventoryReturn>$(tags agentCode=3508960009 "copNo=$(cop CEB621 "$number" 0 20)" "returnStatus=$status" "returnTime=$time" "$@")</ceb:InventoryReturn>"
}
# answer KIND ELEMENT OF NUMBER LENGTH STATUS TIME: of what goes by its copNo
answer() {
    message "$1" "<ceb:$2>$(tags agentCode=3508960009 "copNo=$(cop "$3" "$4" 0 "$5")" "returnStatus=$6" "returnTime=$7" returnInfo=x)</ceb:$2>"
}
of() { # KIND NUMBER: states of its versions
    sql -c "SELECT string_agg(coalesce(d.state, '-'), ' ' ORDER BY d.version) FROM hub.document d
            JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row WHERE d.kind = '$1' AND o.order_no = '$2'"
}
effects() { # of what was taken last
    sql -c "SELECT string_agg(r, ', ' ORDER BY r) FROM (
                SELECT kind || ' ' || effect || coalesce(' ' || code, '') AS r FROM hub.receipt WHERE batch_id > $last) r"
}
kinds() { # of the last bundle
    sql -c "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM (SELECT kind, count(*) AS n FROM hub.document
            WHERE bundle_id = (SELECT max(bundle_id) FROM hub.bundle) GROUP BY kind) k"
}
night() { # goes on with what it printed: its end, and the kinds of the bundle it made, if it made one
    before=$(sql -c 'SELECT coalesce(max(bundle_id), 0) FROM hub.bundle')
    echo "$(night_status) $([ "$(sql -c 'SELECT max(bundle_id) FROM hub.bundle')" = "$before" ] || kinds)"
}
# element KIND NUMBER NAME: of the order's document in the last bundle, as it was sent
element() {
    rm -rf "$work/b"
    mkdir "$work/b"
    unzip -q "$work/sftp/customs/out/$(sql -c 'SELECT name FROM hub.bundle ORDER BY bundle_id DESC LIMIT 1')" -d "$work/b"
    cat "$work"/b/messages/"$1"_*.xml | sed 's#</ceb:Inventory>#&\n#g; s#</ceb:InvtCancel>#&\n#g' | grep ">$2<" | grep -o "<ceb:$3>[^<]*" | sed 's/.*>//'
}

a=350802199003070010
b=11010519491231002X
c=110101199003077774
exports a E-1=4 E-2=4 E-3=4 E-4=4 E-5=4 E-6=4 E-7=4
payments a 110 E-1 E-2 E-3 E-4 E-5 E-6 E-7
waybills a 1 1.5 1 E-1 E-2 E-3 E-4 E-5 E-6 E-7
imports a <<END
I-1 $a 4 250
I-2 $b 1 20000
I-3 $c 1 25000
I-4 $a 1 100
END
is 'a night' "$(night)" '0 CEB303 7, CEB311 4, CEB403 7, CEB411 4, CEB505 7, CEB511 4, CEB603 7, CEB621 4'

# --- whose copNo it is ---
LANDPORT_NOW=2026-12-01T04:00:00Z
list E-1 800 20261201110000000 copNo=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF invtNo=37062026E000000091
list E-1 800 20261201110001000 "copNo=$(cop CEB603 E-2)" invtNo=37062026E000000092
list E-1 800 20261201110002000 copNo=E-1
taken
is 'a copNo of nobody, of another order, and none at all' "$(effects) $(of CEB603 E-1)$(of CEB603 E-2)" \
    'CEB604 held E6006, CEB604 held E6006, CEB604 held E6006 --'
list E-1 399 20261201110300000 "copNo=$(cop CEB603 E-1)" preNo=B20261201000000001 invtNo=37062026E000000001
list E-2 399 20261201110300000 "copNo=$(cop CEB603 E-2)" preNo=B20261201000000002 invtNo=37062026E000000002
list E-3 100 20261201110300000 "copNo=$(cop CEB603 E-3)"
list E-4 100 20261201110300000
list E-5 399 20261201110300000 invtNo=37062026E000000005
taken
is 'its own' "$(effects) $(of CEB603 E-1)" 'CEB604 applied, CEB604 applied, CEB604 applied, CEB604 applied, CEB604 applied accepted'

# --- bills that come with the receipt which gives the number they name, or before it ---
bill() { # NUMBER…: a message of several
    for number; do
        printf '<Tax><TaxHeadRd><guid>x</guid><returnTime>20261201110300001</returnTime><invtNo>%s</invtNo><taxNo>T-%s</taxNo><customsTax>0</customsTax><valueAddedTax>10.01</valueAddedTax><consumptionTax>0</consumptionTax><status>1</status><orderNo>Jos123</orderNo></TaxHeadRd></Tax>' "$number" "$number"
    done >"$work/bills"
    printf '<CEB816Message xmlns="http://www.chinaport.gov.cn/ceb" guid="x" version="1.0">%s</CEB816Message>' "$(cat "$work/bills")" >"$in/A$1.xml"
}
bill_state() { # NUMBER STATUS
    printf '<CEB818Message><Tax><TaxHeadStatus><guid>x</guid><returnTime>20261201110400001</returnTime><invtNo>%s</invtNo><taxNo>T</taxNo><status>%s</status></TaxHeadStatus></Tax></CEB818Message>' "$1" "$2" >"$in/A$1-$2.xml"
}
bill 37062026I000000001
bill_state 37062026I000000001 2
bill_state 37062026I000000001 4
bill_state 37062026I000000001 9
bill_state 37062026I000000001 3
importlist I-1 800 20261201110200000 preNo=B20261201000000011 invtNo=37062026I000000001
bill 37062026I000000002 37062026I000009999
taken
is 'with it they are found, whichever is read first; a state nobody knows is held' "$(effects)" \
    'CEB622 applied, CEB816 held E6005, CEB816 held E6005, CEB816 kept, CEB818 held E6003, CEB818 held E6003, CEB818 held E6110, CEB818 kept'
bill_state 37062026I000000002 3
taken
is 'a bill is void before its number is known' "$(effects)" 'CEB818 held E6005'
importlist I-2 800 20261201110200000 invtNo=37062026I000000002
taken
is '... a person sees it once it is, with what it is about' "$(sql -c "SELECT code, guid IS NOT NULL FROM hub.receipt WHERE kind = 'CEB818' AND invt_no = '37062026I000000002'")" 'E6110|t'
is 'what came before it is found by the next run' "$result $(sql -c "SELECT effect, code FROM hub.receipt WHERE kind = 'CEB816' ORDER BY invt_no")" '0 kept|
kept|
held|E6005'
is '... with its document, and no fault of its file any more' "$(sql -c "SELECT o.order_no, b.rejected FROM hub.receipt r
    JOIN hub.document d USING (subject_hash, guid) JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    JOIN hub.batch b ON b.batch_id = r.batch_id WHERE r.kind = 'CEB816' AND r.invt_no = '37062026I000000002'") $(
    sql -c "SELECT count(*) FROM hub.reject WHERE code = 'E6005'")" 'I-2|1 1'

# --- a message that could not be read over there: its documents, and no others ---
unread() { # KIND NTH NUMBER TEXT ID: by the text of it, or by its transport number
    message CEB900 "<ceb:MessageReturn>$(tags guid=x returnStatus=-1 returnInfo=cvc-maxLength-valid "returnTime=$3" "oriCopMsgId=$5" "oriMessageType=$1Message")<ceb:oriBizMessage>$4</ceb:oriBizMessage></ceb:MessageReturn>"
}
guid_of() { # KIND NTH
    sql -c "SELECT upper(guid::text) FROM hub.message WHERE kind = '$1' AND message_no = $2 ORDER BY bundle_id LIMIT 1"
}
unread CEB411 2 20261201110300000 "<![CDATA[<ceb:CEB411Message guid=\"$(guid_of CEB411 2)\" version=\"1.0\"/>]]>" x
unread CEB511 1 20261201110300000 '' "$(guid_of CEB511 1)"
unread CEB403 1 20261201110300000 '' 00000000-0000-4000-8000-000000000000
taken
is 'a person must look' "$(effects)" 'CEB900 held E6002, CEB900 held E6002, CEB900 held E6002'
is 'its documents are refused: the one of the second message, the three of the first' "$(sql -c "SELECT kind, string_agg(doc_no::text, ' ' ORDER BY doc_no)
    FROM hub.document WHERE state = 'refused' AND kind IN ('CEB403', 'CEB411', 'CEB511') GROUP BY 1 ORDER BY 1")" 'CEB411|4
CEB511|1 2 3'
is 'status says to send them again, by message' "$(hub status --json | jq -r '.receipts[] | select(.message_kind == "CEB511") | .next')" \
    "landport bundle resend CEB511_$(guid_of CEB511 1).xml --reason \"…\""
is '... and lists them' "$(hub status --json | jq -r '.unsettled[] | select(.receipt == "CEB900") | "\(.kind) \(.documents) \(.state) \(.next)"' | sort)" \
    "CEB411 1 refused landport bundle resend CEB411_$(guid_of CEB411 2).xml --reason \"…\"
CEB511 3 refused landport bundle resend CEB511_$(guid_of CEB511 1).xml --reason \"…\""
resend() { # WORD …: how that ended
    result=0
    hub bundle resend "$@" --reason 'the agency was out of order' >"$work/said" 2>&1 || result=$?
    echo $result
}
is 'three are first shown' "$(resend "CEB511_$(guid_of CEB511 1).xml") $(grep -c 'would go' "$work/said") $(grep -c 'nothing was done: --yes' "$work/said")" '64 3 1'
is 'the documents of a message go out again' "$(resend "CEB511_$(guid_of CEB511 1).xml" --yes) $(night)" '0 0 CEB511 3'
is '... their partner heard that it has nothing to do' "$(cat "$work"/sftp/LYLOGI01/out/feedback-*.csv | grep 'CEB511.*refused' | grep -c '无需处理')" 3
is '... the receipt was looked at, two others were not' "$(sql -c "SELECT count(*) FROM hub.receipt WHERE code = 'E6002' AND cleared_at IS NULL")" 2
# --- ahead of the clock; too near to say which came last ---
list E-7 800 20990101000000000
taken
is 'a receipt of 2099 is held' "$(effects) $(of CEB603 E-7)" 'CEB604 held E6069 -'
list E-7 399 20261201113000000
taken
list E-7 100 20261201112955000
taken
is 'a refusal a moment before is for a person' "$(effects) $(of CEB603 E-7)" 'CEB604 held E6070 human'
list E-7 800 20261201113010000
taken
is '... and no success of that moment ends it' "$(effects) $(of CEB603 E-7)" 'CEB604 held E6070 human'
list E-7 899 20261201114000000
taken
is '... a later answer does' "$(effects) $(of CEB603 E-7)" 'CEB604 applied accepted'
message CEB304 "<ceb:OrderReturn>$(tags ebpCode=3508960001 ebcCode=3508960001 orderNo=E-7 returnStatus=2 returnTime=20261201111500000)</ceb:OrderReturn>"
message CEB304 "<ceb:OrderReturn>$(tags ebpCode=3508960001 ebcCode=3508960001 orderNo=E-7 returnStatus=100 returnTime=20261201111501000)</ceb:OrderReturn>"
taken
is 'a refusal by customs just after the e-port took it is the next step' "$(effects) $(of CEB303 E-7)" 'CEB304 applied, CEB304 applied refused'
LANDPORT_NOW=2026-12-01T05:00:00Z
message CEB304 "<ceb:OrderReturn>$(tags ebpCode=3508960001 ebcCode=3508960001 orderNo=E-6 returnStatus=120 returnTime=20261201180000000)</ceb:OrderReturn>"
taken
LANDPORT_NOW=2026-12-01T06:00:00Z
message CEB304 "<ceb:OrderReturn>$(tags ebpCode=3508960001 ebcCode=3508960001 orderNo=E-6 returnStatus=100 returnTime=20261201135000000)</ceb:OrderReturn>"
taken
is 'what was ahead of its clock silences no refusal' "$(effects) $(of CEB303 E-6)" 'CEB304 held E6070 human'

# --- already declared: nothing changes ---
used() { # NUMBER: what its buyer has used
    sql -c "SELECT sum(amount) FROM hub.quota_ledger WHERE person = (SELECT DISTINCT hub.person_key(buyer_id_number)
            FROM hub.trade_order WHERE order_no = '$1')"
}
importlist I-2 -621004 20261201120000000 'returnInfo=清单[x]已经申报过，请勿重复申报'
importlist I-3 -621004 20261201120000000 'returnInfo=清单[x]已经申报过，请勿重复申报'
list E-6 -601500 20261201120000000 'returnInfo=清单[x]已经申报过，请勿重复申报'
taken
is 'a released list stays it; where nothing is known a person looks' \
    "$(effects) $(of CEB621 I-2) $(of CEB621 I-3) $(of CEB603 E-6) $(used I-2) $(used I-3)" \
    'CEB604 applied, CEB622 applied, CEB622 kept accepted human human 20010 25010'
is '... and hears of it' "$(sql -c "SELECT count(*) FROM hub.unsettled u WHERE kind IN ('CEB621', 'CEB603') AND state = 'human'")" 2
importlist I-3 399 20261201113000000 invtNo=37062026I000000003
list E-6 899 20261201113000000 invtNo=37062026E000000006
taken
is '... what was said before it, of what became of it, counts' "$(effects) $(of CEB621 I-3) $(of CEB603 E-6)" 'CEB604 applied, CEB622 applied accepted accepted'

# --- changes ---
LANDPORT_NOW=2026-12-01T08:00:00Z
exports b E-2=5=2 E-3=5=2
payments b 25 E-2a E-3a
sed -i 's/|E-\([23]\)a|/|E-\1|/; s/,E-\([23]\)a,/,E-\1,/' "$work/sftp/LYPAY01/in/PAYMENT_b.csv"
is 'orders change: what says nothing of it is not sent again' "$(night)" '0 CEB303 2, CEB403 2, CEB603 2'
is 'a change keeps copNo and has the numbers' "$(element CEB603 E-2 appType) $(element CEB603 E-2 copNo) $(element CEB603 E-2 preNo) $(element CEB603 E-2 invtNo)" \
    "2 $(cop CEB603 E-2 1) B20261201000000002 37062026E000000002"
is 'what was refused is new, and has a copNo of its own' "$(element CEB603 E-3 appType) $([ "$(element CEB603 E-3 copNo)" = "$(cop CEB603 E-3 1)" ] || echo other) $(
    element CEB603 E-3 preNo)" '1 other '
LANDPORT_NOW=2026-12-01T09:00:00Z
list E-3 800 20261201170000000 "copNo=$(cop CEB603 E-3 1)"
list E-2 300 20261201143000000 "copNo=$(cop CEB603 E-2)"
list E-2 399 20261201164000000 "copNo=$(cop CEB603 E-2)"
taken
is 'a receipt is of the version whose copNo it names; of those with one copNo of what was sent by then' \
    "$(effects) $(of CEB603 E-3), $(of CEB603 E-2)" 'CEB604 applied, CEB604 applied, CEB604 applied accepted -, progress accepted'
list E-3 100 20261201170001000 "copNo=$(cop CEB603 E-3 1)"
taken
hub batch close "$(sql -c "SELECT hub.batch_name(max(batch_id)) FROM hub.batch")" --reason 'refused, they say' >/dev/null 2>>"$work/landport.log" || :
list E-3 100 20261201171000000 "copNo=$(cop CEB603 E-3 1)"
taken
waybills b 2 1.5 0.9 E-2
is 'a waybill changes in what only the list says' "$(night)" '0 CEB603 1'
waybills c 2 1.6 0.9 E-2
is 'and in more' "$(night)" '0 CEB505 1, CEB603 1'

# --- a transport waits for lists that are not refused ---
departure='logisticsCode|logisticsName|billNo|trafMode|trafName|voyageNo|domesticTrafNo|operatorCode|operatorName|arriveTime|leaveTime|gnum|logisticsNo|totalPackageNo'
plane='350898L001|畅达国际物流有限公司|731-11111111|5|MF801|MF801/20261127|闽F12345|350896S001|监管场所|20261201230000|'
printf '%s\n' "$departure" "$plane|1|W-E-1|ZB001" "$plane|2|W-E-4|ZB001" | drop LYLOGI01 DEPARTURE_a.csv
is 'one of its lists was refused: it waits' "$(night) $(sql -c "SELECT what, held FROM hub.ready")" '0  departure|t'
LANDPORT_NOW=2026-12-01T10:00:00Z
list E-4 800 20261201173000000
is '... and goes once that is accepted after all' "$(night)" '0 CEB507 1, CEB607 1'

# --- withdrawals ---
list E-4 100 20261201175000000
taken
exports c E-4=4=3 E-5=4=3
is 'a refused list that is voided needs none, and waits for none' "$(night) $(sql -c 'SELECT count(*) FROM hub.ready')" '0 CEB605 1 0'
list E-4 800 20261201180000000 invtNo=37062026E000000004
is '... until it is accepted after all' "$(night)" '0 CEB605 1'
exports d E-5=4
is 'the order comes again while the withdrawal is under way: its list waits' "$(night) $(sql -c "SELECT what, held FROM hub.ready")" '0 CEB303 1 trade|t'
is '... no bundle more' "$(night)" '0 '
answer CEB606 InvtCancelReturn CEB605 E-5 30 399 20261201181000000
is 'withdrawn, it is new, with a copNo of its own' "$(night) $(element CEB603 E-5 appType) $(
    [ "$(element CEB603 E-5 copNo)" = "$(cop CEB603 E-5 1)" ] || echo other)$(element CEB603 E-5 invtNo) $(of CEB603 E-5)" '0 CEB603 1 1 other withdrawn -'
answer CEB606 InvtCancelReturn CEB605 E-4 30 -607500 20261201181000000
sed -i 's/>x</>已经申报过，请勿重复申报</' "$in/R$nth.xml"
taken
is 'already declared is no refusal of a withdrawal' "$(of CEB605 E-4) $(of CEB603 E-4)" 'human accepted'

# --- what is cleared ---
exports e E-6=5=2
waybills e 2 1.7 1 E-6
is 'what is cleared does not change' "$(night) $(refused ORDER_e.csv), $(refused LOGISTICS_e.csv)" '65  E4071 37062026E000000006, E4071 37062026E000000006'
exports f E-6=4=3
is '... nor is it withdrawn' "$(night) $(refused ORDER_f.csv)" '65  E4071 37062026E000000006'
exports g E-1=5=2
payments g 25 E-1a
sed -i 's/|E-1a|/|E-1|/; s/,E-1a,/,E-1,/' "$work/sftp/LYPAY01/in/PAYMENT_g.csv"
hub run pickup ingest reconcile >>"$work/run.out" 2>>"$work/landport.log"
list E-1 899 20261201190000000
LANDPORT_NOW=2026-12-01T11:30:00Z
is 'cleared in between, it is a break' "$(night) $(sql -c "SELECT t.verdict, b.code, b.seen FROM hub.trade t JOIN hub.trade_break b
    USING (subject_hash, issuer, order_no) WHERE t.order_no = 'E-1'")" '0  broken|E5069|37062026E000000001'

# --- returns, and the quota they give back ---
LANDPORT_NOW=2026-12-02T02:00:00Z
returns() { # FILE, lines NUMBER RETURN QTY [TYPE] [COUNTRY]
    {
        echo 'appType|ebpCode|ebcCode|orderNo|returnNo|logisticsCode|logisticsName|logisticsNo|reason|tradeMode|trafMode|trafName|voyageNo|portCode|country|gnum|qty|qty1'
        while read -r no return qty type country; do
            echo "${type:-1}|3508960001|3508960001|$no|$return|350898L001|畅达国际物流有限公司|W-$no|不合适|${country:+9661}|${country:+5}|${country:+MF802}|${country:+V1}|${country:+3715}|$country|1|$qty|${country:+$qty}"
        done
    } | drop LYPLAT01 "RETURN_$1.csv"
}
echo 'I-1 TH-1 1' | returns a
is 'one of four comes back' "$(night)" '0 CEB625 1'
printf 'I-1 TH-%s\n' '2 4' '3 200' '4 2' '5 2' '6 1' | returns b
is 'of what is left no more than is left, one after the other' "$(night) $(sql -c "SELECT string_agg(line || ' ' || column_name || ' ' || code || ' ' || want, ', ' ORDER BY line)
    FROM hub.reject WHERE batch_id = (SELECT max(batch_id) FROM hub.batch WHERE name = 'RETURN_b.csv')")" \
    '65 CEB625 2 2 qty E4069 3, 3 qty E4069 3, 5 qty E4069 1'
refund() { # RETURN STATUS TIME
    message CEB626 "<ceb:InvtRefundReturn>$(tags agentCode=3508960009 "copNo=$(sql -c "SELECT left(upper(replace(d.guid::text, '-', '')), 20)
        FROM hub.document d JOIN hub.goods_return r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row
        WHERE d.kind = 'CEB625' AND r.return_no = '$1' ORDER BY d.version DESC LIMIT 1")" "returnStatus=$2" "returnTime=$3" returnInfo=x)</ceb:InvtRefundReturn>"
}
before=$(used I-1)
refund TH-1 399 20261202093000000
refund TH-4 100 20261202093000000
refund TH-6 -625033 20261202093000000
taken
is 'an accepted one gives back what it took, the others nothing' "$((before - $(used I-1)))" 250
refund TH-1 399 20261202093100000
taken
is '... once' "$((before - $(used I-1)))" 250
printf 'I-1 TH-%s\n' '7 3' '8 2' | returns c
is 'what was refused is left again' "$(night) $(refused RETURN_c.csv)" '65 CEB625 1 E4069 2'
refund TH-8 399 20261202100000000
taken
echo 'I-1 TH-8 2 3' | returns d
night >/dev/null
echo 'I-1 TH-9 1' | returns e
is 'what the agency has is not given back by voiding it here' "$(night) $(refused RETURN_e.csv)" '65  E4069 0'
printf 'E-2 TX-1 1 1 502\nE-2 TX-2 1 1 601\n' | returns f
is 'an export comes back from where it went to' "$(night) $(refused RETURN_f.csv)" '65 CEB213 1 E4070 502'
# --- a return before its order: its partner hears of it, and it goes by itself ---
printf 'E-9 TX-9 1 1 502\nE-10 TX-11 1 1 601\n' | returns g
hub run pickup ingest reconcile >>"$work/run.out" 2>>"$work/landport.log"
stop_sshd
hub run publish >>"$work/run.out" 2>>"$work/landport.log" || :
restart_sshd
id=$(sql -c "SELECT file_id FROM hub.answer WHERE kind = 'notice' AND state = 'ready'")
printf x | dd of="$work/spool/$(echo "$id" | cut -c1-2)/$id" bs=1 seek=60 conv=notrunc 2>"$work/dd.log"
is 'its order is not there' "$(night) $(hub --json status 2>>"$work/landport.log" | jq -rc '.returns[] | [.partner, .rows, .return, .order, .code]' | sort)" \
    '0  ["LYPLAT01","RETURN_g.csv:2","TX-9","E-9","E5112"]
["LYPLAT01","RETURN_g.csv:3","TX-11","E-10","E5112"]'
ok '... its partner is told' grep -q 'RETURN_g.csv:2 E-9 TX-9 E5112' "$work"/sftp/LYPLAT01/out/notice-*.txt
is '... in the bytes that were damaged before' "$(sha256sum "$work"/sftp/LYPLAT01/out/notice-*.txt | cut -d' ' -f1)" "$id"
exports h E-9=1 E-10=1
payments h 35 E-9 E-10
waybills h 1 1.5 1 E-9 E-10
echo 'E-9 TX-10 2 1 502' | returns i
night >/dev/null
list E-9 399 20261202100000000 invtNo=37062026E000000009
list E-10 399 20261202100000000 invtNo=37062026E000000010
is 'it comes: what it has goes, what it has not does not' "$(night) $(sql -c "SELECT string_agg(part_key || ' ' || code || ' ' || seen || ' ' || want, ', ') FROM hub.return_wait")$(
    refused RETURN_i.csv)" '0 CEB213 1 TX-11 E5114 TX-11 601 502E4069 0'
ok '... nor what comes from another country than it went to, of which its partner hears' \
    grep -q 'RETURN_g.csv:3 E-10 TX-11 601 E5114' "$work"/sftp/LYPLAT01/out/notice-*.txt
echo 'E-10 TX-11 1 2 502' | returns k
is '... until it is corrected' "$(night) $(sql -c 'SELECT count(*) FROM hub.return_wait')" '0 CEB213 1 0'
# --- what a file said that was not whole had been declared ---
{
    echo 'payCode|payName|ebpCode|ebcCode|orderNo|charge|currency|accountingDate|payNo'
    echo '91350800MA0LY0028F|龙岩汇通支付有限公司|3508960001|3508960001|E-11|35|502|20261130110000|P-E-11'
} | drop LYPAY01 PAYMENT_half.csv
truncate -s -1 "$work/sftp/LYPAY01/in/PAYMENT_half.csv"
exports l E-11=1
waybills l 1 1.5 1 E-11
night >/dev/null
echo '-WHOLE' >>"$work/sftp/LYPAY01/done/PAYMENT_half.csv"
is 'its rest comes: the number that was cut had been declared, and is another now' "$(night) $(sql -c "SELECT string_agg(pay_no || ' ' || app_type, ', ' ORDER BY pay_no) FROM hub.payment
    WHERE order_no = 'E-11' AND current")" '0 CEB403 1 P-E-11 3, P-E-11-WHOLE 1'
is '... of which its partner hears' "$(sed -n 's,.*<messageEn>.*\(1 of these had been declared\).*(seen: E-11).*,\1,p' "$work/sftp/LYPAY01/out/PAYMENT_half.csv.ack.xml")" '1 of these had been declared'
# --- a bundle that got lost over there ---
lost=$(sql -c "SELECT name FROM hub.bundle WHERE bundle_id = (SELECT min(bundle_id) FROM hub.document d
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row WHERE o.order_no = 'E-11')")
is 'the documents of a bundle are first shown' "$(resend "$lost") $(grep -c 'would go' "$work/said") $(grep -c 'CEB403.*stays: its rows were changed or voided since' "$work/said")" '64 3 1'
is '... of a kind alone' "$(resend "$lost" --kind CEB505) $(night)" '0 0 CEB505 1'
is '... and go out again, but for what is under way or was told anew' "$(resend "$lost" --yes) $(night)" '0 0 CEB303 1, CEB603 1'
is 'a bundle nobody knows' "$(resend CUSTOMS_LY_20261203_999999)" 1
is 'nothing was given back that was not used' "$(sql -c 'SELECT count(*) FROM (SELECT person, year FROM hub.quota_ledger GROUP BY 1, 2 HAVING sum(amount) < 0) l')" 0
importlist I-2 100 20261202090000000
importlist I-3 100 20261202090000000
taken
is 'a list refused gives back all of its own' "$(used I-2) $(used I-3)" '0 0'

# what was begun with another number and other kinds keeps them
sed -i 's/per-message = 3/per-message = 2/; s/messages = {[^}]*}/messages = {"CEB607", "CEB303"}/' "$work/landport.conf"
for name in $(sql -c 'SELECT name FROM hub.bundle'); do
    hub bundle rebuild --verify "$name" >>"$work/rebuilt" 2>&1 || echo "$name" >>"$work/other"
done
ok 'every bundle is made again with the same bytes' [ ! -e "$work/other" ]
done_testing
