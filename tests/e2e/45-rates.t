#!/bin/sh
# What nobody loaded is unknown: orders wait for their rate, are told, and go on once it is there; files of rates; import rules
# that no message may break; dates ahead of the clock; appTime.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-11-29T20:00:00Z
export LANDPORT_NOW
e2e_hub
sed -i 's/messages = {[^}]*}/messages = {"CEB303", "CEB403", "CEB505", "CEB603", "CEB311", "CEB411", "CEB511", "CEB621"}/
    s/feeds = {"order"}/feeds = {"order", "importorder"}/
    s/feeds = {"payment"}/feeds = {"payment", "importpayment"}/
    s/feeds = {"logistics"}/feeds = {"logistics", "importlogistics"}/
    s/reject-limit = "[^"]*"/reject-limit = "100%"/' "$work/landport.conf"
drop() { tr '|' ',' >"$work/sftp/$1/in/$2"; }
verdicts() { # REGEX
    sql -c "SELECT string_agg(concat_ws(' ', t.order_no, t.verdict, nullif(array_to_string(t.waiting_for, '+'), ''), b.codes), ', ' ORDER BY t.order_no)
            FROM hub.trade t LEFT JOIN (SELECT subject_hash, order_no, string_agg(code || ' ' || seen || ' ' || want, ' ' ORDER BY code, seen) AS codes
                                        FROM hub.trade_break GROUP BY 1, 2) b USING (subject_hash, order_no) WHERE t.order_no ~ '$1'"
}
declared() { # REGEX: orders that have a document
    sql -c "SELECT coalesce(string_agg(DISTINCT o.order_no, ' ' ORDER BY o.order_no), '') FROM hub.document d
            JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row WHERE o.order_no ~ '$1'"
}
codes() { # NAME
    sql -c "SELECT string_agg(r.line || ' ' || r.column_name || ' ' || r.code, ', ' ORDER BY r.line, r.column_name)
            FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE b.name = '$1'"
}

# --- exports: NUMBER TYPE MODE CURRENCY VALUE ---
order='ebpCode|ebpName|ebcCode|ebcName|orderNo|orderType|tradeMode|orderTime|goodsValue|freight|currency|country|gnum|itemNo|itemName|unit|qty|price|totalPrice|gcode|gmodel|qty1|unit1'
export_rows() { # NAME [TIME DATE]; rows on standard input
    echo "$order" >"$work/o"
    echo 'logisticsCode|logisticsName|logisticsNo|ebpCode|orderNo|freight|insuredFee|currency|grossWeight|netWeight|packNo|goodsInfo|ieDate|portCode|country|POD|trafMode|wrapType' >"$work/w"
    while read -r no type mode currency value; do
        echo "91350800MA35C2LA3Q|龙岩跨境电商综合服务平台|91350825MA2YT8RN1L|连城县冠豸数码科技有限公司|$no|$type|$mode|${2:-20261129041256}|$value|0|$currency|502|1|POT-06|陶瓷茶具六件套|006|1|$value|$value|6912001000|瓷制|1|035" >>"$work/o"
        echo "91350800MA37T6QD57|龙岩畅达国际物流有限公司|W-$no|91350800MA35C2LA3Q|$no|156|0|142|1.6|1.45|1|陶瓷茶具|${3:-20261130}|3715|502|LAX|5|2" >>"$work/w"
    done
    drop LYPLAT01 "ORDER_$1.csv" <"$work/o"
    drop LYLOGI01 "LOGISTICS_$1.csv" <"$work/w"
}
export_rows a <<END
R1 B 9710 502 50000
R2 W 9810 502 10
R3 B 9710 116 100
R4 B 9710 142 4999
R5 B 9710 142 5000.01
END
is 'a night without a rate' "$(night_status)" 0
is 'nothing can be said of foreign money: it waits, and is not broken' "$(verdicts '^R')" \
    'R1 waiting rate, R2 waiting rate, R3 waiting rate, R4 matched, R5 broken E5009 5000.01 5000'
