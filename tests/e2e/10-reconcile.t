#!/bin/sh
# When the three flows of an order match, on either side of each bound of the configuration; what is
# waited for and since when; what becomes of it when it comes late, or not at all.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
export LANDPORT_NOW=2026-03-02T01:00:00Z

reject_limit='100%'
e2e_hub
echo 'reconcile { tolerance = "0.05"  slack = "1d"  overdue = "2d" }' >>"$work/landport.conf"
for feed in order payment logistics; do
    hub format template "$feed" --example | tr -d '\r' | sed 's/EXAMPLE/TRADE/g' >"$work/$feed.csv"
done

# row FEED NUMBER [SED…]: one more row of the feed's next file, the example's with changes. In the
# examples the order is worth 129.80, ordered and paid 20260301093000, leaves 20260302 for 502.
row() {
    feed=$1 number=$2
    shift 2
    [ -s "$work/next.$feed" ] || head -n 1 "$work/$feed.csv" >"$work/next.$feed"
    sed -n 2p "$work/$feed.csv" |
        sed -e "s/TRADE0001/TRADE$number/g; s/LX123456785CN/LX${number}5CN/" "$@" >>"$work/next.$feed"
}
send() { # NAME
    for feed in order:LYPLAT01 payment:LYPAY01 logistics:LYLOGI01; do
        [ -s "$work/next.${feed%:*}" ] || continue
        mv "$work/next.${feed%:*}" "$work/sftp/${feed#*:}/in/${feed%:*}_$1.csv"
    done
    is "$1: every row is taken" "$(night_status)" 0
}
verdict() { # NUMBER
    sql -c "SELECT verdict, array_to_string(waiting_for, ','),
                   coalesce((SELECT string_agg(code || ' ' || seen || ' ' || want, ',' ORDER BY code) FROM hub.trade_break b
                             WHERE b.order_no = t.order_no), '')
            FROM hub.trade t WHERE order_no = 'TRADE$1'"
}
since() {
    sql -c "SELECT since AT TIME ZONE 'UTC' FROM hub.trade WHERE order_no = 'TRADE$1'"
}

whole() { # NUMBER: the three flows of an order
    row order "$1" && row payment "$1" && row logistics "$1"
}
whole 0001
row order 0002 && row logistics 0002 && row payment 0002 -e 's/129.80/129.85/'
row order 0003 && row logistics 0003 && row payment 0003 -e 's/129.80/129.86/'
row order 0004 && row logistics 0004 && row payment 0004 -e 's/129.80/100.00/'
row payment 0004 -e 's/TRADE0004P1/TRADE0004P2/; s/129.80/29.80/'
row order 0005 && row payment 0005 && row logistics 0005 -e 's/20260302/20260228/'
row order 0006 && row payment 0006 && row logistics 0006 -e 's/20260302/20260227/'
row order 0007 && row payment 0007
row order 0008 && row logistics 0008
row payment 0009
whole 0010 && row logistics 0010 -e 's/LX00105CN/LX00106CN/'
row order 0011 && row payment 0011 -e 's/20260301093000/20260301092959/' && row logistics 0011
row order 0012 && row payment 0012 && row logistics 0012 -e 's/,502,/,304,/'
row order 0013 && row payment 0013 -e 's/,129.80,142,/,129.80,502,/' && row logistics 0013
for feed in order payment logistics; do
    row "$feed" 0014 -e 's/91350800MA0LY001XF/无/'
done
row order 0015 -e 's/,E,9610,/,B,9710,/' && row logistics 0015 && row logistics 0015 -e 's/LX00155CN/LX00156CN/'
send first

