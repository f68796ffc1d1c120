#!/bin/sh
# What retail imports cost in tax, and how much a person may import: the published vectors, the limit of one order and of a
# year, a ledger that is only added to and that withdrawals and refusals give back to.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-11-26T14:00:00Z
export LANDPORT_NOW
e2e_hub
sed -i 's/messages = {[^}]*}/messages = {"CEB311", "CEB411", "CEB511", "CEB621", "CEB623"}/
    s/feeds = {"order"}/feeds = {"order", "importorder"}/
    s/feeds = {"payment"}/feeds = {"payment", "importpayment"}/
    s/feeds = {"logistics"}/feeds = {"logistics", "importlogistics"}/' "$work/landport.conf"

printf 'kind,gcode,from,rate,source\nvat,1901,20190401,0.13,test\nconsumption,,20190401,0,test\n' >"$work/rates.csv"
ok 'rates are loaded' hub rate import "$work/rates.csv"

# --- vectors: agency-rules 2.1 ---
tax() { # TAXED DUTY VAT CONSUMPTION INSIDE
    sql -c "SELECT * FROM hub.import_tax($1, $2, $3, $4, $5, 0.70)"
}
is 'within the limits, VAT alone' "$(tax 100 0.1 0.13 0 true)" '0.00|0.00|9.10|9.10'
is '... with consumption tax' "$(tax 100 0.1 0.13 0.15 true)" '0.00|12.35|10.71|23.06'
is '... at the lower rate' "$(tax 100 0 0.09 0 true)" '0.00|0.00|6.30|6.30'
is 'over the limit, in full' "$(tax 6000 0.10 0.13 0.15 false)" '600.00|1164.71|1009.41|2774.12'
is 'the limits are those of their day' "$(sql -c "SELECT single, yearly FROM hub.import_limit WHERE valid_from <= '2018-12-31' ORDER BY valid_from DESC LIMIT 1")" '2000|20000'

# --- orders: NUMBER TIME PERSON VALUE QTY PRICE [INSURED], each with its payment and waybill ---
drop() { tr '|' ',' >"$work/sftp/$1/in/$2"; }
day() { # NAME, rows on standard input
    : >"$work/o"
    : >"$work/p"
    : >"$work/l"
    while read -r no time person value qty price insured; do
        paid=$(awk "BEGIN { print $value + 10 }")
        echo "3508960001|海丝优品|3508960001|闽西茶业有限公司|$no|I|9610|$time|$value|10|0|0|142|U1|订购人$person|1|$person|13800000000|收货人乙|13900000000|龙岩市新罗区示例路 1 号|3508960001|601||||1|MILK-1|奶粉|011|$qty|$price|$value|1901101000|900 克/罐|1.8|035|601|" >>"$work/o"
        echo "91350800MA0LY0028F|龙岩汇通支付有限公司|P-$no|3508960001|海丝优品|$no|$paid|142|${time%??????}235900|订购人$person|1|$person" >>"$work/p"
        echo "350898L001|畅达国际物流有限公司|W-$no|3508960001|$no|10|${insured:-0}|142|2|1.8|1|奶粉|${time%??????}|3715|601|5|MF802|MF802/20261126|731-22222222|2|收货人乙|13900000000|龙岩市新罗区示例路 1 号" >>"$work/l"
    done
    {
        echo "ebpCode|ebpName|ebcCode|ebcName|orderNo|orderType|tradeMode|orderTime|goodsValue|freight|discount|taxTotal|currency|buyerRegNo|buyerName|buyerIdType|buyerIdNumber|buyerTelephone|consignee|consigneeTelephone|consigneeAddress|assureCode|country|emsNo|areaCode|areaName|gnum|itemNo|itemName|unit|qty|price|totalPrice|gcode|gmodel|qty1|unit1|originCountry|itemRecordNo"
        cat "$work/o"
    } | drop LYPLAT01 "IMPORTORDER_$1.csv"
    {
        echo 'payCode|payName|payNo|ebpCode|ebpName|orderNo|charge|currency|accountingDate|payerName|payerIdType|payerIdNumber'
        cat "$work/p"
    } | drop LYPAY01 "IMPORTPAYMENT_$1.csv"
    {
        echo 'logisticsCode|logisticsName|logisticsNo|ebpCode|orderNo|freight|insuredFee|currency|grossWeight|netWeight|packNo|goodsInfo|ieDate|portCode|country|trafMode|trafName|voyageNo|billNo|wrapType|consignee|consigneeTelephone|consigneeAddress'
        cat "$work/l"
    } | drop LYLOGI01 "IMPORTLOGISTICS_$1.csv"
}
verdicts() {
    sql -c "SELECT string_agg(t.order_no || ' ' || t.verdict || coalesce(' ' || b.code || ' ' || b.seen || ' ' || b.want, ''), ', ' ORDER BY t.order_no)
            FROM hub.trade t LEFT JOIN hub.trade_break b USING (subject_hash, issuer, order_no) WHERE t.order_no ~ '$1'"
}
used() { # LETTER of a person's orders [YEAR]
    sql -c "SELECT coalesce(sum(amount), 0) FROM hub.quota_ledger WHERE year = '${2:-2026}' AND person = (
        SELECT DISTINCT hub.person_key(buyer_id_number) FROM hub.trade_order WHERE order_no ~ '^$1')"
}
a=350802199003070010
b=110101199003077774
day a <<END
A1 20261124100000 $a 4000 2 2000
A2 20261124100100 $a 6000 1 6000
A3 20261124100200 $a 6000 2 3000
B1 20261124100000 $b 100 1 100
END
is 'a night' "$(night_status)" 0
is 'one article may cost more, two may not' "$(verdicts '^A')" 'A1 matched, A2 matched, A3 broken E5014 6010 5000'
is 'what was declared is in the ledger, freight too' "$(used A) $(used B)" '10020 110'
is 'tax of an order within the limit' "$(sql -c "SELECT inside, tax FROM hub.import_order_tax WHERE order_no = 'A1'")" 't|364.91'
hub trace A1 >"$work/trace"
ok 'trace shows it' grep -q '364.91' "$work/trace"
is 'nobody changes the ledger' "$(psql -X -h "$(socket_folder)" -U "$pg_account" landport -c 'UPDATE hub.quota_ledger SET amount = 1' 2>&1 | sed -n 1p)" \
    'ERROR:  hub.quota_ledger is only ever added to'