is '... nor declared' "$(declared '^R')" R4
is 'status says which rates are missing' "$(hub --json status 2>>"$work/landport.log" | jq -rc '.rates[] | [.kind, .code, .day, .orders, .since]' | tr '\n' ' ')" \
    '["customs","116","2026-11-30",1,"2026-11-30 04:00:00+08"] ["customs","502","2026-11-30",2,"2026-11-30 04:00:00+08"] '
hub check >"$work/checked" 2>>"$work/landport.log" || :
ok 'and check' grep -q 'no customs rate of 502 for 2026-11-30: 2 orders wait since' "$work/checked"
hub trace R1 >"$work/traced" 2>>"$work/landport.log"
ok 'and trace' grep -q 'rate: no rate of customs 502' "$work/traced"
hub run reconcile >/dev/null 2>"$work/warned"
ok 'and every run' grep -q 'no customs rate of 116 for 2026-11-30: 1 order waits since' "$work/warned"

# --- files of rates: whole or not at all ---
rates() { # rows on standard input
    cat >"$work/rates.csv"
    echo 0 >"$work/rc"
    hub rate import "$work/rates.csv" --json >"$work/rates.json" 2>>"$work/landport.log" || echo $? >"$work/rc"
    jq -rc '[.loaded, (.rejects[] | [.line, .column, .code])]' "$work/rates.json"
}
is 'each fault is told with its line' "$(rates <<END
kind,currency,gcode,from,until,units,rate,source
customs,502,,20261101,,100,710.00,a
customs,999,,20261101,,,7.1,a
customs,116,,20261131,,,0.048,a
customs,,,20261101,,,7.1,a
customs,116,1901,20261101,,,0,
duty,502,1901,20261101,,100,0.1,a
vat,,19x,20261101,,,13%,a
consumption,,19,20261101,20261031,,1.5,a
customs,142,,20261101,,,2,a
dollar,502,,20261101,,,7.1,a
END
)" '[0,[3,"currency","E2013"],[4,"from","E2014"],[6,"source","E2001"],[8,"gcode","E2012"],[8,"rate","E2005"],[11,"kind","E2011"]]'
is '... and rules between columns, once each value is one' "$(rates <<END
kind,currency,gcode,from,until,units,rate,source
customs,502,,20261101,,100,710.00,a
customs,,,20261101,,,7.1,a
customs,116,1901,20261101,,,0,a
duty,502,1901,20261101,,100,0.1,a
consumption,,19,20261101,20261031,,1.5,a
vat,,19,20261101,,,13,a
customs,142,,20261101,,,2,a
customs,502,,20261101,,100,711.00,a
END
)" '[0,[3,"currency","E2001"],[4,"gcode","E2017"],[4,"rate","E2009"],[5,"currency","E2017"],[5,"units","E2017"],[6,"rate","E2010"],[6,"until","E2009"],[7,"rate","E2010"],[8,"currency","E2011"],[9,"from","E4007"]]'
is '... with 65' "$(cat "$work/rc")" 65
is 'a missing column' "$(printf 'currency,rate,source\n502,7,a\n' | rates)" '[0,[1,"from","E3005"]]'
hub rate import "$work/rates.csv" >"$work/said.rates" 2>>"$work/landport.log" || :
ok '... which says what the columns are' grep -q 'nothing was loaded; its columns are from, rate, source, and kind, currency, gcode, until, units' "$work/said.rates"
is '... and nothing is loaded of any' "$(sql -c "SELECT count(*) FROM hub.exchange_rate") $(sql -c "SELECT count(*) FROM hub.audit WHERE what = 'rate import'")" '1 0'
printf 'currency,from,until,rate,source\n116,20261101,20261129,0.05,test\n' >"$work/rates.csv"
is 'a rate that ends the day before lets nobody go on, and says so' "$(hub rate import "$work/rates.csv" 2>>"$work/landport.log")" \
    '1 rate, 1 of them new
