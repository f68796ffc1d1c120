#!/bin/sh
# What a file says that was said before: the same bytes, the same rows, another version; changes that come
# too early, twice in one file, or after the order was declared.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='90%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 12 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
orders=$work/day/LYPLAT01/ORDER_20260302_01.csv
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/payments.csv"
unzip -p "$work"/day/LYLOGI01/LOGISTICS_*.zip | tr -d '\r' >"$work/waybills.csv"
tr -d '\r' <"$orders" >"$work/orders.csv"
# names instead of titles, so that columns can be found
sed -i '1s/.*/payCode,payName,payNo,ebpCode,ebpName,ebcCode,ebcName,orderNo,charge,currency,accountingDate,payerName,telephone,note/' \
    "$work/payments.csv"

party_of() {
    case $1 in ORDER*) echo LYPLAT01 ;; PAYMENT*) echo LYPAY01 ;; *) echo LYLOGI01 ;; esac
}
# drop NAME [MOMENT]: standard input becomes that file in its partner's in/
drop() {
    file=$work/sftp/$(party_of "$1")/in/$1
    cat >"$file"
    [ -z "${2-}" ] || touch -d "$2" "$file"
}
ack() { # NAME ELEMENT
    xmllint --xpath "string(/ack/$2)" "$work/sftp/$(party_of "$1")/out/$1.ack.xml"
}
counts() {
    for element in state accepted repeated rejected; do ack "$1" $element | tr '\n' ' '; done
}
codes() {
    sql -c "SELECT DISTINCT r.line, r.code, r.want FROM hub.reject r JOIN hub.batch b USING (batch_id)
            WHERE b.name = '$1' ORDER BY r.line" | tr '\n' ' '
}
rejects() {
    printf '%s\n' "$work/sftp/$(party_of "$1")/out/$1.rejects.csv"
}
order_no() {
    jq -r --argjson n "$1" '.orders[$n - 1].orderNo' "$work/day/expected.json"
}
# rows KIND N: header and the rows of the n-th order, with an appType of 1 in front
rows() {
    sed -n "1p; /,$(order_no "$2"),/p" "$work/$1.csv" | case $1 in
    waybills) cat ;;
    *) sed '1s/^/appType,/; 2,$s/^/1,/' ;;
    esac
}
# typed N: that appType; valued COLUMN VALUE: another value in that column (before any with a comma);
# body: without the header
typed() {
    sed "2,\$s/^[0-9],/$1,/"
}
valued() {
    awk -F, -v OFS=, -v name="$1" -v value="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
        NR > 1 { $column = value } { print }'
}
body() {
    sed 1d
}
lines_of() {
    rows orders "$1" | body | wc -l
}
verdict() {
    sql -c "SELECT verdict FROM hub.trade WHERE order_no = '$(order_no "$1")'"
}
current() { # TABLE N COLUMN
    sql -c "SELECT $3 FROM hub.$1 WHERE order_no = '$(order_no "$2")' AND current"
}


# opened SEQ: that bundle in $work/b.SEQ; told SEQ KIND ELEMENT: its values in the messages of a kind
opened() {
    mkdir "$work/b.$1"
    unzip -q "$work/sftp/customs/out/$(sql -c "SELECT name FROM hub.bundle WHERE seq = $1")" -d "$work/b.$1"
}
told() {
    find "$work/b.$1/messages" -name "$2_*.xml" -exec cat {} + | grep -o "<ceb:${3}>[^<]*" | sed 's/.*>//' |
        LC_ALL=C sort | tr '\n' ' '
}
last_bundle() {
    sql -c 'SELECT max(seq) FROM hub.bundle'
}

# --- the first night, all but the orders 11 and 12 ---
without() {
    sed "/,$(order_no 11),/d; /,$(order_no 12),/d"
}
for kind in orders payments waybills; do
    case $kind in orders) name=ORDER_1.csv ;; payments) name=PAYMENT_1.csv ;; *) name=LOGISTICS_1.csv ;; esac
    without <"$work/$kind.csv" | drop $name
