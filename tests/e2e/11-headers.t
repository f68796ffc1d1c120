#!/bin/sh
# Columns by whatever name a partner gives them, what is said of those nobody knows, and partners who
# may speak only for themselves.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='60%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/plain.csv"
rows=$(($(wc -l <"$work/plain.csv") - 1))
in=$work/sftp/LYPAY01/in
out=$work/sftp/LYPAY01/out
header=payCode,payName,payNo,ebpCode,ebpName,ebcCode,ebcName,orderNo,charge,currency,accountingDate,payerName,telephone,note

# option PARTY TEXT: one more line in that partner's section.
option() {
    sed -i "/^partner \"$1\"/a\\    $2" "$work/landport.conf"
}

# answered NAME: a night; then state, accepted, repeated, rejected of that file.
answered() {
    hub run >>"$work/run.out" 2>>"$work/landport.log" || [ $? -eq 65 ] || die "the run ended with $?"
    for element in state accepted repeated rejected; do
        xmllint --xpath "string(/*/*[local-name() = '$element'])" "$out/$1.ack.xml" | tr '\n' ' '
    done
}

# faults NAME: line, columns, codes of every refused line of that file.
faults() {
    sql -c "SELECT r.line, string_agg(r.column_name || ' ' || r.code || coalesce(' ' || nullif(r.seen, ''), ''),
                   '; ' ORDER BY r.column_name, r.code, r.seen)
            FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE b.name = '$1' GROUP BY 1 ORDER BY 1"
}

# headed HEADER: the payments under another first line; told NAME: what the rejects file says of it.
headed() {
    printf '%s\n' "$1"
    sed 1d "$work/plain.csv"
}
told() {
    sed -n 2p "$out/$1.rejects.csv"
}

# --- any name, order, letters ---
headed "$header" >"$in/PAYMENT_elements.csv"
is 'element names' "$(answered PAYMENT_elements.csv)" "loaded $rows 0 0 "
hub format template payment --titles | tr -d '\r' | sed 's/^报送类型,//' >"$work/titles"
titles=$(for name in $(echo "$header" | tr , ' '); do
    xmllint --xpath "string(//*[@name = '$name']//*[local-name() = 'documentation'][1])" formats/feed/payment.xsd |
        sed 's/-.*//'
done | paste -s -d ,)
headed "$titles" >"$in/PAYMENT_titles.csv"
is 'Chinese titles' "$(answered PAYMENT_titles.csv)" "loaded 0 $rows 0 "
ok '... which are those of the template' sh -c "echo '$titles' | tr , '\n' | grep -vxF -f \"\$1\" | grep . && exit 1; exit 0" sh \
    "$(tr , '\n' <"$work/titles" >"$work/titles.list" && echo "$work/titles.list")"
headed "$header" | awk -F, -v OFS=, '{ for (i = NF; i > 1; i--) printf "%s,", $i; print $1 }' >"$in/PAYMENT_backwards.csv"
is 'the other way round' "$(answered PAYMENT_backwards.csv)" "loaded 0 $rows 0 "
headed "$(echo "$header" | tr '[:lower:]' '[:upper:]')" >"$in/PAYMENT_capitals.csv"
is 'capitals' "$(answered PAYMENT_capitals.csv)" "loaded 0 $rows 0 "
headed "$(echo "$header" | sed 's/,/　, /g')" >"$in/PAYMENT_blanks.csv"
is 'blanks of both kinds around them' "$(answered PAYMENT_blanks.csv)" "loaded 0 $rows 0 "
headed "$(echo "$header" | sed 's/payNo/ｐａｙＮｏ/; s/orderNo/ＯＲＤＥＲＮＯ/')" >"$in/PAYMENT_wide.csv"
is 'full-width letters' "$(answered PAYMENT_wide.csv)" "loaded 0 $rows 0 "
headed "$header" | sed '1s/$/,_mine/; 2,$s/$/,x/' >"$in/PAYMENT_ignored.csv"
is 'a column of the partner for himself' "$(answered PAYMENT_ignored.csv)" "loaded 0 $rows 0 "

# --- everyday names, and what forms add to them ---
headed "$(echo "$titles" | sed 's/^/*/; s/,/,*/g; s/\*币制/币制（必填）/; s/\*收款金额/【选填】收款金额:/')" >"$in/PAYMENT_star.csv"
is 'stars and (必填) of a form' "$(answered PAYMENT_star.csv)" "loaded 0 $rows 0 "
headed "$(echo "$header" | sed 's/orderNo/订单号/; s/payNo/支付流水号/; s/charge/金额/; s/currency/币种/; s/accountingDate/accounting_date/')" \
    >"$in/PAYMENT_everyday.csv"
