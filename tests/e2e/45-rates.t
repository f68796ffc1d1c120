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
            FROM hub.trade t LEFT JOIN (SELECT trade_hash, order_no, string_agg(code || ' ' || seen || ' ' || want, ' ' ORDER BY code, seen) AS codes
                                        FROM hub.trade_break GROUP BY 1, 2) b USING (trade_hash, order_no) WHERE t.order_no ~ '$1'"
}
declared() { # REGEX: orders that have a document
    sql -c "SELECT coalesce(string_agg(DISTINCT o.order_no, ' ' ORDER BY o.order_no), '') FROM hub.document d
            JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row WHERE o.order_no ~ '$1'"
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
is 'status says which rates are missing' "$(hub --json status 2>>"$work/landport.log" | jq -rc '.rates[] | [.kind, .code, .orders, .since]' | tr '\n' ' ')" \
    '["customs","116",1,"2026-11-30 04:00:00+08"] ["customs","502",2,"2026-11-30 04:00:00+08"] '
hub check >"$work/checked" 2>>"$work/landport.log" || :
ok 'and check' grep -q 'no customs rate of 502: 2 orders wait' "$work/checked"
hub trace R1 >"$work/traced" 2>>"$work/landport.log"
ok 'and trace' grep -q 'rate: no rate of customs 502' "$work/traced"
hub run reconcile >/dev/null 2>"$work/warned"
ok 'and every run' grep -q 'no customs rate of 502: 2 orders wait' "$work/warned"

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
is '... and nothing is loaded of any' "$(sql -c "SELECT count(*) FROM hub.exchange_rate") $(sql -c "SELECT count(*) FROM hub.audit WHERE what = 'rate import'")" '1 0'
is 'a rate of last month says nothing of this one' "$(printf '币制,起始日期,汇率或税率,来源\n502,20261001,7.2,test\n' | rates) $(night_status) $(verdicts '^R1')" '[1] 0 R1 waiting rate'
is 'the rate of the month' "$(printf 'currency,from,units,rate,source\n502,20261101,100,710,海关总署\n' | rates) $(night_status)" '[1] 0'
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

done_testing
