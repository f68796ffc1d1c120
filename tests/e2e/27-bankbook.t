#!/bin/sh
# A feed of a site's own, its XSD alone, a rule over it, and a mapping of a bank's statement into it: three files in the
# site folder (tests/site/bankbook), written by formats/README.md and sql/README.md, and nothing of the program.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='60%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
cp -r tests/site/bankbook "$work/site"
in=$work/sftp/LYPAY01/in
out=$work/sftp/LYPAY01/out
echo 'formats { site = "site" }' >>"$work/landport.conf"
sed -i '/^partner "LYPAY01"/,/^}/{s/feeds = {"payment"}/feeds = {"payment", "bankbook"}/; /name =/i\    mapping = {"citybank"}
}' "$work/landport.conf"

is 'three files, none of them the program' "$(find "$work/site" -type f | sed "s#$work/##" | sort)" 'site/formats/feed/bankbook.xsd
site/formats/mapping/citybank.conf
site/sql/reconcile/rules/X0201.sql'
hub init >"$work/init.out" 2>>"$work/landport.log"
ok 'init makes the table of the feed' grep -q 'hub.rows_bankbook made for feed bankbook' "$work/init.out"
hub --json check >"$work/check.json" 2>>"$work/landport.log" || :
is 'check takes them' "$(jq -r '.[] | select(.what == "mapping citybank" or .what == "rules") | .what + " " + .state' "$work/check.json")" 'rules ok
mapping citybank ok'
hub format template bankbook --titles | tr -d '\r' >"$work/titles"
is 'its template' "$(cat "$work/titles")" '报送类型,账号,交易流水号,记账时间,收付方向,金额,币制,对方户名,订单编号'

# --- a night, in which the bank says of one order what its payment says, of another one less ---
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/plain.csv"
payment() { # NTH COLUMN
    sed -n "$(($1 + 1))p" "$work/plain.csv" | cut -d, -f"$2"
}
orderNo=8 charge=9 currency=10
[ "$(payment 1 $currency)" = "$(payment 2 $currency)" ] || die 'the sample pays in two currencies'
name=人民币
[ "$(payment 1 $currency)" = 142 ] || name=美元
cat >"$work/statement.txt" <<END
账户明细清单
账号：8008622200012345	户名：龙岩示例商贸有限公司
币种：$name	起始日期：20260301　终止日期：20260302