is 'everyday names, and names in SQL' "$(answered PAYMENT_everyday.csv)" "loaded 0 $rows 0 "
headed "$(echo "$header" | sed 's/payNo/支付的流水号/; s/accountingDate/acountingdate/')" >"$in/PAYMENT_nearly.csv"
is 'names that are nearly known: the name they may mean, and not that it is missing' \
    "$(answered PAYMENT_nearly.csv) $(sql -c "SELECT string_agg(r.code || ' ' || r.want, '; ' ORDER BY r.want)
        FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE b.name = 'PAYMENT_nearly.csv'")" \
    'rejected 0 0 1  E3082 accountingDate (到账时间); E3082 payNo (支付交易编号)'
headed "$header" | awk '{ print (NR == 1 ? "" : NR - 2) "," $0 }' >"$work/index.csv"
is 'a column without a name is told by its position' "$(hub format check "$work/index.csv" --feed payment --offline --json \
    2>>"$work/landport.log" | jq -r '.rejects[0] | .code + " " + .want')" 'E3081 1'

# --- what spreadsheet programs write above it, and between lines ---
headed "$header" | sed '1i 收款单明细表,,\n2026年3月,制表：财务,' >"$in/PAYMENT_titled.csv"
is 'titles above it' "$(answered PAYMENT_titled.csv)" "loaded 0 $rows 0 "
headed "$header" | sed '1i sep=,' >"$in/PAYMENT_hint.csv"
is 'a hint at the delimiter' "$(answered PAYMENT_hint.csv)" "loaded 0 $rows 0 "
headed "$header" | tr '\n' '\r' >"$in/PAYMENT_cr.csv"
is 'lines that end with CR alone' "$(answered PAYMENT_cr.csv)" "loaded 0 $rows 0 "
at=$(echo "$header" | tr ',' '\n' | grep -nx payNo | cut -d: -f1)
headed "$header" | awk -F, -v OFS=, -v at="$at" 'NR == 2 { $at = "1.23E+17" } { print }' | tr '\n' '\r' >"$in/PAYMENT_float.csv"
is 'a number that a spreadsheet spoilt' "$(answered PAYMENT_float.csv) $(faults PAYMENT_float.csv)" "loaded 0 $((rows - 1)) 1  2|payNo E2021 1.23E+17"
is '... comes back with the same line ends' "$(tr -cd '\r\n' <"$out/PAYMENT_float.csv.rejects.csv" | od -An -c | tr -d ' \n')" '\r\r'