done
is 'the first night ends with 0' "$(night_status)" 0
is 'ten trades match' "$(sql -c "SELECT verdict, count(*) FROM hub.trade GROUP BY 1")" 'matched|10'
opened 1
is 'and are told' "$(told 1 CEB303 orderNo | wc -w)" 10

# --- the same again ---
LANDPORT_NOW=2026-03-02T20:10:00Z
for name in ORDER_1.csv PAYMENT_1.csv LOGISTICS_1.csv; do
    drop "${name%_1.csv}_again.csv" <"$work/sftp/$(party_of $name)/done/$name"
done
# the same rows, the other way round, in another form, amounts written otherwise
without <"$work/payments.csv" | { sed -u 1q; tac; } | awk -F, -v OFS='\t' 'NR > 1 { $9 = "0" $9 "0" } { $1 = $1; print }' |
    iconv -f UTF-8 -t UTF-16 | drop PAYMENT_rows.csv
without <"$work/waybills.csv" | { sed -u 1q; tac; } | drop LOGISTICS_rows.csv
is 'what was said before: 0' "$(night_status)" 0
for name in ORDER_again.csv PAYMENT_again.csv LOGISTICS_again.csv; do
    is "$name: the same bytes are a duplicate" "$(counts $name)$(ack $name duplicateOf)" \
        "duplicate 0 0 0 $(ack "${name%_again.csv}_1.csv" batch)"
done
is 'the same payments in another file are repeats' "$(counts PAYMENT_rows.csv)" "loaded 0 10 0 "
is 'the same waybills too' "$(counts LOGISTICS_rows.csv)" "loaded 0 10 0 "
is 'no bundle tells anything again' "$(last_bundle)" 1

# --- changes of what was declared ---
LANDPORT_NOW=2026-03-02T20:20:00Z
rows orders 1 | typed 2 | sed '2,$s/$/changed/' | drop ORDER_change.csv
rows payments 2 | typed 2 | valued telephone +1-000-555-0002 | valued note changed | drop PAYMENT_change.csv
rows payments 6 | typed 2 | valued telephone +1-000-555-0006 | drop PAYMENT_unseen.csv
rows waybills 3 | typed 2 | valued grossWeight 29.5 | drop LOGISTICS_change.csv
is 'a change of each kind: 0' "$(night_status)" 0
is 'each is taken' "$(counts ORDER_change.csv)$(counts PAYMENT_change.csv)$(counts LOGISTICS_change.csv)" \
    "loaded $(lines_of 1) 0 0 loaded 1 0 0 loaded 1 0 0 "
is '... as the version that counts' "$(current trade_order 1 note) $(current waybill 3 gross_weight)" 'changed 29.5'
is '... what is personal is another, sealed' "$(sql -c "SELECT count(*), count(DISTINCT telephone), bool_and(telephone ~ '^[*]1')
    FROM hub.payment WHERE order_no = '$(order_no 2)'")" '2|2|t'
is '... the one before is kept' "$(sql -c "SELECT count(*) FROM hub.payment WHERE order_no = '$(order_no 2)' AND NOT current")" 1
opened 2
is 'the order is told as a change' "$(told 2 CEB303 orderNo)$(told 2 CEB303 appType)" "$(order_no 1) 2 "
is 'the payment too; not that of the changed order, nor one whose message would say the same' \
    "$(told 2 CEB403 payNo)$(told 2 CEB403 appType)" "$(rows payments 2 | body | cut -d, -f4) 2 "
is 'the waybill as well' "$(told 2 CEB505 logisticsNo)$(told 2 CEB505 appType)" \
    "$(rows waybills 3 | body | cut -d, -f4) 2 "
is 'each as the second version of its document' "$(sql -c "SELECT DISTINCT version FROM hub.document
    JOIN hub.bundle USING (bundle_id) WHERE seq = 2")" 2
