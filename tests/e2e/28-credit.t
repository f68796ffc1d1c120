#!/bin/sh
# An agency of a site's own, added as the READMEs say (tests/site/credit, nothing of the program): a score per seller and month, as CSV
# and as a workbook in a folder with a control file while no lock lies there; it answers as CSV by our keys, or by our file and
# the row in it; a figure that differs the next time is a change. Customs stand beside it, unharmed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
cp -r tests/site/credit "$work/site"
mkdir -p "$work/sftp/credit/in" "$work/sftp/credit/out" "$work/sftp/credit/done"
out=$work/sftp/credit/out

is 'files of four kinds, none of them the program' "$(find "$work/site" -type f | sed "s#$work/site/##" | sort)" 'formats/credit/agency.conf
formats/credit/common/score.xsd
formats/credit/receipt_kind.tsv
formats/credit/return_code.tsv
formats/credit/score.xsd
formats/credit/scorebook.xsd
formats/credit/scorectl.xsd
formats/mapping/creditback.conf
sql/extract/credit/common/month.sql
sql/extract/credit/score.sql
sql/extract/credit/scorebook.sql
sql/extract/credit/scorectl.sql'

# --- its section; customs' night first without it ---
"$landport" sample --orders 40 --seed 5 --date 20260302 --dir "$work/day" >/dev/null
LC_ALL=C awk -F, -v OFS=, 'NR > 1 && NR < 6 { $9 = $9 + 1 } 1' "$work"/day/LYPAY01/PAYMENT_*.csv >"$work/less.csv"
mv "$work/less.csv" "$(echo "$work"/day/LYPAY01/PAYMENT_*.csv)"
sed -i '/^partner "LYPLAT01"/,/^}/s/feeds = {"order"}/feeds = {"order", "return"}/' "$work/landport.conf"
keep evening
upload_day "$work/day"
night=$(night_status)
ok "customs' night alone ($night)" test "$night" -eq 0 -o "$night" -eq 65
sha256sum "$work"/sftp/customs/out/* >"$work/want"
back evening
{
    echo 'formats { site = "site" }'
    printf 'agency "credit" {\n    name = "信用中心"\n    settings { org_code = "350800"  org_name = "龙岩综试区" }\n'
    sed -n '/^agency "customs"/,/^}/{/sign  /p;/dropbox/,/}/p}' "$work/landport.conf" | sed 's,sftp/customs/,sftp/credit/,g'
    echo '}'
} >"$work/section"
cat "$work/section" >>"$work/landport.conf"
ok 'init takes the rows of its files' hub init
ok 'check takes it' hub check

# --- what is wrong with its files is told before a night ---
# told NAME COMMAND FILE SED TEXT…: with the file changed so the command fails and says that
told() {
    name=$1 command=$2 file=$work/site/$3
    cp "$file" "$work/good"
    sed -i "$4" "$file"
    shift 4
    hub "$command" >"$work/heard" 2>&1 && echo 'it takes it' >"$work/heard"
    for text; do
        ok "$name: $command says $text" grep -qF -- "$text" "$work/heard"
    done
    cp "$work/good" "$file"
}
told 'a column that a companion has no place for' check sql/extract/credit/scorectl.sql 's/sha256 FROM/sha256 AS sha1 FROM/' \
    'companion SCORECTL' sha1
told 'a query of a companion that cannot be asked' check sql/extract/credit/scorectl.sql 's/FROM written/FROM writing/' '"writing"' scorectl.sql:
told 'a setting that nothing gives' check sql/extract/credit/scorectl.sql 's/hub.org_code/hub.org_cod/' \
    'settings of credit' 'scorectl.sql:3: this section asks for setting hub.org_cod, which nothing gives; agency "credit" { settings { org_cod'
told 'a name for files that nobody knows' check formats/credit/agency.conf 's/{org_code}/{org_cod}/' 'names for credit' '{org_cod}'
told 'files of two bundles of a day under one name' check formats/credit/agency.conf 's/_{nth:2}_{number/_{number/' agency.conf 'files of two bundles one name'
told 'two companions under one name' check formats/credit/agency.conf '/^fact "org_name"/i companion "SCORE" { name = "{package}.ctl" }' 'would be named' CREDIT_
told 'what agency.conf does not know' check formats/credit/agency.conf 's/^lock/look/' agency.conf:
is '... and nothing that follows from that' "$(grep -c 'messages is missing' "$work/heard")" 0
told 'an answer to nothing' init formats/credit/receipt_kind.tsv 's/\tfile\t/\tfiles\t/' receipt_kind.tsv: 'it takes one of order, payment'
sed -i.good 's/\tSCORE\t/\tSCARE\t/' "$work/site/formats/credit/receipt_kind.tsv"
{
    printf 'what\ttrade_mode\tie_flag\tkind\tvalid_from\tafter\tsource\n'
    printf 'trade\t9611\t\tSCOREX\t2020-01-01\tSCORE,SCOREY\tsite\nvoid bankbok\t\t\tSCORE\t2020-01-01\t\tsite\nreturn\t\t\tSCORE\t2020-01-01\t\tsite\n'
} >"$work/site/formats/credit/asked_message.tsv"
printf '\nSCOREBAK\tE9\tE9\t\t\tfailure\t2020-01-01\tsite\n' >>"$work/site/formats/credit/return_code.tsv"
hub init >/dev/null
hub check >"$work/heard" || :
ok 'an answer to a message that nobody has' grep -q 'receipt.*wrong.*answers SCARE' "$work/heard"
while read -r place; do
    ok "check says $place" grep -qF "formats/credit/$place" "$work/heard"
done <<'END'
asked_message.tsv:2: column kind: there is no message SCOREX
asked_message.tsv:2: column after: there is no message SCOREY
asked_message.tsv:2: column trade_mode: there is no mode of trade 9611
asked_message.tsv:3: column what: there is no feed bankbok; what is trade, void, the name of a feed
return_code.tsv:7: column kind: there is no kind of receipt SCOREBAK
END
is '... and nothing else is' "$(grep -c 'rows of files  *wrong' "$work/heard")" 5
rm "$work/site/formats/credit/asked_message.tsv"
sed -i '/SCOREBAK/d' "$work/site/formats/credit/return_code.tsv"
mv "$work/site/formats/credit/receipt_kind.tsv.good" "$work/site/formats/credit/receipt_kind.tsv"
ok 'all is well again' hub init
ok '... and checked' hub check
upload_day "$work/day"
night=$(night_status)
ok "a night with it ($night)" test "$night" -eq 0 -o "$night" -eq 65
sha256sum "$work"/sftp/customs/out/* >"$work/got"
same "customs' bundle is the same" "$work/got" "$work/want"
is 'a month that is not over is nothing to tell' "$(sql -c 'SELECT count(*) FROM hub.report')" 0


# --- March is over for five days; somebody is at work over there ---
touch "$out/WRITING.lock"
LANDPORT_NOW=2026-04-05T20:00:00Z
is 'while the lock lies there the night has to come again' "$(night_status)" 75
is '... and nothing new is in the folder' "$(ls "$out")" 'CREDIT_350800_20260303_01
WRITING.lock'
rm "$out/WRITING.lock"
night=$(night_status)
ok "then it comes ($night)" test "$night" -eq 0 -o "$night" -eq 65

# newest: the newest bundle of the agency
newest() {
    sql -c "SELECT name FROM hub.bundle WHERE agency = 'credit' AND state = 'published' ORDER BY seq DESC LIMIT 1"
}
# rows FILE…: of CSV and workbooks, columns parted by |, in order
rows() {
    /usr/bin/python3 - "$@" <<'END'
import csv, sys
from openpyxl import load_workbook

for name in sys.argv[1:]:
    if name.endswith(".csv"):
        with open(name, encoding="utf-8", newline="") as file:
            assert file.read(1) == "\ufeff", "no mark"
            lines = [r for r in csv.reader(file, strict=True)]
        assert lines[0] == "sellerCode sellerName month appType matched broken returned score".split(), lines[0]
    else:
        sheet = load_workbook(name)["信用分"]
        assert sheet["A1"].value == "龙岩综试区", "who reports"
        assert [c.value for c in sheet[4]] == ["企业代码", "企业名称", "评价月份", "报送类型", "三单相符订单数", "三单不符订单数", "退货订单数", "信用分"]
        assert all(type(r[7]) in (int, float) for r in sheet.iter_rows(min_row=5, values_only=True)), "scores are numbers"
        lines = list(sheet.iter_rows(min_row=4, values_only=True))
    for r in lines[1:]:
        print(*r[:7], "%.1f" % float(r[7]), sep="|")
END
}
# figures SELLERS APPTYPE: what the month was, by the trades themselves
figures() {
    sql -c "SELECT s.*, to_char(greatest(100 * (matched - returned / 2.0) / (matched + broken), 0), 'FM990.0') FROM (
            SELECT o.ebc_code, max(o.ebc_name), '202603', $2, count(*) FILTER (WHERE t.verdict = 'matched') AS matched,
                   count(*) FILTER (WHERE t.verdict = 'broken') AS broken,
                   count(*) FILTER (WHERE o.order_no IN (SELECT order_no FROM hub.goods_return)) AS returned
            FROM hub.trade_order o JOIN hub.trade t USING (subject_hash, issuer, order_no) WHERE o.current GROUP BY o.ebc_code) s
        WHERE ebc_code = ANY ('{$1}') ORDER BY ebc_code COLLATE \"C\""
}
package=$(newest)
is 'it is named as prescribed' "$package" CREDIT_350800_20260406_01
is '... and has its files' "$(ls "$out/$package")" "$package.ctl
SCOREBOOK_260406_01_001.xlsx
SCORE_260406_01_001.csv"
sellers=$(sql -c "SELECT string_agg(DISTINCT ebc_code, ',' ORDER BY ebc_code) FROM hub.trade_order")
figures "$sellers" 1 >"$work/want"
for file in SCORE_260406_01_001.csv SCOREBOOK_260406_01_001.xlsx; do
    rows "$out/$package/$file" | LC_ALL=C sort >"$work/got"
    same "$file says what the month was" "$work/got" "$work/want"
done
is '... of sellers with orders that matched and orders that are broken' "$(awk -F'|' '{ m += $5; b += $6 } END { print (m > 10), (b > 0), NR }' "$work/want")" '1 1 8'
control() { # PACKAGE
    (cd "$out/$1" && {
        echo "350800	龙岩综试区	$2"
        for file in SCORE_*.csv SCOREBOOK_*.xlsx; do
            printf '%s\t%s\t%s\t%s\n' "$file" "$(rows "$file" | wc -l)" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -c 1-64)"
        done
    } >"$work/want" && iconv -f GB18030 -t UTF-8 "$1.ctl" | tr -d '\r' >"$work/got")
    same "the control file of $1 tells of them" "$work/got" "$work/want"
}
control "$package" 2026-04-06

# --- it answers: SCORE by our keys, SCOREBOOK by file and row; one code and one seller nobody knows ---
accepted=$(echo "$sellers" | cut -d, -f1) refused=$(echo "$sellers" | cut -d, -f2) unknown=$(echo "$sellers" | cut -d, -f3)
row_of() { # SELLER: its row in the workbook
    rows "$out/$package/SCOREBOOK_260406_01_001.xlsx" | awk -F'|' -v seller="$1" '$1 == seller { print NR }'
}
cat >"$work/sftp/credit/in/answer_0406.csv" <<END
kind,issuer,number,fileName,recordNo,returnStatus,returnTime,returnInfo
SCOREBACK,$accepted,202603,,,OK,20260406100000,
SCOREBACK,$refused,202603,,,E07,20260406100000,企业名称不符
SCOREBACK,$unknown,202603,,,MAYBE,20260406100000,
SCOREBACK,NOBODY,202603,,,OK,20260406100000,
BOOKBACK,,,SCOREBOOK_260406_01_001.xlsx,$(row_of "$accepted"),OK,20260406100000,
BOOKBACK,,,SCOREBOOK_260406_01_001.xlsx,$(row_of "$refused"),E12,20260406100000,分数有误
BOOKBACK,,,SCOREBOOK_260406_01_001.xlsx,21,OK,20260406100000,
END
LANDPORT_NOW=2026-04-06T03:00:00Z
is 'answers that cannot be understood are for a person' "$(night_status)" 65
is '... the others decide' "$(sql -c "SELECT d.kind, r.issuer, d.state FROM hub.document d
    JOIN hub.report r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row WHERE d.state IS NOT NULL ORDER BY 1, d.state")" \
    "SCORE|$accepted|accepted
SCORE|$refused|refused
SCOREBOOK|$accepted|accepted
SCOREBOOK|$refused|refused"
is '... held are' "$(sql -c "SELECT line, code FROM hub.receipt WHERE effect = 'held' ORDER BY line")" '4|E6003
5|E6005
8|E6005'

# --- a workbook and a package are answered as a whole, in one line each: what is said of a row alone counts more, whichever was said first ---
bad=$(echo "$sellers" | cut -d, -f4) late=$(echo "$sellers" | cut -d, -f5) book=SCOREBOOK_260406_01_001.xlsx
cat >"$work/sftp/credit/in/answer_0406_2.csv" <<END
kind,fileName,recordNo,returnStatus,returnTime,returnInfo
ALLBACK,$book,$(row_of "$bad"),E12,20260406110000,分数有误
ALLBACK,$book,,OK,20260406120000,
PACKBACK,$package,,OK,20260406120000,
PACKBACK,$package,,MAYBE,20260406120000,
PACKBACK,NOSUCH,,OK,20260406120000,
ALLBACK,$book,x,OK,20260406120000,
END
LANDPORT_NOW=2026-04-06T04:10:00Z
is 'files and packages as a whole' "$(night_status)" 65
is '... held are an unknown code, a name that is none of ours, a record that is no number' "$(sql -c "SELECT r.line, r.code FROM hub.receipt r
    JOIN hub.batch b USING (batch_id) WHERE r.effect = 'held' AND b.name = 'answer_0406_2.csv' ORDER BY r.line")" '5|E6003
6|E6005
7|E6005'
printf 'kind,fileName,recordNo,returnStatus,returnTime\nALLBACK,%s,%s,E13,20260406113000\n' "$book" "$(row_of "$late")" >"$work/sftp/credit/in/answer_0406_3.csv"
# its auditors' own table, with titles and words of theirs
cat >"$work/sftp/credit/in/审核结果_0406.csv" <<END
信用分审核结果,,,,,
序号,企业代码,评价月份,审核结论,审核时间,审核意见
1,$late,202603,退回,2026-04-06 11:40:00,得分有误
2,$bad,202603,通过,2026-04-06 11:40:00,
3,$accepted,202603,待定,2026-04-06 11:40:00,
END
LANDPORT_NOW=2026-04-06T04:20:00Z
night_status >"$work/status"
is '... a table with titles of its own, by a mapping; a word nobody knows is held' "$(sql -c "SELECT r.line, r.kind, r.return_status, r.return_time, r.effect, r.code
    FROM hub.receipt r JOIN hub.batch b USING (batch_id) WHERE b.name LIKE '审核结果%' ORDER BY r.line")" "3|SCOREBACK|E20|20260406114000|applied|
4|SCOREBACK|OK|20260406114000|applied|
5|SCOREBACK||20260406114000|held|E2041"
answered() { # KIND: how many are accepted, and which sellers are refused
    sql -c "SELECT count(*) FILTER (WHERE d.state = 'accepted'), string_agg(CASE WHEN d.state = 'refused' THEN r.issuer END, ',' ORDER BY r.issuer), count(*)
        FROM hub.document d JOIN hub.report r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row WHERE d.kind = '$1'"
}
is '... all rows of the workbook are taken but those that were sent back' "$(answered SCOREBOOK)" "5|$(printf '%s\n' "$refused" "$bad" "$late" | LC_ALL=C sort | paste -sd ,)|8"
is '... all of the package' "$(answered SCORE)" "6|$(printf '%s\n' "$refused" "$late" | LC_ALL=C sort | paste -sd ,)|8"
is '... a whole that says nothing new changes nothing' "$(sql -c "SELECT kind, effect FROM hub.receipt WHERE subject_hash = 0 AND effect <> 'held' ORDER BY line")" 'ALLBACK|applied
PACKBACK|applied'

# --- a package that goes out once more is answered all the same; of two lines of their table the newer counts ---
ok 'the package once more' hub bundle republish "$package" --reason 'they lost it'
printf '\tE01\tE99\t转人工\tto a person\thuman\t2026-04-01\trules 4.1\n' >>"$work/site/formats/credit/return_code.tsv"
printf 'SCOREBACK\tSCORE\tkey\tyes\tno\tshared\t2026-04-01\trules 4.1\n' >>"$work/site/formats/credit/receipt_kind.tsv"
ok 'two lines more: init takes them in' hub init
printf 'kind,fileName,issuer,number,returnStatus,returnTime\nPACKBACK,%s,,,OK,20260406121000\nSCOREBACK,,%s,202603,E07,20260406121000\n' \
    "$package" "$(echo "$sellers" | cut -d, -f6)" >"$work/sftp/credit/in/answer_0406_4.csv"
LANDPORT_NOW=2026-04-06T04:30:00Z
night_status >"$work/status"
is '... a whole is known while it waits, and E07 is a persons' "$(sql -c "SELECT r.line, r.kind, r.direction, r.effect, coalesce(r.code, '') FROM hub.receipt r
    JOIN hub.batch b USING (batch_id) WHERE b.name = 'answer_0406_4.csv' ORDER BY r.line")" '2|PACKBACK|success|applied|
3|SCOREBACK|human|applied|'

# --- goods come back of what each of them sold: their figures differ ---
sql -F , -c "SELECT DISTINCT ON (o.ebc_code) 1, o.ebp_code, o.ebc_code, o.order_no, 'TH' || o.order_no, '350898L001', '龙岩示例速运有限公司', 'LX' || o.row_id, '买方退货', 1, 1
             FROM hub.trade_order o JOIN hub.trade t USING (subject_hash, issuer, order_no)
             WHERE o.ebc_code IN ('$accepted', '$refused') AND t.verdict = 'matched' ORDER BY o.ebc_code, o.order_no" |
    sed '1i appType,ebpCode,ebcCode,orderNo,returnNo,logisticsCode,logisticsName,logisticsNo,reason,gnum,qty' >"$work/sftp/LYPLAT01/in/RETURN_20260407_01.csv"
LANDPORT_NOW=2026-04-06T20:00:00Z
night=$(night_status)
ok "the next night ($night)" test "$night" -eq 0 -o "$night" -eq 65
package=$(newest)
{
    figures "$accepted" 2
    figures "$refused" 1
} | LC_ALL=C sort >"$work/want"
for file in SCORE_260407_02_001.csv SCOREBOOK_260407_02_001.xlsx; do
    rows "$out/$package/$file" | LC_ALL=C sort >"$work/got"
    same "$file: a change of what was taken, anew what was refused, nothing else" "$work/got" "$work/want"
done
is '... with a return each' "$(cut -d'|' -f7 "$work/want" | tr '\n' ' ')" '1 1 '
control "$package" 2026-04-07

for package in $(sql -c "SELECT name FROM hub.bundle WHERE agency = 'credit' ORDER BY seq"); do
    ok "$package is what it should be" hub bundle verify "$package"
    ok '... and is made again with the same bytes' hub bundle rebuild --verify "$package"
done
is "customs' bundles are theirs alone" "$(for file in "$work"/sftp/customs/out/*.zip; do
    "$landport" bundle verify "$file" --cert "$work/keys/zone.crt" >/dev/null 2>&1 && unzip -Z1 "$file" | grep -c SCORE; done | sort -u)" 0
done_testing