# --- rows that end before or after the header does ---
checked() { # FILE: rows, accepted, and each line's code
    hub format check "$1" --feed payment --offline --json 2>>"$work/landport.log" |
        jq -r '"\(.rows) \(.accepted) \([.rejects[] | (.line | tostring) + " " + .code] | join(" "))"' | sed 's/ $//'
}
# Excel: 16 rows at a time, each as far as any of them goes
headed "$header" | sed '2,$s/[^,]*$//; 5s/$/急件/' | awk 'NR > 16 { sub(/,$/, "") } { print }' >"$in/PAYMENT_blocks.csv"
is 'rows of a block of 16 that end before their empty columns' "$(checked "$in/PAYMENT_blocks.csv")" "$rows $rows"
sed '18s/,[^,]*$//' "$in/PAYMENT_blocks.csv" >"$work/odd.csv"
is '... but not one row alone' "$(checked "$work/odd.csv" | cut -d' ' -f2-4)" "$((rows - $(wc -l <"$work/odd.csv") + 16)) 17 E3001"
sed '3s/,[^,]*$//' "$in/PAYMENT_blocks.csv" >"$work/odd.csv"
is '... nor in the block of the header' "$(checked "$work/odd.csv" | cut -d' ' -f3-4)" '3 E3001'
headed "$header" | sed '2,$s/$/,,/' >"$work/late.csv"
is 'delimiters behind each row' "$(checked "$work/late.csv")" "$rows $rows"
sed '4s/,$//' "$work/late.csv" >"$work/odd.csv"
is '... or behind most of them' "$(checked "$work/odd.csv" | cut -d' ' -f1-2)" "$rows 0"
headed "$header" | sed '3s/,[^,]*$/,x, y/; 2,$s/$/,/' >"$work/odd.csv"
is '... a comma in a value is none of them' "$(checked "$work/odd.csv" | cut -d' ' -f1-2)" "$rows 0"
headed "$header" | sed '1s/$/,,/' >"$work/head.csv"
is 'behind the header alone' "$(checked "$work/head.csv")" "$rows $rows"
{ headed "$header" | sed '4a 小计,,,,,,,,25.00,,,,,'; printf '\n制表人：李,审核：王,,,,,,,,,,,,\n打印时间：2026-11-30,,,,,,,,,,,,,\n'; } >"$in/PAYMENT_foot.csv"
is 'subtotals and what stands below a table are no rows' "$(checked "$in/PAYMENT_foot.csv")" "$rows $rows"
sed -i '/^partner "LYPAY01"/,/^}/s/reject-limit = "60%"/reject-limit = "0%"/' "$work/landport.conf"
is '... and none that is refused, whatever may be' "$(answered PAYMENT_foot.csv)" "loaded 0 $rows 0 "
sed -i '/^partner "LYPAY01"/,/^}/s/reject-limit = "0%"/reject-limit = "60%"/' "$work/landport.conf"
is '... but are told, once, in the words of each language' "$(grep -cE '说明行.*共 3 行.*（实际：第 5 行）|subtotals \(3 of them\).*\(seen: line 5\)' "$out/PAYMENT_foot.csv.ack.xml")" 2
{ headed "$header" && printf '\032'; } >"$work/dos.csv"
is 'a DOS end mark is no part of the file' "$(checked "$work/dos.csv")" "$rows $rows"
headed "$header" | sed '3s/,[^,]*$/,€ 12/' | iconv -f UTF-8 -t GB18030 | LC_ALL=C sed 's/\xa2\xe3/\x80/' >"$in/PAYMENT_euro.csv"
is 'the euro of Windows in GBK' "$(checked "$in/PAYMENT_euro.csv")" "$rows $rows"
answered PAYMENT_euro.csv >/dev/null
rm -f "$in/PAYMENT_blocks.csv"

# --- each fault of a header has its own sentence ---
headed "$(echo "$header" | sed 's/note/payno/')" >"$in/PAYMENT_twice.csv"
is 'a column twice: nothing of the file' "$(answered PAYMENT_twice.csv)" 'rejected 0 0 1 '
is '... named' "$(faults PAYMENT_twice.csv)" '1| E3006 payno'
headed "$(echo "$header" | sed 's/note/colour/')" >"$in/PAYMENT_unknown.csv"
is 'a column nobody knows' "$(answered PAYMENT_unknown.csv) $(faults PAYMENT_unknown.csv)" 'rejected 0 0 1  1| E3007 *** (column 14)'
headed "$(echo "$header" | sed 's/charge/_charge/')" >"$in/PAYMENT_missing.csv"
is 'a required column is missing' "$(answered PAYMENT_missing.csv) $(faults PAYMENT_missing.csv)" 'rejected 0 0 1  1|charge E3005'
headed "$(echo "$header" | sed 's/note/colour/; s/charge/ebpcode/')" >"$in/PAYMENT_all.csv"
is 'all of them at once' "$(answered PAYMENT_all.csv) $(faults PAYMENT_all.csv)" \
    'rejected 0 0 1  1| E3006 ebpcode;  E3007 *** (column 14); charge E3005'
for name in twice:E3006 unknown:E3007 missing:E3005; do
    is "${name#*:} is what the ack says of the file" "$(sql -c "SELECT code FROM hub.batch WHERE name = 'PAYMENT_${name%:*}.csv'")" "${name#*:}"
done
sed 1d "$work/plain.csv" >"$in/PAYMENT_bare.csv"
is 'no header' "$(answered PAYMENT_bare.csv) $(faults PAYMENT_bare.csv)" 'rejected 0 0 1  1| E3004'
for name in twice:E3006 unknown:E3007 missing:E3005 bare:E3004; do
    ok "${name#*:} comes back with the header, in both languages" sh -c "grep -q ',${name#*:},.* / ' '$out/PAYMENT_${name%:*}.csv.rejects.csv'"
done