3 orders still wait: no customs 116, customs 502 for 2026-11-30'
is 'a rate of last month says nothing of this one' "$(printf '币制,起始日期,汇率或税率,来源\n502,20261001,7.2,test\n' | rates) $(night_status) $(verdicts '^R1')" '[1] 0 R1 waiting rate'
is 'the rate of the month' "$(printf 'currency,from,units,rate,source\n502,20261101,100,710,海关总署\n' | rates)" '[1]'
is '... says who goes on' "$(jq -c '[.go_on, .still_wait, .missing]' "$work/rates.json") $(night_status)" '[2,1,"customs 116"] 0'
is '... decides: one is over the limit, one goes, the yen still waits' "$(verdicts '^R[123]')" \
    'R1 broken E5009 355000 5000, R2 matched, R3 waiting rate'
is '... is declared in the same run' "$(declared '^R')" 'R2 R4'
is '... is in the audit, with its source' "$(sql -c "SELECT reason FROM hub.audit WHERE what = 'rate import' ORDER BY audit_id DESC LIMIT 1")" \
    '海关总署: customs 502 20261101 7.1'
is 'the same again is no other' "$(printf 'currency,from,units,rate,source\n502,20261101,100,710,海关总署\n' | rates)" '[0]'
is 'another value for that day is refused' "$(printf 'currency,from,units,rate,source\n502,20261101,100,1,海关总署\n' | rates)" '[0,[2,"rate","E1074"]]'
is '... unless it corrects it' "$(hub rate import "$work/rates.csv" --replace --reason 'typed wrong' >/dev/null 2>&1; night_status) $(verdicts '^R1')" '0 R1 matched'
is 'list shows what counts on a day' "$(hub rate list --date 20261130 --json 2>>"$work/landport.log" | jq -rc '.[] | [.kind, .code, .rate, .until]')" \
    '["customs","502",0.01,"2026-11-30"]'
LANDPORT_NOW=2026-11-30T20:00:00Z
export_rows b <<END
S1 B 9710 502 10
END
is 'in December the rate of November counts no more' "$(night_status) $(verdicts '^S')" '0 S1 waiting rate'
is 'a rate put there by hand counts as well' "$(sql -c "INSERT INTO hub.exchange_rate VALUES ('502', '2026-12-01', 7.1, 'test')"; night_status) $(verdicts '^S')" '0 S1 matched'

# --- exports: one unit has one quantity; nothing is dated ahead of the clock, but for what clocks and plans differ by ---
{
    echo "$order"
    for row in 'U1|006|2|1|2' 'U2|035|2|1|2' 'U3|035|1|2|2' 'U4|035|1|1|1'; do # NUMBER UNIT QTY PRICE QTY1
        IFS='|' read -r no unit qty price qty1 <<END
$row
END
        value=$((qty * price))
        echo "91350800MA35C2LA3Q|平台|91350825MA2YT8RN1L|卖家|$no|E|9610|20261129041256|$value|0|142|502|1|T|茶|$unit|$qty|$price|$value|0902100000|无|$qty1|035"
    done
} | drop LYPLAT01 ORDER_units.csv
is 'a quantity in the same unit that differs comes back' "$(night_status) $(codes ORDER_units.csv)" '65 4 qty1 E4074'
export_rows ahead 20261202035959 20270130 <<END
T1 B 9710 142 10
END
export_rows time 20261202050101 20270130 <<END
T2 B 9710 142 10
END
export_rows date 20261130050101 20270131 <<END
T3 B 9710 142 10
END
export_rows far 20991130050101 20991231 <<END
T4 B 9710 142 10
END
is 'dates ahead: a day for what has happened, sixty for what will be shipped' "$(night_status) $(verdicts '^T')" \
    '65 T1 matched, T2 broken E5073 orderTime 20261202050101 20261202040000, T3 broken E5073 ieDate 20270131 20270130'
is '... dates far off do not even come in' "$(codes ORDER_far.csv) $(codes LOGISTICS_far.csv)" '2 orderTime E2085 2 ieDate E2085'
is '... and are not declared' "$(declared '^T')" T1