is 'all three agree' "$(verdict 0001)" 'matched||'
is 'paid too much, within the tolerance' "$(verdict 0002)" 'matched||'
is 'paid too much, beyond it' "$(verdict 0003)" 'broken||E5002 129.86 129.8'
is 'paid in two parts' "$(verdict 0004)" 'matched||'
is 'left a day before it was paid, within the slack' "$(verdict 0005)" 'matched||'
is 'left two days before' "$(verdict 0006)" 'broken||E5005 20260227 20260301'
is 'no waybill' "$(verdict 0007)" 'waiting|logistics|'
is 'no payment' "$(verdict 0008)" 'waiting|payment|'
is 'nothing but a payment' "$(verdict 0009)" 'waiting|order|'
is 'two waybills of a 9610 order' "$(verdict 0010)" 'broken||E5006 2 1'
is 'paid before it was ordered' "$(verdict 0011)" 'broken||E5004 20260301092959 20260301093000'
is 'another country' "$(verdict 0012)" 'broken||E5003 304 502'
is 'another currency' "$(verdict 0013)" 'broken||E5001 502 142'
is 'a platform without a code: the seller numbers' "$(verdict 0014) $(sql -c \
    "SELECT issuer FROM hub.trade WHERE order_no = 'TRADE0014'")" 'matched|| 3508960001'
is '9710: no payment, two waybills' "$(verdict 0015)" 'matched||'
is 'what waits, waits since now' "$(since 0007)" '2026-03-02 01:00:00'

export LANDPORT_NOW=2026-03-03T02:00:00Z
row payment 0008
row logistics 0009
send second
is 'the payment came: matched' "$(verdict 0008)" 'matched||'
is '... since now' "$(since 0008)" '2026-03-03 02:00:00'
is 'the order still does not' "$(verdict 0009)" 'waiting|order|'
is '... since it began to' "$(since 0009)" '2026-03-02 01:00:00'
is 'who waits two days is not overdue after one' "$(verdict 0007)" 'waiting|logistics|'

export LANDPORT_NOW=2026-03-04T01:00:01Z
is 'a night in which nothing comes' "$(night_status)" 0
is 'overdue: the waybill' "$(verdict 0007)" 'overdue|logistics|'
is 'overdue: the order' "$(verdict 0009)" 'overdue|order|'
is 'status counts them' "$(hub --json status 2>>"$work/landport.log" |
    jq -r '.backlog[] | select(.state == "overdue") | .number')" 2

export LANDPORT_NOW=2026-03-05T01:00:00Z
row logistics 0007
row order 0009
send third
is 'late, but there: matched' "$(verdict 0007)" 'matched||'
is 'and this one' "$(verdict 0009)" 'matched||'
is 'each matched order was told once' "$(sql -c "SELECT count(*), count(DISTINCT o.order_no)
    FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE d.kind = 'CEB303'")" "$(sql -c "SELECT count(*), count(*) FROM hub.trade WHERE verdict = 'matched'")"

# --- a number given again concerns the trade that had it, and voided leaves it to that one ---
export LANDPORT_NOW=2026-03-05T01:30:00Z
row order 0091 && row logistics 0091 -e 's/LX00915CN/LX00015CN/' && row payment 0091 -e 's/TRADE0091P1/TRADE0001P1/'
send again
is 'the trade that comes with a number in use is broken' "$(verdict 0091)" 'broken||E5007 TRADE0001P1 TRADE0001,E5008 LX00015CN TRADE0001'
is '... and the one that had it' "$(verdict 0001)" 'broken||E5007 TRADE0001P1 TRADE0091,E5008 LX00015CN TRADE0091'
for feed in payment logistics; do
    row "$feed" 0091 -e 's/LX00915CN/LX00015CN/; s/TRADE0091P1/TRADE0001P1/'
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "appType") at = i } NR > 1 { $at = 3 } 1' "$work/next.$feed" >"$work/voids" && mv "$work/voids" "$work/next.$feed"
done
row payment 0091 && row logistics 0091
send voided
is '... taken back it is that one s alone' "$(verdict 0001)" 'matched||'
is '... and the other has its own' "$(verdict 0091)" 'matched||'