# --- values that are none, and marks of a spreadsheet around values that are ---
# said FILE: line, column, code of each error, as a check of the file alone has them
said() {
    hub format check "$1" --feed payment --offline --json 2>>"$work/landport.log" |
        jq -r '.rejects[] | "\(.line) \(.column) \(.code)"' | paste -s -d ';'
}
# with COLUMN VALUE…: the payments, in that column of each row one of these, the rest as it was
with() {
    at=$(echo "$header" | tr ',' '\n' | grep -nx "$1" | cut -d: -f1)
    shift
    printf '%s\n' "$@" >"$work/values"
    headed "$header" | awk -F, -v OFS=, -v at="$at" -v list="$work/values" '
        NR > 1 && (getline value <list) > 0 { $at = value } { print }'
}
with payName NULL '\N' '#N/A' '#DIV/0!' '########' '???????' "$(printf '\357\277\275')三" '锟斤拷' '=1+1' '#nv' - >"$work/PAYMENT_text.csv"
is 'what is no data is told in a text column' "$(said "$work/PAYMENT_text.csv")" "$(
    line=2
    for code in E2082 E2082 E2022 E2022 E2022 E2083 E2083 E2083 E2084 E2022 E2082; do
        echo "$line payName $code"
        line=$((line + 1))
    done | paste -s -d ';')"
cp "$work/PAYMENT_text.csv" "$in"
is '... and does not go in' "$(answered PAYMENT_text.csv)" "loaded 0 $((rows - 11)) 11 "
with charge '#REF!' NULL '#VALUE!' >"$work/amounts.csv"
is '... of an amount the same' "$(said "$work/amounts.csv")" '2 charge E2022;3 charge E2082;4 charge E2022'
with payNo 无 2026-11-29 2026/11/29 N.A. 0 Z2026-11-29 >"$work/numbers.csv"
is '... of a number words for nothing, and dates; 0 may be one' "$(said "$work/numbers.csv")" '2 payNo E2082;3 payNo E2086;4 payNo E2086;5 payNo E2082'
with note '?' 'what is this?' 'N/A' '无' '/' - >"$work/notes.csv"
is 'where a value may be empty a hyphen may stand, but no lost character' "$(said "$work/notes.csv")" '2 note E2083;4 note E2082'
with payerName '张?' Null '?' >"$work/names.csv"
is 'of a name one lost character is one too many' "$(said "$work/names.csv")" '2 payerName E2083;4 payerName E2083'
with payNo '="A2026112952940000001"' "'B2026112952940000002" '"=""C2026112952940000003"""' 2.02611E+21 20261129529400000000 '=A1' >"$in/PAYMENT_marks.csv"
is '="…" and a single quote before a number are taken off, floating-point numbers refused' \
    "$(said "$in/PAYMENT_marks.csv")" '5 payNo E2021;6 payNo E2021;7 payNo E2084'
answered PAYMENT_marks.csv >/dev/null
is '... what is left goes in' "$(sql -c "SELECT string_agg(left(pay_no, 1) || length(pay_no), ' ' ORDER BY pay_no)
    FROM hub.payment WHERE pay_no LIKE '_2026112952940000%'")" 'A20 B20 C20'

with accountingDate '2026-03-01 09:23:47' '2026/3/1 9:23:47' '2026-03-01' 20261301000000 19000101000000 20290101000000 >"$work/dates.csv"
is 'dates with hyphens are taken, far ones asked about, and what else is wrong says what may stand there' \
    "$(said "$work/dates.csv")" '4 accountingDate E2014;5 accountingDate E2014;6 accountingDate E2085;7 accountingDate E2085'
is '... both forms' "$(hub format check "$work/dates.csv" --feed payment --offline --json 2>>"$work/landport.log" |
    jq -r '.rejects[0].want + ", " + .rejects[2].want')" 'YYYYMMDDhhmmss / YYYY-MM-DD hh:mm:ss, 2021-2027'
"$landport" sample --orders 3 --seed 5 --faults 0% --date 20260302 --dir "$work/few" >/dev/null
LC_ALL=C awk -F, -v OFS=, 'NR > 1 && $22 > 1 { for (i = 1; i < 22; i++) $i = "" } { print }' "$work/few"/LYPLAT01/ORDER_*.csv >"$work/once.csv"
is 'heads on the first line of an order only: one message a line' \
    "$(hub format check "$work/once.csv" --feed order --offline --json 2>>"$work/landport.log" | jq -r '[.rejects[].code] | unique | join(" ")')" E3083
is '... and the order they belong to comes back with them, and nothing else of it is asked' \
    "$(cp "$work/once.csv" "$work/sftp/LYPLAT01/in/ORDER_once.csv"; hub run >>"$work/run.out" 2>>"$work/landport.log" || :
    sql -c "SELECT string_agg(DISTINCT r.code, ' ' ORDER BY r.code), count(*) = count(DISTINCT r.line), count(*) FILTER (WHERE r.code = 'E4010') = count(DISTINCT r.want) FILTER (WHERE r.code = 'E3083')
        FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE b.name = 'ORDER_once.csv'")" 'E3083 E4010|t|t'