# --- several waybills of one list: it says them together ---
export_rows several <<END
V1 B 9710 142 10
END
second=$(sed -n 2p "$work/w" | sed 's/W-V1/W-V1b/; s/|156|0|142|1.6|1.45|1|/|44.5|2.25|142|2.4|2|3|/')
echo "$second" >>"$work/w"
drop LYLOGI01 LOGISTICS_several.csv <"$work/w"
told() { # EXPRESSION: of the list of V1 in the newest bundle
    rm -rf "$work/b"
    mkdir "$work/b"
    unzip -q "$work/sftp/customs/out/$(sql -c 'SELECT name FROM hub.bundle ORDER BY seq DESC LIMIT 1')" -d "$work/b"
    cat "$work/b"/messages/CEB603_*.xml | tr -d '\n' | grep -o "<ceb:$1>[^<]*" | sed 's/.*>//' | tr '\n' ' '
}
listed='\(appType\|logisticsNo\|freight\|insuredFee\|packNo\|grossWeight\|netWeight\)'
is 'weights, packages, freight and insurance of both' "$(night_status) $(told "$listed")" '0 1 W-V1 200.5 2.25 4 4.0 3.45 '
several=$(sql -c 'SELECT name FROM hub.bundle ORDER BY seq DESC LIMIT 1')
{
    echo 'appType|'"$(sed -n 1p "$work/w")"
    sed -n 3p "$work/w" | sed 's/^/2|/; s/|2.4|2|3|/|3.4|2|3|/'
} | drop LYLOGI01 LOGISTICS_heavier.csv
is 'one of them is heavier: the list changes' "$(night_status) $(told "$listed")" '0 2 W-V1 200.5 2.25 4 5.0 3.45 '
{
    echo "appType|note|$order"
    echo "2|更正|$(sed -n 2p "$work/o")"
} | drop LYPLAT01 ORDER_several2.csv
is 'the order changes: the list too, with both' "$(night_status) $(told "$listed")" '0 2 W-V1 200.5 2.25 4 5.0 3.45 '
is '... and the list that was sent is made again as it was' "$(hub bundle rebuild --verify "$several" >/dev/null 2>&1; echo $?)" 0
sed -i 's/"CEB603", /&"CEB607", /; s/feeds = {"logistics", /&"departure", /' "$work/landport.conf"
{
    echo 'logisticsCode|logisticsName|billNo|trafMode|trafName|voyageNo|domesticTrafNo|operatorCode|operatorName|gnum|logisticsNo'
    for n in 1 2; do
        echo "91350800MA37T6QD57|龙岩畅达国际物流有限公司|731-1|5|MF801|V1|闽F12345|350896S001|监管场所|$n|W-V1$([ $n = 2 ] && echo b)"
    done
} | drop LYLOGI01 DEPARTURE_several.csv
is 'a transport that carries both waits for no other list, and weighs what they do' "$(night_status) $(
    sql -c "SELECT count(*) FROM hub.ready WHERE what = 'departure'") $(rm -rf "$work/b"; mkdir "$work/b"
    unzip -q "$work/sftp/customs/out/$(sql -c 'SELECT name FROM hub.bundle ORDER BY seq DESC LIMIT 1')" -d "$work/b"
    grep -ho '<ceb:grossWeight>[^<]*' "$work"/b/messages/CEB607_*.xml)" '0 0 <ceb:grossWeight>5.0'
{
    echo 'appType|'"$(sed -n 1p "$work/w")"
    sed -n 3p "$work/w" | sed 's/^/2|/; s/|142|2.4|/|502|2.4|/'
} | drop LYLOGI01 LOGISTICS_dollars.csv
is 'freight in two currencies cannot be added up' "$(night_status) $(verdicts '^V1')" '0 V1 broken E5076 142, 502 currency'

# --- what is reported as done is not dated ahead either ---
sed -i 's/feeds = {"logistics", /&"status", /' "$work/landport.conf"
{
    echo 'logisticsCode|logisticsName|logisticsNo|logisticsStatus|logisticsTime'
    echo '350898L001|畅达|W-1|S|20261202040000'
    echo '350898L001|畅达|W-2|S|20261202040001'
} | drop LYLOGI01 STATUS_ahead.csv
{
    echo 'logisticsCode|logisticsName|billNo|trafMode|trafName|voyageNo|domesticTrafNo|operatorCode|operatorName|arriveTime|leaveTime|gnum|logisticsNo'
    echo '350898L001|畅达|731-1|5|MF801|V1|闽F1|350896S001|场所|20261202040000||1|W-1'
    echo '350898L001|畅达|731-2|5|MF801|V1|闽F1|350896S001|场所|20270131230000|20270202050000|1|W-1'
} | drop LYLOGI01 DEPARTURE_ahead.csv
is 'arrivals, departures and signatures' "$(night_status) $(codes STATUS_ahead.csv); $(codes DEPARTURE_ahead.csv)" \
    '65 3 logisticsTime E4076; 3 arriveTime E4076, 3 leaveTime E4076'