序号,交易日期,交易时间,借方发生额,贷方发生额,余额,对方户名,对方账号,交易流水号,摘要,用途
1,20260301,101112,,"$(payment 1 $charge)","9,999.00",张三,6222000000000001,\`2026030100001	,网银 订单$(payment 1 $orderNo) 收款,
2,20260301,101113,0.00,1.00,"9,999.00",李四,6222000000000002,\`2026030100002	,订单$(payment 2 $orderNo),
3,20260301,101114,15.00,0.00,"9,999.00",,,\`2026030100003	,手续费,
4,2026-3-1,101115,,8.00,"9,999.00",王五,6222000000000003,\`2026030100004	,转账,
5,20260301,101116,2.00,8.00,"9,999.00",王五,6222000000000003,\`2026030100005	,转账,
合计,,,17.00,17.00,,,,,,
打印时间：2026-03-02 09:00:00,,,,,,,,,,
END
sed 's/$/\r/' "$work/statement.txt" | iconv -f UTF-8 -t GBK >"$in/流水_202603.csv"
for party in LYPLAT01 LYPAY01 LYLOGI01; do cp "$work/day/$party"/* "$work/sftp/$party/in/"; done
is 'a night' "$(night_status)" 65
ack() { xmllint --xpath "string(/ack/$2)" "$out/$1.ack.xml"; }
is 'the statement is a feed' "$(for e in feed state charset accepted repeated rejected; do ack 流水_202603.csv $e; done | tr '\n' ' ')" \
    'bankbook loaded GB18030 3 0 2 '
is '... its rows stand in their table' "$(sql -c "SELECT issuer, number, direction, trim_scale(amount), booked_at, order_no FROM hub.rows_bankbook WHERE current ORDER BY number")" \
    "8008622200012345|2026030100001|C|$(sql -c "SELECT trim_scale($(payment 1 $charge))")|20260301101112|$(payment 1 $orderNo)
8008622200012345|2026030100002|C|1|20260301101113|$(payment 2 $orderNo)
8008622200012345|2026030100003|D|15|20260301101114|"
is '... a name in it is sealed' "$(sql -c "SELECT count(*) FROM hub.rows_bankbook WHERE payer_name::text LIKE '%张三%'")" 0
is '... faults name the lines and titles of the bank' "$(sql -c "SELECT line, column_name, r.code FROM hub.reject r JOIN hub.batch b USING (batch_id)
    WHERE b.name = '流水_202603.csv' ORDER BY 1, 2")" '9|交易日期 / 交易时间|E2042
10|贷方发生额 / 借方发生额|E2043
10|贷方发生额 / 借方发生额|E2043'
is '... and come back under the lines above the table' "$(iconv -f GB18030 -t UTF-8 "$out/流水_202603.csv.rejects.csv" | tr -d '\r' | cut -d, -f1-9)" \
    "$(sed -n '1,3p; 5p; 9,10p' "$work/statement.txt" | cut -d, -f1-9)"
is 'the rule: what the bank has less of is broken, and nothing else' "$(sql -c "SELECT order_no, want FROM hub.trade_break WHERE code = 'X0201'")" "$(payment 2 $orderNo)|1"
is '... told in its own words' "$(hub --json trace "$(payment 2 $orderNo)" | jq -r '.trades[0].breaks[] | select(.code == "X0201") | .message_en')" \
    "the bank's book has 1 for this order"
ok 'trace finds a row of the feed by its number' sh -c "'$landport' -c '$work/landport.conf' trace 2026030100002 | grep -q bankbook"

# --- the same rows again, one of them corrected ---
sed 's/2026-3-1,/20260301,/; s/101116,2.00,/101116,,/; s/^2,\(.*\),1.00,/2,\1,2.00,/' "$work/statement.txt" | iconv -f UTF-8 -t GBK >"$in/流水_202603_2.csv"
night_status >/dev/null
is 'what was there is a repeat or another version, what was refused is taken' "$(for e in state accepted repeated rejected; do ack 流水_202603_2.csv $e; done | tr '\n' ' ')" 'loaded 2 2 1 '

# --- a workbook of two sheets: what nobody asks for (序号) ends the second table too, and goes back with its rows ---
/usr/bin/python3 -c '
import sys, openpyxl
book = openpyxl.Workbook()
titles = ["序号", "交易日期", "交易时间", "借方发生额", "贷方发生额", "余额", "对方户名", "交易流水号", "摘要"]
for name, number, extra in (("三月", 1, []), ("四月", 3, ["用途"])):
    sheet = book.create_sheet(name)
    for row in ["账号：800862220001234%d" % number], ["币种：人民币"], [], titles + extra:
        sheet.append(row)
    for n in (number, number + 1):
        sheet.append([n, "20260301", "101112", None, -5 if n == 4 else 5, 99, "赵六", "B%d" % n, "转账"] + ["货款" for _ in extra])
    sheet.append(["合计", None, None, None, 10])
    sheet.append(["打印时间：2026-03-02 09:00:00"])
del book["Sheet"]
book.save(sys.argv[1])' "$in/流水.xlsx"
night_status >/dev/null
is 'two sheets, each to its end' "$(for e in state accepted repeated rejected; do ack 流水.xlsx $e; done | tr '\n' ' ')" 'loaded 3 0 1 '
is '... a reversal is refused, its amount would say the opposite' "$(sql -c "SELECT column_name, r.code FROM hub.reject r JOIN hub.batch b USING (batch_id)
    WHERE b.name = '流水.xlsx'")" '贷方发生额 / 借方发生额|E2090'
is '... and comes back as it was' "$(/usr/bin/python3 -c '
import sys, openpyxl
for row in openpyxl.load_workbook(sys.argv[1]).active.iter_rows(values_only=True):
    print("|".join(cell or "" for cell in row[:10]))' "$out/流水.xlsx.rejects.xlsx")" '账号：8008622200012343|||||||||
币种：人民币|||||||||
序号|交易日期|交易时间|借方发生额|贷方发生额|余额|对方户名|交易流水号|摘要|用途
4|20260301|101112||-5|99|赵六|B4|转账|货款'

# --- what the bank says on another day than the flows, corrects, and says of two orders at once ---
hub format template bankbook | sed -n '1p' | tr -d '\r' >"$work/head.csv"
said=0
bank() { # APPTYPE SERIAL ORDER AMOUNT: a night in which nothing else comes
    said=$((said + 1))
    { cat "$work/head.csv"; printf '%s,8008622200012345,%s,20260302101112,C,%s,%s,张三,%s\n' "$1" "$2" "$4" "$(grep ",$3," "$work/plain.csv" | cut -d, -f$currency)" "$3"; } >"$in/BANKBOOK_$said.csv"
    night_status >/dev/null
}
stands() { # ORDER
    sql -c "SELECT t.verdict || coalesce(' ' || (SELECT string_agg(b.code || ' ' || b.want, ', ') FROM hub.trade_break b
        WHERE b.subject_hash = t.subject_hash AND b.issuer = t.issuer AND b.order_no = t.order_no), '') FROM hub.trade t WHERE t.order_no = '$1' ORDER BY 1"
}
third=$(payment 3 $orderNo) fourth=$(payment 4 $orderNo) fifth=$(payment 5 $orderNo)
is 'orders whose money nobody has asked for are matched' "$(stands "$third") $(stands "$fourth")" 'matched matched'
bank 1 B1 "$third" 1
is 'the bank has less of one a day later: it is broken then' "$(stands "$third") $(stands "$fourth")" 'broken X0201 1 matched'
bank 2 B1 "$fourth" 2
is '... it was another order s money: that one is' "$(stands "$third") $(stands "$fourth")" 'matched broken X0201 2'
bank 3 B1 "$fourth" 2
is '... and none, once it is taken back' "$(stands "$third") $(stands "$fourth")" 'matched matched'
is '... nothing of them differs from what was told: the date has one bundle' "$(sql -c "SELECT count(*), min(documents) > 0 FROM hub.bundle WHERE agency = 'customs'")" '1|t'
{ head -n 1 "$work/day/LYPLAT01/ORDER_20260302_01.csv"; grep ",$fifth," "$work/day/LYPLAT01/ORDER_20260302_01.csv" | sed 's/^[^,]*,/无,/'; } \
    >"$work/sftp/LYPLAT01/in/ORDER_twin.csv"
bank 1 B2 "$fifth" 1
is 'whose money it is of two orders of one number nobody knows: neither is broken' "$(stands "$fifth" | paste -sd ' ')" 'matched waiting'

# --- the rule is mended: what it said stands until somebody asks again ---
sed -i 's/^HAVING /&false AND /' "$work/site/sql/reconcile/rules/X0201.sql"
night_status >/dev/null
is 'what a rule said before it was mended stands' "$(stands "$(payment 2 $orderNo)")" 'broken X0201 1'
is '... until it is asked again' "$(hub reconcile again --code X0201 --reason 'the bank books fees apart' 2>>"$work/landport.log")" '1 trade; the next reconcile judges them anew'
night_status >/dev/null
is '... of its trades' "$(stands "$(payment 2 $orderNo)")" matched
is '... and who asked, and why, is kept' "$(sql -c "SELECT object || ': ' || reason FROM hub.audit WHERE what = 'reconcile again'")" 'broken by X0201: the bank books fees apart'
hub reconcile again --code X0201 --reason 'once more' >"$work/heard" 2>&1 || :
ok '... where it has broken none it says so' grep -q 'no trade is broken by X0201' "$work/heard"
sed -i 's/came_rows_bankbook/came_rows_bankbok/' "$work/site/sql/reconcile/rules/X0201.sql"
hub check >"$work/heard" 2>>"$work/landport.log" || :
ok 'check asks for the trades a rule says too' grep -q 'X0201.sql:[0-9]*: section -- touches: .*came_rows_bankbok' "$work/heard"
bank 1 B3 "$third" 1
is '... and so does the night, which judges nothing without' "$(stands "$third") $(grep -c 'section -- touches: .*came_rows_bankbok' "$work/landport.log")" 'matched 1'
mkdir -p "$work/site/sql/ingest"
echo 'SELECT 1' >"$work/site/sql/ingest/bankbook.sql"
mkdir "$work/site/sql/rules"
cp "$work/site/sql/reconcile/rules/X0201.sql" "$work/site/sql/reconcile/"
sed -i 's/lp:feed name="bankbook"/lp:feed name="bankbok"/' "$work/site/formats/feed/bankbook.xsd"
hub check >"$work/heard" 2>>"$work/landport.log" || :
for place in sql/rules sql/reconcile/X0201.sql; do
    ok "... and of rules where nobody looks: $place" grep -q "warning.*site/$place is not read: .*sql/reconcile/rules" "$work/heard"
done
rm -r "$work/site/sql/rules" "$work/site/sql/reconcile/X0201.sql"
ok 'a feed that is named otherwise than its file' grep -q 'wrong.*bankbook.xsd: lp:feed name="bankbok" in a file of another name; must be "bankbook"' "$work/heard"
sed -i 's/lp:feed name="bankbok"/lp:feed name="bankbook"/' "$work/site/formats/feed/bankbook.xsd"
ok 'check warns of statements that a site s folder holds for nobody' grep -q 'warning.*site/sql/ingest is not read' "$work/heard"
rm -r "$work/site/sql/ingest"
sed -i 's/came_rows_bankbok/came_rows_bankbook/' "$work/site/sql/reconcile/rules/X0201.sql"

# --- the XSD grows ---
sed -i '/<xs:element name="orderNo"/i\        <xs:element name="branch" type="Text60OrEmpty" minOccurs="0"><xs:annotation><xs:documentation>网点</xs:documentation></xs:annotation></xs:element>' \
    "$work/site/formats/feed/bankbook.xsd"
hub init >"$work/init.out" 2>>"$work/landport.log"
sed -i 's#title="银行流水"#title="收款/付款流水"#' "$work/site/formats/feed/bankbook.xsd"
hub format template bankbook --xlsx -o "$work/template.xlsx" >/dev/null
is 'a title that no sheet may have is not the name of one' "$(unzip -p "$work/template.xlsx" xl/workbook.xml | grep -o '<sheet name="[^"]*"')" '<sheet name="bankbook"'
ok 'init adds the column' grep -q 'hub.rows_bankbook has a column for branch now' "$work/init.out"

done_testing