LANDPORT_NOW=2026-03-02T20:25:00Z
rows orders 1 | typed 2 | sed '2,$s/$/changed/' | body | { rows orders 1 | sed -n 1p; cat; echo; } | drop ORDER_change2.csv
is 'the same change in another file is a repeat' "$(night_status) $(counts ORDER_change2.csv)" "0 loaded 0 $(lines_of 1) 0 "
is '... which nobody is told' "$(last_bundle)" 2
rows payments 4 | typed 2 | valued charge 1.00 | drop PAYMENT_less.csv
is 'a change after which the trade does not match' "$(night_status) $(verdict 4)" '0 broken'
is '... is not told' "$(last_bundle)" 2
LANDPORT_NOW=2026-03-02T20:30:00Z
rows payments 4 | typed 2 | sed '2s/$/corrected/' | drop PAYMENT_right.csv
is '... until it matches again' "$(night_status) $(verdict 4) $(last_bundle)" '0 matched 3'
opened 3
is '... then the change is told' "$(told 3 CEB403 payNo)$(told 3 CEB403 appType)" "$(rows payments 4 | body | cut -d, -f4) 2 "

# --- voids ---
LANDPORT_NOW=2026-03-02T20:40:00Z
rows orders 5 | typed 3 | drop ORDER_void.csv
rows payments 6 | typed 3 | drop PAYMENT_void.csv
is 'voids: 0' "$(night_status)" 0
is 'each is taken' "$(counts ORDER_void.csv)$(counts PAYMENT_void.csv)" "loaded $(lines_of 5) 0 0 loaded 1 0 0 "
is 'a trade without its order is void, one without its payment waits' "$(verdict 5) $(verdict 6)" 'void waiting'
rows orders 5 | typed 3 | sed '2,$s/$/again/' | drop ORDER_void2.csv
rows payments 6 | typed 3 | sed '2s/$/again/' | drop PAYMENT_void2.csv
is 'voided again it is a repeat' "$(night_status) $(counts ORDER_void2.csv)$(counts PAYMENT_void2.csv)" \
    "0 loaded 0 $(lines_of 5) 0 loaded 0 1 0 "
rows payments 6 | typed 2 | drop PAYMENT_dead.csv
is 'what is void cannot be changed' "$(night_status) $(codes PAYMENT_dead.csv)" '65 2|E4009| '
rows payments 6 | typed 1 | sed '2s/$/anew/' | drop PAYMENT_anew.csv
is '... but said anew' "$(night_status) $(counts PAYMENT_anew.csv)$(verdict 6)" '0 loaded 1 0 0 matched'

# --- a change that comes before its original ---
LANDPORT_NOW=2026-03-02T20:50:00Z
{ rows orders 11 | typed 2 | sed '2,$s/$/early/' && rows orders 1 | body; } | sed '$s/$/changed/' >"$work/early.csv"
drop ORDER_early.csv <"$work/early.csv"
rows payments 11 | typed 2 | sed '2s/$/early/' | drop PAYMENT_early.csv
rows waybills 11 | typed 3 | drop LOGISTICS_early.csv
is 'there is nothing to change yet: 65' "$(night_status)" 65
is 'each comes back' "$(codes PAYMENT_early.csv)$(codes LOGISTICS_early.csv)$(ack PAYMENT_early.csv rejected)" '2|E4009| 2|E4009| 1'
ok '... and is told to send the original first' grep -q 'appType 1 first' "$(rejects ORDER_early.csv)"
for kind in orders:ORDER payments:PAYMENT waybills:LOGISTICS; do
    rows "${kind%:*}" 11 | drop "${kind#*:}_11.csv"
done
is 'then the original' "$(night_status) $(verdict 11)" '0 matched'
drop ORDER_early2.csv <"$work/early.csv"
rows payments 11 | typed 2 | sed '2s/$/early/' | drop PAYMENT_early2.csv
night_status >/dev/null
is 'the very same bytes are no duplicate then: the change is taken' "$(counts PAYMENT_early2.csv)$(current payment 11 note)" \
    'loaded 1 0 0 early'
is '... even where other rows of the file were loaded at once' "$(ack ORDER_early2.csv state) $(current trade_order 11 note)" \
    'loaded early'
LANDPORT_NOW=2026-03-02T21:00:00Z
rows payments 12 | typed 2 | sed '2s/$/later/' | drop PAYMENT_12_a_change.csv '2026-03-02 20:59:30 UTC'
rows payments 12 | drop PAYMENT_12_new.csv '2026-03-02 20:59:10 UTC'
is 'what was sent first is loaded first, whatever its name' "$(night_status) $(counts PAYMENT_12_new.csv)$(counts PAYMENT_12_a_change.csv)" \
    '0 loaded 1 0 0 loaded 1 0 0 '