# --- imports: NUMBER MODE COUNTRY PAID FREIGHT INSURED ASSURER [GNAME] ---
import_rows() { # NAME; rows on standard input
    echo 'ebpCode|ebpName|ebcCode|ebcName|orderNo|orderType|tradeMode|orderTime|goodsValue|freight|discount|taxTotal|currency|buyerRegNo|buyerName|buyerIdType|buyerIdNumber|buyerTelephone|consignee|consigneeTelephone|consigneeAddress|assureCode|country|emsNo|areaCode|areaName|gnum|itemNo|itemName|gname|unit|qty|price|totalPrice|gcode|gmodel|qty1|unit1|originCountry|itemRecordNo' >"$work/o"
    echo 'payCode|payName|payNo|ebpCode|ebpName|orderNo|charge|currency|accountingDate|payerName|payerIdType|payerIdNumber' >"$work/p"
    echo 'logisticsCode|logisticsName|logisticsNo|ebpCode|orderNo|freight|insuredFee|currency|grossWeight|netWeight|packNo|goodsInfo|ieDate|portCode|country|trafMode|trafName|voyageNo|billNo|wrapType|consignee|consigneeTelephone|consigneeAddress' >"$work/w"
    while read -r no mode country paid freight insured assurer gname; do
        case $mode in 1210) bonded='T3706W000001|3508960002|综保区仓储有限公司' way='4|||' record=R0001 ;; *) bonded='||' way='5|MF802|V1|731-22222222' record= ;; esac
        echo "3508960001|海丝优品|3508960005|闽西商贸有限公司|$no|I|$mode|20261129100000|100|10|5|9.55|142|U0001|订购人甲|1|350802199003070010|13800000000|收货人乙|13900000000|龙岩市 1 号|$assurer|$country|$bonded|1|M|奶粉|$gname|011|2|50|100|1901101000|900 克/罐|1.8|035|601|$record" >>"$work/o"
        for part in $(echo "$paid" | tr '+' ' '); do
            echo "91350800MA0LY0028F|汇通|P-$no-$part|3508960001|海丝优品|$no|$part|142|20261129110000|订购人甲|1|350802199003070010" >>"$work/p"
        done
        echo "350898L001|畅达|W-$no|3508960001|$no|$freight|$insured|142|2|1.8|1|奶粉|20261130|3715|$country|$way|2|收货人乙|13900000000|龙岩市 1 号" >>"$work/w"
    done
    drop LYPLAT01 "IMPORTORDER_$1.csv" <"$work/o"
    drop LYPAY01 "IMPORTPAYMENT_$1.csv" <"$work/p"
    drop LYLOGI01 "IMPORTLOGISTICS_$1.csv" <"$work/w"
}
import_rows rules <<END
I01 9610 601 114.55 10 0 3508960001
I02 1210 142 114.55 10 0 350898L001
I03 9610 601 114.55 7 3 3508960009
I04 9610 601 114.55 10 3 3508960005
I05 9610 601 114.56 10 0 3508960001
I06 9610 601 14.55+100 10 0 3508960001
I07 9610 601 114.55 8 0 3508960001
I08 9610 601 114.55 10 0 3508960007
I09 9610 601 114.55 10 0 3508960001 婴幼儿奶粉
I10 9610 601 114.55 10 0 3508960001 奶粉
I11 9610 142 114.55 10 0 3508960001
I12 1210 601 114.55 10 0 3508960001
END
is 'what an order alone tells comes back' "$(night_status) $(codes IMPORTORDER_rules.csv)" \
    '65 10 gname E4073, 12 country E4075, 13 country E4075'