unzip -qo "$work"/sftp/customs/out/*_000001.zip -d "$work/opened"
is 'what lies sealed is open in messages: they name the payer as the partner did' "$(cat "$work"/opened/messages/CEB411_*.xml |
    grep -oE '<(ceb:)?payerName>[^<]*' | sed 's/.*>//' | sort -u)" "$(printf '订购人%s\n' "$a" "$b" | sort)"

# --- the year: earlier orders first, over both lanes ---
day b <<END
A4 20261124110000 $a 4500 1 4500
A5 20261124110100 $a 4500 1 4500
A6 20261124110200 $a 4500 1 4500
A7 20261124110300 $a 4500 1 4500
END
is 'a night' "$(night_status)" 0
is 'the year is full with the third' "$(verdicts '^A[4-7]')" \
    'A4 matched, A5 matched, A6 matched, A7 broken E5015 28060 26000'
is 'and the ledger has three' "$(used A)" 23550
over() { # AGENCY: what would pass the limit if all of the person's orders were ready for it
    sql -c BEGIN -c "INSERT INTO hub.ready (agency, subject_hash, issuer, number, row_id)
            SELECT '$1', subject_hash, issuer, order_no, row_id FROM hub.trade_order WHERE order_no ~ '^A' AND current" \
        -c "SELECT string_agg(order_no, ' ' ORDER BY order_no) FROM hub.over_quota(date '2026-11-24')" -c ROLLBACK | grep -v '^[A-Z]*$\|^INSERT'
}
is 'what is declared is asked about no more, and only for agencies whose messages use the quota' "$(over customs):$(over market)" 'A3 A7:'

# --- given back ---
receipt() { # STATUS TIME [ORDER AGENCY]: of A2's list, or that one's
    cop=$(sql -c "SELECT upper(left(replace(d.guid::text, '-', ''), 20)) FROM hub.document d JOIN hub.bundle b USING (bundle_id) JOIN hub.trade_order o
        ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row WHERE o.order_no = '${3:-A2}' AND d.kind = 'CEB621' AND b.agency = '${4:-customs}'")
    printf '<CEB622Message><InventoryReturn><copNo>%s</copNo><invtNo>370620261000000001</invtNo><returnStatus>%s</returnStatus><returnTime>%s</returnTime><returnInfo>x</returnInfo></InventoryReturn></CEB622Message>' \
        "$cop" "$1" "$2" >"$work/sftp/${4:-customs}/in/R$2.xml"
}
receipt 100 20261127090000000
ok 'a list is refused' hub run pickup ingest
is 'its buyer has that quota again' "$(used A)" 17540
receipt 899 20261127100000000
ok 'and accepted after all' hub run pickup ingest
is 'it counts again' "$(used A)" 23550
is 'the ledger tells how' "$(sql -c "SELECT string_agg(amount || ' ' || reason, ', ' ORDER BY entry_id) FROM hub.quota_ledger q
    JOIN hub.trade_order o USING (subject_hash) WHERE o.order_no = 'A2'")" '6010 declared, -6010 refused, 6010 accepted'
ok 'the same again changes nothing' sql -c 'SELECT hub.settle_quota(array_agg(subject_hash)) FROM hub.document'
is '... indeed' "$(sql -c 'SELECT count(*) FROM hub.quota_ledger')" 8

# --- insurance is part of what is taxed ---
c=11010519491231002X
day c <<END
C1 20261125100000 $c 1000 1 1000 200
C2 20261125100100 $c 4980 2 2490 15
END
is 'a night' "$(night_status)" 0
is 'the limit of an order counts it' "$(verdicts '^C')" 'C1 matched, C2 broken E5014 5005 5000'
is '... the ledger' "$(used C)" 1210
is '... and the tax' "$(sql -c "SELECT taxed, tax FROM hub.import_order_tax WHERE order_no = 'C1'")" '1210.00000|110.11'

# --- what reconcile did not ask about, declare does: an order that became ready behind its back ---
day d <<END
A8 20261125110000 $a 4000 1 4000
END
hub run pickup ingest reconcile >/dev/null 2>>"$work/landport.log" || :
is 'broken by reconcile' "$(verdicts '^A8')" 'A8 broken E5015 27560 26000'
sql -c "DELETE FROM hub.trade_break WHERE order_no = 'A8'" \
    -c "UPDATE hub.trade SET verdict = 'matched' WHERE order_no = 'A8'" \
    -c "INSERT INTO hub.ready (what, agency, subject_hash, issuer, number, row_id)
        SELECT 'trade', 'customs', subject_hash, issuer, order_no, row_id FROM hub.trade_order WHERE order_no = 'A8'" >/dev/null
hub run declare >/dev/null 2>>"$work/landport.log" || :
is 'and by declare' "$(verdicts '^A8') $(sql -c "SELECT count(*) FROM hub.document d JOIN hub.trade_order o USING (subject_hash) WHERE o.order_no = 'A8'")" \
    'A8 broken E5015 27560 26000 0'

# --- the year is that of Beijing's calendar, also when the business day is tomorrow's already ---
LANDPORT_NOW=2026-12-31T04:00:00Z
day e <<END
A9 20261230110000 $a 3000 1 3000
END
hub run >/dev/null 2>>"$work/landport.log" || :
is 'noon of 31 December, after the cut-off: still the old year' "$(verdicts '^A9')" 'A9 broken E5015 26560 26000'
LANDPORT_NOW=2026-12-31T17:00:00Z
day f <<END
A0 20261231110000 $a 3000 1 3000
END
hub run >/dev/null 2>>"$work/landport.log" || :
is 'an hour after midnight: the new one' "$(verdicts '^A0')" 'A0 matched'
is '... in the ledger too' "$(used A 2027)" 3010

# --- two agencies on customs' folder are told of the same purchase: it is one, as long as a list of either stands ---
mkdir -p "$work/sftp/office/in" "$work/sftp/office/out" "$work/sftp/office/done"
sed -n '/^agency "customs"/,/^}/p' "$work/landport.conf" | sed 's/agency "customs"/agency "office"/; s,sftp/customs/,sftp/office/,g; s/messages = {/formats = "customs"  &/' >"$work/office"
cat "$work/office" >>"$work/landport.conf"
LANDPORT_NOW=2027-01-04T20:00:00Z
day g <<END
B2 20270104110000 $b 200 1 200
END
is 'a night' "$(night_status) $(sql -c "SELECT count(*) FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE o.order_no = 'B2' AND d.kind = 'CEB621'")" '0 2'
is 'its buyer has used it once' "$(used B 2027)" 210
receipt 100 20270105090000000 B2 customs
hub run pickup ingest >/dev/null 2>>"$work/landport.log"
is '... also when one refuses its list' "$(used B 2027)" 210
receipt 100 20270105100000000 B2 office
hub run pickup ingest >/dev/null 2>>"$work/landport.log"
is '... and not at all once both have' "$(used B 2027)" 0
done_testing