# --- the partner's own words ---
own=$(echo "$header" | sed 's/orderNo/客户单号/; s/payNo/流水号/; s/charge/ＡＭＴ/')
headed "$own" >"$in/PAYMENT_before.csv"
is 'his own words mean nothing' "$(answered PAYMENT_before.csv | cut -d' ' -f1)" rejected
option LYPAY01 'alias "客户单号" { to = "orderNo" }  alias "流水号" { to = "支付交易编号" }  alias "amt" { to = "charge" }'
headed "$own" | sed '1s/$/,_/; 2,$s/$/,/' >"$in/PAYMENT_own.csv"
is '... until the configuration explains them' "$(answered PAYMENT_own.csv)" "loaded 0 $rows 0 "
{
    echo '<payments>'
    headed "$header" | awk -F, -v OFS='' 'NR == 1 { split($0, name) } NR > 1 {
        print "<payment>"
        for (i = 1; i <= NF; i++) if ($i != "") {
            own = name[i] == "orderNo" ? "客户单号" : name[i] == "charge" ? "Amt" : name[i]
            print "<", own, ">", $i, "</", own, ">"
        }
        print "</payment>" }'
    echo '</payments>'
} >"$in/PAYMENT_own.xml"
is '... in XML too' "$(answered PAYMENT_own.xml)" "loaded 0 $rows 0 "
hub check --json >"$work/check.json" 2>>"$work/landport.log" || true
is 'landport check counts them' "$(jq -r '.[] | select(.what == "columns of LYPAY01") | .state + " " + .detail' "$work/check.json")" \
    'ok 3 aliases'
ok 'format check knows them' hub format check "$in/../done/PAYMENT_own.csv" --partner LYPAY01
ok '... and without the partner does not' sh -c "! '$landport' -c '$work/landport.conf' format check '$in/../done/PAYMENT_own.csv'"
option LYPAY01 'alias "颜色" { to = "colour" }'
line=$(grep -n 'alias "颜色"' "$work/landport.conf" | cut -d: -f1)
hub check --json >"$work/check.json" 2>>"$work/landport.log" && status=0 || status=$?
is 'a word for a column that does not exist' "$status $(jq -r '.[] | select(.what == "columns of LYPAY01") | .state' "$work/check.json")" '1 wrong'
ok '... is told with its line' grep -q "landport.conf:$line: alias 颜色: there is no column colour in payment" "$work/check.json"
sed -i '/颜色/d' "$work/landport.conf"

# --- in a workbook ---
{ headed "$own" && head -n 3 "$work/plain.csv" | tail -n 1 | sed 's/^[^,]*/x/'; } >"$work/book.csv"
/usr/bin/python3 - "$work/book.csv" "$in/PAYMENT_own.xlsx" <<'END'
import csv, sys, openpyxl
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["三月份收款"])
for row in csv.reader(open(sys.argv[1], encoding="utf-8")):
    sheet.append(row)
book.save(sys.argv[2])
END
is 'his own words in a workbook, below a title' "$(answered PAYMENT_own.xlsx)" "loaded 0 $rows 1 "
ok '... whose rejects bear them too' sh -c "unzip -p '$out/PAYMENT_own.xlsx.rejects.xlsx' xl/worksheets/sheet1.xml | grep -q '流水号.*客户单号.*ＡＭＴ.*_code'"

# --- a person's name where a code belongs, and as the title of a column ---
awk -F, -v OFS=, 'NR > 1 { for (i = 9; i < 12; i++) $i = $(i + 1); $11 = "周润土秘密"; $12 = "13900007770" } { print }' "$work/plain.csv" >"$in/PAYMENT_shift.csv"
awk -F, -v OFS=, '{ print $0, NR == 1 ? "周润土秘密" : "x" }' "$work/plain.csv" >"$in/PAYMENT_title.csv"
answered PAYMENT_shift.csv >"$work/said"
is 'columns that shifted, a name as a title: refused' "$(cut -d' ' -f2 "$work/said")" 0
is '... the name stands nowhere but in the rows that go back' "$(sql -c "SELECT count(*) FROM hub.reject r WHERE r::text ~ '周润土|13900007770'")$(
    sql -c "SELECT count(*) FROM hub.batch b WHERE b::text ~ '周润土|13900007770'")$(
    cat "$out"/PAYMENT_shift.csv.ack.xml "$out"/PAYMENT_title.csv.ack.xml "$work/landport.log" | grep -c '周润土' || :)" 000