is 'what the flows tell is a break' "$(verdicts '^I(0[1-8]|10)$')" \
    "I01 matched, I02 matched, I03 matched, I04 matched, I05 broken E5002 114.56 114.55, $(
    )I06 broken E5076 2 payNo, I07 broken E5075 8 10, $(
    )I08 broken E5074 3508960007 3508960001, 3508960005, 350898L001, I10 matched"
is '... and only what is right is declared' "$(declared '^I')" 'I01 I02 I03 I04 I10'
hub trace I01 >"$work/traced" 2>>"$work/landport.log"
ok 'the tax of an import whose rates nobody loaded is unknown' grep -q 'vat, consumption' "$work/traced"
is '... and no number' "$(sql -c "SELECT taxed, inside, duty_due, tax FROM hub.import_order_tax WHERE order_no = 'I01'")" '110.00000|t|0.00|'
echo 'reconcile { import-tax = "required" }' >>"$work/landport.conf"
import_rows required <<END
J1 9610 601 114.55 10 0 3508960001
END
is 'where the zone wants it so, such an import waits' "$(night_status) $(verdicts '^J') $(sql -c "SELECT string_agg(kind || ' ' || code, ', ' ORDER BY kind) FROM hub.missing_rate WHERE code <> '116'")" \
    '0 J1 waiting rate consumption 1901101000, vat 1901101000'
is '... until both are there' "$(printf 'kind,gcode,from,rate,source\nvat,1901,20190401,0.13,test\nconsumption,,20190401,0,test\n' | rates) $(night_status) $(verdicts '^J')" \
    '[2] 0 J1 matched'
is '... and its tax is a number' "$(sql -c "SELECT tax FROM hub.import_order_tax WHERE order_no = 'J1'")" 10.01

# --- the clock is set back: appTime is not ---
last=$(sql -c 'SELECT max(app_time) FROM hub.bundle')
LANDPORT_NOW=2026-11-29T20:00:00Z
export_rows back <<END
K1 B 9710 142 10
END
is 'a bundle of yesterday' "$(night_status) $(verdicts '^K') $(sql -c "SELECT business_date || ' ' || (app_time > '$last') FROM hub.bundle ORDER BY seq DESC LIMIT 1")" \
    '0 K1 matched 20261130 true'
is 'no two say the same time, and none an earlier one' "$(sql -c "SELECT count(*) > 5 AND bool_and(later) FROM (
    SELECT coalesce(app_time > lag(app_time) OVER (ORDER BY seq), true) AS later FROM hub.bundle) b")" t
ok '... nor when it is made again' hub bundle rebuild --verify "$(sql -c 'SELECT name FROM hub.bundle ORDER BY seq DESC LIMIT 1')"

# --- a limit that nobody knows is not no limit ---
LANDPORT_NOW=2026-12-02T20:00:00Z
sql -c 'CREATE TABLE limits AS SELECT * FROM hub.import_limit' -c 'DELETE FROM hub.import_limit'
import_rows limit <<END
N1 9610 601 114.55 10 0 3508960001
END
is 'without a limit an import waits' "$(night_status) $(verdicts '^N')" '0 N1 waiting rate'
hub check >"$work/checked" 2>>"$work/landport.log" || :
ok '... and check says why' grep -q 'no limit of imports for 2026-12-03: 1 order waits since' "$work/checked"
ok '... and that it is so for all' grep -q 'hub.import_limit has no row for 20261203' "$work/checked"
is '... and status' "$(hub --json status 2>>"$work/landport.log" | jq -rc '.rates[] | select(.kind == "limit") | [.code, .day, .orders]')" '["import","2026-12-03",1]'
sql -c 'INSERT INTO hub.import_limit SELECT * FROM limits'
is '... until there is one' "$(night_status) $(verdicts '^N') $(declared '^N')" '0 N1 matched N1'