is '... and the change counts' "$(current payment 12 note)" later

# --- two versions in one file ---
LANDPORT_NOW=2026-03-02T21:10:00Z
"$landport" sample --orders 8 --seed 4 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
tr -d '\r' <"$orders" >"$work/orders.csv"
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' |
    sed "1s/.*/$(sed -n 1p "$work/payments.csv")/" >"$work/payments2.csv" && mv "$work/payments2.csv" "$work/payments.csv"
{ # its change before, its void after; the same twice; two that contradict each other
    rows payments 1 | typed 2 | sed '2s/$/changed/'
    rows payments 1 | body
    rows payments 2 | body
    rows payments 2 | typed 3 | body
    rows payments 3 | body
    rows payments 3 | typed 2 | body
    rows payments 4 | body
    rows payments 4 | body | sed 's/$/other/'
    rows payments 5 | body
    rows payments 5 | typed 2 | body | sed 's/$/one/'
    rows payments 5 | typed 2 | body | sed 's/$/two/'
} | drop PAYMENT_versions.csv
{
    rows orders 1
    rows orders 1 | typed 2 | body | sed 's/$/changed/'
    rows orders 2 | typed 3 | body
    rows orders 2 | body
    rows orders 3 | body
    rows orders 3 | body | sed 's/$/other/'
} | drop ORDER_versions.csv
is 'two versions in one file: 65' "$(night_status)" 65
is 'of payments the new one is taken, the other comes back' "$(codes PAYMENT_versions.csv)" \
    '2|E3031|3 5|E3031|4 9|E4007|8 11|E3031|10 12|E3031|10 '
is '... one that says the same is a repeat' "$(counts PAYMENT_versions.csv)" 'loaded 5 1 5 '
is '... the new one counts' "$(current payment 1 app_type,note) $(current payment 2 app_type)" '1| 1'
one=$(lines_of 1)
two=$(lines_of 2)
is 'of orders too; all rows of the other come back' "$(sql -c "SELECT r.code, count(DISTINCT r.line) FROM hub.reject r
    JOIN hub.batch b USING (batch_id) WHERE b.name = 'ORDER_versions.csv' AND r.code IN ('E3031', 'E4007') GROUP BY 1 ORDER BY 1" |
    tr '\n' ' ')" "E3031|$((one + two)) E4007|$(lines_of 3) "
is '... what contradicts itself is not taken' "$(current trade_order 1 note)|$(current trade_order 2 app_type)|$(current trade_order 3 note)" \
    '|1|'
is '... and its goods are those of the new one' "$(sql -c "SELECT count(*) FROM hub.order_item i
    JOIN hub.trade_order o USING (subject_hash, row_id) WHERE o.order_no = '$(order_no 1)'")" "$one"
LANDPORT_NOW=2026-03-02T21:20:00Z
grep -e E3031 -e _code "$(rejects PAYMENT_versions.csv)" | sed '/two,12,/d' | drop PAYMENT_rest.csv
grep -e E3031 -e _code "$(rejects ORDER_versions.csv)" | drop ORDER_rest.csv
is 'sent again as they came back they are taken: 0' "$(night_status)" 0
is '... the payments' "$(counts PAYMENT_rest.csv)$(current payment 1 note) $(current payment 2 app_type) $(current payment 5 note)" \
    'loaded 3 0 0 changed 3 one'
is '... the orders' "$(counts ORDER_rest.csv)$(current trade_order 1 note) $(current trade_order 2 app_type)" \
    "loaded $((one + two)) 0 0 changed 3"
is 'nothing has two current versions' "$(sql -c "SELECT count(*) FROM (
    SELECT FROM hub.trade_order WHERE current GROUP BY subject_hash, issuer, order_no HAVING count(*) > 1
    UNION ALL SELECT FROM hub.payment WHERE current GROUP BY subject_hash, issuer, order_no, part_key HAVING count(*) > 1
    ) t")" 0

done_testing