is '... which column it is, is said' "$(sql -c "SELECT seen FROM hub.batch WHERE name = 'PAYMENT_title.csv'")" '*** (column 15)'
ok '... in both languages' sh -c "grep -q '（实际：\*\*\*（第 15 列））' '$out/PAYMENT_title.csv.ack.xml' && grep -q '(seen: \*\*\* (column 15))' '$out/PAYMENT_title.csv.ack.xml'"

# --- only for himself ---
code=$(sed -n 2p "$work/plain.csv" | cut -d, -f1)
other=$(sed -n 2p "$work/plain.csv" | cut -d, -f6)
option LYPAY01 "codes = {\"$code\"}"
headed "$header" | awk -F, -v OFS=, -v other="$other" 'NR == 3 { $1 = other } NR == 5 { $1 = "" } { print }' >"$work/PAYMENT_others.csv"
hub format check "$work/PAYMENT_others.csv" --partner LYPAY01 --json >"$work/check.json" 2>>"$work/landport.log" || true
is 'rows of another institution, or of none: format check refuses them' "$(jq -r '.rejects[] | (.line | tostring) + " " + .code' "$work/check.json")" '3 E4013
5 E4013'
cp "$work/PAYMENT_others.csv" "$in"
is '... and so does ingest' "$(answered PAYMENT_others.csv)" "loaded 0 $((rows - 2)) 2 "
is '... the code named' "$(faults PAYMENT_others.csv)" "3|payCode E4013 $other
5|payCode E4013"
ok '... with whom he may speak for' grep -q ",3,payCode,E4013,.*$code" "$out/PAYMENT_others.csv.rejects.csv"
sed -i "s/codes = {\"$code\"}/codes = {\"$code\", \"91350800MA0LY001XX\"}/" "$work/landport.conf"
hub check --json >"$work/check.json" 2>>"$work/landport.log" || true
ok 'a code that is none is told' grep -q 'no row of feed payment can hold 91350800MA0LY001XX' "$work/check.json"

# A platform speaks by its code, and where it has none by the seller's; a seller by his own; who sends
# for others by any.
orders=$work/day/LYPLAT01/ORDER_20260302_01.csv
in=$work/sftp/LYPLAT01/in
out=$work/sftp/LYPLAT01/out
platform=$(sed -n 2p "$orders" | cut -d, -f1)
seller=350896010A
# order N [EBPCODE]: the rows of the sample's n-th order, of another platform
order() {
    LC_ALL=C grep -a ",$(jq -r --argjson n "$1" '.orders[$n - 1].orderNo' "$work/day/expected.json")," "$orders" |
        sed "s/^[^,]*/${2:-$platform}/"
}
speaks() { # ROLE CODES
    sed -i "/^partner \"LYPLAT01\"/,/^}/{ /codes = /d; s/roles = {[^}]*}/roles = {\"$1\"}/; }" "$work/landport.conf"
    option LYPLAT01 "codes = {$2}"
}
orders_of() {
    sed -n 1p "$orders"
    cat
}
speaks platform "\"$platform\""
{ order 10 && order 1 无; } | orders_of >"$in/ORDER_none.csv"
is 'a platform without code' "$(answered ORDER_none.csv) $(faults ORDER_none.csv)" "loaded 1 0 1  3|ebcCode E4013 $seller"
speaks platform "\"$platform\", \"$seller\""
order 1 无 | orders_of >"$in/ORDER_seller.csv"
is '... speaks for a seller that is his' "$(answered ORDER_seller.csv)" 'loaded 1 0 0 '
speaks seller "\"$seller\""
{ order 16 && order 20; } | orders_of >"$in/ORDER_own.csv"
is 'a seller speaks for himself' "$(answered ORDER_own.csv) $(faults ORDER_own.csv | cut -c1-15)" 'loaded 1 0 1  3|ebcCode E4013'
speaks agent "\"$seller\""
{ order 13 && order 11; } | orders_of >"$in/ORDER_agent.csv"
is 'an agent for whoever is his' "$(answered ORDER_agent.csv) $(faults ORDER_agent.csv)" "loaded 4 0 1  6|ebpCode E4013 $platform"
speaks warehouse ''
order 11 | orders_of >"$in/ORDER_free.csv"
is 'without codes for anybody' "$(answered ORDER_free.csv)" 'loaded 1 0 0 '

done_testing