# --- a change in January of a list of December counts in December's year ---
LANDPORT_NOW=2027-01-05T20:00:00Z
person="hub.person_key((SELECT buyer_id_number FROM hub.trade_order WHERE order_no = 'N1' LIMIT 1))"
sql -c "INSERT INTO hub.quota_ledger (person, year, amount, subject_hash, guid, reason) SELECT $person, '2026',
        (SELECT yearly - 1 FROM hub.import_limit ORDER BY valid_from DESC LIMIT 1), 1, gen_random_uuid(), 'test'"
{
    sed -n '1s/^/appType|/p' "$work/o"
    sed -n '2s/^/2|/; s/|U0001|/|U0002|/p' "$work/o"
} | drop LYPLAT01 IMPORTORDER_change.csv
is 'its buyer has nothing left of the old year' "$(night_status) $(verdicts '^N' | sed 's/ [0-9.]* 26000$//')" '0 N1 broken E5015'
sql -c "INSERT INTO hub.quota_ledger (person, year, amount, subject_hash, guid, reason) SELECT person, y, a, 1, gen_random_uuid(), 'test'
        FROM (SELECT $person AS person, '2026' AS y, -20000 AS a UNION ALL SELECT $person, '2027', 25999) l" \
    -c "INSERT INTO hub.touch_again SELECT subject_hash, issuer, order_no FROM hub.trade WHERE order_no = 'N1'"
is '... or has, and nothing of the new one: it goes' "$(night_status) $(verdicts '^N') $(sql -c "SELECT sum(amount) FROM hub.quota_ledger
    WHERE year = '2027'")" '0 N1 matched 25999'
LANDPORT_NOW=2026-11-29T20:00:00Z

# --- a character beyond U+FFFF counts as those who read the message count it ---
printf '%s\n' "$(echo "$order" | tr '|' ',')" >"$work/ORDER_long.csv"
name=$(printf '%0249d' 0)𠀀
echo "91350800MA35C2LA3Q,平台,91350825MA2YT8RN1L,卖家,L1,E,9610,20261129041256,1,0,142,502,1,T,$name,006,1,1,1,0902100000,无,1,035" >>"$work/ORDER_long.csv"
heard() {
    hub format check "$work/ORDER_long.csv" --partner LYPLAT01 --json 2>>"$work/landport.log" |
        jq -rc '[.rejects[] | select(.column == "itemName") | .code]'
}
is '250 characters' "$(heard)" '[]'
sed -i 's/cutoff = "06:00"/& text-length = "utf-16"/' "$work/landport.conf"
is '... are 251 to an agency that counts otherwise' "$(heard)" '["E2004"]'
sed -i 's/messages = {"CEB303", /messages = {/' "$work/landport.conf"
is '... also where only the list of it has the name' "$(heard)" '["E2004"]'
sed -i 's/messages = {[^}]*}/messages = {"CEB213"}/' "$work/landport.conf"
is '... but not where it takes nothing of it' "$(heard)" '[]'

# --- a message that needs a signature to be valid, and gets none ---
sed -i 's/messages = {[^}]*}/messages = {"CEB303", "CEB623"}/' "$work/landport.conf"
mkdir -p "$work/site/formats/customs"
cp -r formats/customs/common "$work/site/formats/customs/"
sed 's/\(<xs:any [^>]*\) minOccurs="0"/\1/' formats/customs/ceb303.xsd >"$work/site/formats/customs/ceb303.xsd"
echo 'formats { site = "site" }' >>"$work/landport.conf"
said() { hub check --json 2>>"$work/landport.log" | jq -rc '.[] | select(.what | endswith("to customs")) | [.what, .state]' | tr '\n' ' '; }
is 'check says so: of one that we could not write, and one that customs would not read' "$(said)" \
    '["CEB303 to customs","wrong"] ["CEB623 to customs","warning"] '
sed -i 's/^    sign      {/    message-sign { messages = {"CEB303", "CEB623"}  method = "rsa-sha256"  key = "keys\/zone.key"  cert = "keys\/zone.crt" }\n&/' "$work/landport.conf"
is '... and nothing once it is signed' "$(said)" ''
sed 's/<xs:any [^>]*>//' formats/customs/ceb303.xsd >"$work/site/formats/customs/ceb303.xsd"
is '... nor where a signature has no place' "$(said)" '["CEB303 to customs","wrong"] '

done_testing