# --- a rule more, as sql/README.md says: what stands there, in a site's folder ---
rules=$work/site/sql/reconcile/rules
mkdir -p "$rules"
echo 'formats { site = "site" }' >>"$work/landport.conf"
said() { # WHAT: of the checks of what begins so state and detail, without folders
    { hub --json check 2>>"$work/landport.log" || :; } |
        jq -r --arg what "$1" '.[] | select(.what | startswith($what)) | .what + " " + .state + " " + .detail' | sed "s|$work/site/.*/||"
}
sed -n '/^## Add a rule/,/^## /s/^    //p' sql/README.md | sed '/^\$ /d' >"$rules/X0001.sql"
is 'the recipe can be asked' "$(said rule)" "rules ok $(find sql/reconcile/rules "$rules" -name "*.sql" | wc -l) rules can be asked"
whole 0021 && row logistics 0022 && row payment 0022 -e 's/129.80/69.90/'
row order 0022 -e 's/,119.80,10.00,/,59.90,10.00,/; s/,2,59.90,119.80,/,1,59.90,59.90,/'
send rule
is 'the order it is about is broken, and no other' "$(verdict 0021) $(verdict 0022)" 'broken||X0001 119.8 60 matched||'
"$landport" sample --orders 2000 --seed 2 --date 20260305 --dir "$work/day" >/dev/null
for party in LYPLAT01 LYPAY01 LYLOGI01; do cp "$work/day/$party"/* "$work/sftp/$party/in/"; done
is 'a night of the sample' "$(night_status)" 65
above="$(sql -c "SELECT count(*) FROM hub.trade_order WHERE current AND app_type <> '3' AND goods_value > 60
    AND (order_no = 'TRADE0021' OR order_no NOT LIKE 'TRADE%')")"
is '... breaks all that are worth more, and none that are not' "$(sql -c "SELECT count(*), count(DISTINCT (b.issuer, b.order_no)),
        count(*) FILTER (WHERE o.goods_value > 60 AND b.seen::numeric = o.goods_value)
    FROM hub.trade_break b JOIN hub.trade_order o ON o.subject_hash = b.subject_hash AND o.issuer = b.issuer AND o.order_no = b.order_no AND o.current
    WHERE b.code = 'X0001'")" "$above|$above|$above"
ok '... which are many' test "$above" -gt 400
is '... listed with its name and how often it stands' "$(hub --json reconcile rules |
    jq -r '.[] | select(.code == "X0001") | "\(.fired) \(.title_en) \(.file)"')" \
    "$above goods must be worth no more than {want} $(realpath "$rules")/X0001.sql"
is '... told in its own words' "$(hub --json trace TRADE0021 | jq -r '.trades[0].breaks[] | .message_zh, .message_en')" '货值不超过 60
goods must be worth no more than 60'

# --- what if: of a limit of 100, and without the one of 60, and nothing is kept ---
mkdir "$work/try"
sed 's/60$/100/; s/^-- source.*/&\n-- since: 20990101/' "$rules/X0001.sql" >"$work/try/X0001.sql"
verdicts() { sql -c "SELECT count(*) FILTER (WHERE verdict = 'broken'), (SELECT count(*) FROM hub.trade_break), max(checked_at) FROM hub.trade"; }
verdicts >"$work/before"
hub --json reconcile --dry-run --rules "$work/try" >"$work/trial" 2>>"$work/landport.log"
worth() { sql -c "SELECT count(*) FROM hub.trade_order WHERE current AND app_type <> '3' AND $1"; }
# it is asked of all trades, and so was X0001 itself for this once: what came before it is judged as well
is 'other rules: what they would say of which trades' "$(jq -r '.rules[] | "\(.code) \(.before) \(.after) \(.new) \(.gone)"' "$work/trial")" \
    "X0001 $(worth 'goods_value > 60') $(worth 'goods_value > 100') 0 $(worth 'goods_value > 60 AND goods_value <= 100')"
is '... whose verdicts would move' "$(jq -r '[.verdicts[] | select(.verdict == "broken" and .would_be == "matched") | .trades] | add > 0' "$work/trial")" true
is '... with examples in words' "$(jq -r '[.examples[] | select(.change == "new") | .message_en] | unique | .[]' "$work/trial")" 'goods must be worth no more than 100'
ok '... also of one whose day is to come, which is said' grep -q 'X0001 counts since 20990101; it is tried as if it did already' "$work/landport.log"
verdicts >"$work/after"
same '... and nothing is kept' "$work/after" "$work/before"

# --- since when, of what, and a rule of ours that a site switches off ---
export LANDPORT_NOW=2026-03-05T02:00:00Z
sed -i 's/^-- source.*/&\n-- since: 20260307/' "$rules/X0001.sql"
sed 's/X0001/X0002/; s/^-- since.*/-- modes: 9710, 9810\n-- direction: export\n-- since: 20260301\n-- until: 20260401/; s/60$/100/' "$rules/X0001.sql" >"$rules/X0002.sql"
sed 's/^-- source.*/&\n-- until: 20260228/' sql/reconcile/rules/E5004.sql >"$rules/E5004.sql"
whole 0031
row order 0032 -e 's/,E,9610,/,B,9710,/' && row logistics 0032
row order 0033 && row payment 0033 -e 's/20260301093000/20260301092959/' && row logistics 0033
row order 0051 && row order 0052
send dated
is 'before its day a rule does not count' "$(verdict 0031)" 'matched||'
is 'another counts for its modes alone' "$(verdict 0032)" 'broken||X0002 119.8 100'
is 'and one that is over does not' "$(verdict 0033)" 'matched||'

# --- a rule that cannot be read or asked: nothing is judged, and its line is told ---
export LANDPORT_NOW=2026-03-07T03:00:00Z
whole 0041 && row payment 0052
sed -i 's/^goods_value > 60/goods_valu > 60/' "$rules/X0001.sql"
is 'a column that is not there' "$(said 'rule X')" \
    'rule X0001 wrong X0001.sql:8: section -- when: database: 42703 column "goods_valu" does not exist; hint: Perhaps you meant to reference the column "flows.goods_value".'
sed -i 's/^trim_scale(goods_value)/goods_value \/ 0/; s/^goods_valu >/goods_value >/' "$rules/X0001.sql"
sed -i '/^-- since/d' "$rules/X0001.sql"
is '... what only values show, check cannot see' "$(said 'rule X')" ''
mv "$work/next.order" "$work/sftp/LYPLAT01/in/order_bad.csv"
mv "$work/next.payment" "$work/sftp/LYPAY01/in/payment_bad.csv"
mv "$work/next.logistics" "$work/sftp/LYLOGI01/in/logistics_bad.csv"
is '... but the night does' "$(night_status) $(grep -c 'error reconcile .*X0001.sql:9: section -- seen: database: 22012 division by zero' "$work/landport.log")" '1 1'
is '... what has waited for long is overdue all the same, but not where something came of it' "$(verdict 0051) $(verdict 0052)" \
    'overdue|payment,logistics| waiting|payment,logistics|'
is '... and judges and declares nothing' "$(verdict 0041) $(sql -c "SELECT count(*) FROM hub.trade_break WHERE order_no = 'TRADE0041'")" ' 0'
sed -i 's/^-- source/-- sauce/' "$rules/X0001.sql"
is 'a heading nobody knows' "$(said 'rule X')" \
    "rule X0001 wrong X0001.sql:6: no heading 'sauce'; they are code, title zh, title en, todo zh, todo en, source, note, since, until, modes, direction, over"
is '... stops the night as well' "$(night_status) $(grep -c "error reconcile .*X0001.sql:6: no heading 'sauce'" "$work/landport.log")" '1 1'
rm "$rules"/*.sql
is 'without it the next night goes on' "$(night_status) $(verdict 0041)" '0 matched||'

# --- one number for all, as a program writes that has none: each is broken, and nobody waits for hours ---
export LANDPORT_NOW=2026-03-08T01:00:00Z
for feed in payment:TRADE0001P1 logistics:LX123456785CN; do
    { head -n 1 "$work/${feed%:*}.csv" && sed -n "2s/${feed#*:}/SHARED1/p" "$work/${feed%:*}.csv" |
        awk '{ for (i = 100000; i < 130000; i++) { x = $0; gsub(/TRADE0001/, "TRADE" i, x); print x } }'; } >"$work/next.${feed%:*}"
done
began=$(date +%s)
send shared
ok '... within a minute' test $(($(date +%s) - began)) -lt 60
is 'the first is told of the second' "$(verdict 100000)" 'broken|order|E5007 SHARED1 TRADE100001,E5008 SHARED1 TRADE100001'
is 'and the others of the first' "$(verdict 129999)" 'broken|order|E5007 SHARED1 TRADE100000,E5008 SHARED1 TRADE100000'
is 'all of them' "$(sql -c "SELECT count(*), count(DISTINCT order_no) FROM hub.trade_break WHERE code IN ('E5007', 'E5008') AND order_no LIKE 'TRADE1%'")" '60000|30000'

done_testing
