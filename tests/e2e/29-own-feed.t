#!/bin/sh
# A feed that is one XSD in a site folder and nothing else: landport init makes its table, and grows it with the XSD; what is sent is
# taken, repeated, changed, voided, refused; ack, rejects, trace, template, guide, archive and a message of it follow from the XSD.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

e2e_hub
mkdir -p "$work/site/formats/feed"
sed -i '1i formats { site = "site" }
    s/feeds = {"payment"}/feeds = {"payment", "bankbook"}/' "$work/landport.conf"
export LANDPORT_NOW=2026-03-01T20:00:00Z

# column NAME TYPE REMARKS: of 40 characters, or a number
column() {
    case $2 in
    text) type='<xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="40"/></xs:restriction>' ;;
    amount) type='<xs:restriction base="xs:decimal"><xs:totalDigits value="12"/><xs:fractionDigits value="2"/></xs:restriction>' ;;
    count) type='<xs:restriction base="xs:integer"><xs:minInclusive value="1"/></xs:restriction>' ;;
    esac
    printf '<xs:element name="%s"%s><xs:annotation><xs:documentation>%s</xs:documentation><xs:appinfo>%s</xs:appinfo></xs:annotation>
<xs:simpleType>%s</xs:simpleType></xs:element>\n' "$1" "${5-}" "${4-$1}" "$3" "$type"
}
# feed NAME TITLE REMARKS, columns on standard input
feed() {
    {
        printf '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:lp="urn:landport:format">\n<xs:element name="%s"><xs:annotation>
<xs:appinfo><lp:feed name="%s" title="%s"/>%s</xs:appinfo></xs:annotation><xs:complexType><xs:sequence>\n' "$1" "$1" "$2" "$3"
        printf '<xs:element name="appType" minOccurs="0" default="1"><xs:annotation><xs:appinfo><lp:control/></xs:appinfo></xs:annotation><xs:simpleType>
<xs:restriction base="xs:string"><xs:enumeration value="1"/><xs:enumeration value="2"/><xs:enumeration value="3"/></xs:restriction>
</xs:simpleType></xs:element>\n'
        cat
        printf '</xs:sequence></xs:complexType></xs:element></xs:schema>\n'
    } >"$work/site/formats/feed/$1.xsd"
}
book() { # further columns
    {
        column bankCode text '<lp:issuer/><lp:speaker role="payment"/>' 银行代码
        column bookNo text '<lp:number/><lp:example value="EX1" counts="yes"/>' 流水号
        column payer text '<lp:personal/>' 对方户名
        column amount amount '<lp:example value="1.00"/>' 金额
        column currency text '<lp:example value="CNY"/>' 币种
        "$@"
    } | feed bankbook 银行流水 '<lp:totals amount="amount" currency="currency" trailers="#TOTAL"/>'
}
none() { :; }
# send FILE: a night with standard input in LYPAY01's in/; prints what became of it
send() {
    cat >"$work/sftp/LYPAY01/in/$1"
    night_status >/dev/null
    sql -c "SELECT concat_ws(' ', feed, state, rows, accepted, repeated, rejected) FROM hub.batch WHERE name = '$1' ORDER BY batch_id DESC LIMIT 1"
}
# init: what it did for feeds
init() {
    hub init 2>>"$work/landport.log" | sed -n 's/^feed  *//p' | paste -sd ';'
}
bank=$(sed -n '/partner "LYPAY01"/,/^}/s/.*codes = {"\([^"]*\)".*/\1/p' "$work/landport.conf" | head -n 1)
bank=${bank:-91350800MA0LY0028F}

# --- before and after init ---
book none
sed -i 's/ minOccurs="0" default="1"/ minOccurs="0"/' "$work/site/formats/feed/bankbook.xsd"
hub check >"$work/heard" 2>>"$work/landport.log" || :
ok 'an appType that says nothing where it is left out is refused' grep -q 'bankbook.xsd: appType may be left out and has no default; write default="1"' "$work/heard"
book none
hub check >"$work/heard" 2>>"$work/landport.log" || :
ok 'check says that init makes its table' grep -q 'feed bankbook.*wrong.*hub.rows_bankbook.*landport init' "$work/heard"
row() { printf '%s,%s,%s,%s,CNY\n' "$bank" "$1" "$2" "$3"; }
head=bankCode,bookNo,payer,amount,currency
book_file() { echo "$head"; cat; }
before=$({ row N0 张三 5; } | book_file | send BANKBOOK_early.csv)
is 'a file that comes before that waits for it' "$before" 'received'
ok '... and says so' grep -q 'hub.rows_bankbook.*landport init' "$work/landport.log"
is 'init makes it' "$(init)" 'hub.rows_bankbook made for feed bankbook'
is '... once' "$(init)" ''
hub --json check >"$work/heard" 2>>"$work/landport.log" || :
is 'check has nothing to say then' "$(jq -r '.[] | select(.what == "feed bankbook") | .state' "$work/heard")" ok
night_status >/dev/null
is 'what waited is taken' "$(sql -c "SELECT state, accepted FROM hub.batch WHERE name = 'BANKBOOK_early.csv'")" 'loaded|1'
is 'its columns' "$(sql -c "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || coalesce(' ' || col_description(attrelid, attnum), ''), ', ' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = 'hub.rows_bankbook'::regclass AND attnum > 9")" \
    'app_type text, bank_code text, book_no text, payer text sealed, amount numeric, currency text'

# --- what is sent ---
said=$({
    row N1 张三 10.50
    row N2 李四 20
    row N2 李四 20
    row N3 王五 x
    row N4 赵六 3
    row N4 赵六 4
    row '' 钱七 5
} | book_file | send BANKBOOK_a.csv)
is 'good rows, one twice, one with two amounts, two broken' "$said" 'bankbook loaded 7 3 1 3'
rejects=$work/sftp/LYPAY01/out/BANKBOOK_a.csv.rejects.csv
is 'the others come back as they came' "$(sed 's/^\xEF\xBB\xBF//; s/"//g' "$rejects" | cut -d, -f2-4,6-8 | tail -n +2 | sed 's/,$//' | paste -sd ';')" \
    "N3,王五,x,5,amount,E2005;N4,赵六,4,7,bookNo,E4007;,钱七,5,8,bookNo,E2001"
is 'the ack adds up what is taken' "$(xmllint --xpath 'string(//*[local-name()="sum"])' "$work/sftp/LYPAY01/out/BANKBOOK_a.csv.ack.xml" 2>/dev/null)" 'amount CNY33.5'
is 'a person is sealed' "$(sql -c "SELECT count(*) FILTER (WHERE payer LIKE '*1%'), count(*) FROM hub.rows_bankbook")" '4|4'
ok '... and nowhere in the log' sh -c "! grep -q '李四' '$work/landport.log'"
is 'a repeat, a change, a void, a new one that is there, a change of nothing' "$({
    echo "appType,$head"
    row N1 张三 10.5 | sed 's/^/1,/'
    row N2 李四 21 | sed 's/^/2,/'
    row N4 赵六 3 | sed 's/^/3,/'
    row N0 张三 6 | sed 's/^/1,/'
    row N9 张三 6 | sed 's/^/2,/'
} | send BANKBOOK_b.csv)" 'bankbook loaded 5 2 1 2'
is '... are what they are' "$(sql -c "SELECT string_agg(number || ' ' || amount || ' ' || app_type, ', ' ORDER BY number) FROM hub.rows_bankbook WHERE current")" \
    'N0 5 1, N1 10.50 1, N2 21 2, N4 3 3'
is 'refused by their number' "$(sql -c "SELECT string_agg(line || ' ' || column_name || ' ' || r.code, ', ' ORDER BY line)
    FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE b.name = 'BANKBOOK_b.csv'")" '5 bookNo E4008, 6 appType E4009'
is 'the same bytes again' "$({
    echo "appType,$head"
    row N1 张三 10.5 | sed 's/^/1,/'
    row N2 李四 21 | sed 's/^/2,/'
    row N4 赵六 3 | sed 's/^/3,/'
    row N0 张三 6 | sed 's/^/1,/'
} | send BANKBOOK_c.csv)" 'bankbook loaded 4 0 3 1'
is 'totals that do not fit hold it' "$({ row N7 张三 1; echo '#TOTAL,1,2.00'; } | book_file | send BANKBOOK_d.csv)" 'bankbook held 1 0 0 0'
is 'a file whose limit is passed leaves nothing' "$(
    sed -i 's/reject-limit = "[^"]*"/reject-limit = "0%"/' "$work/landport.conf"
    { row N7 张三 1; row N1 张三 2; } | book_file | send BANKBOOK_e.csv)" 'bankbook rejected 2 0 0 1'
is '... in the table' "$(sql -c "SELECT count(*) FROM hub.rows_bankbook WHERE number = 'N7'")" 0

# --- what people ask ---
hub --json trace N2 >"$work/trace" 2>>"$work/landport.log"
is 'trace finds each version' "$(jq -r '[.rows[] | "\(.version) \(.state) \(.file) \(.line)"] | join(", ")' "$work/trace")" \
    '1 replaced BANKBOOK_a.csv 3, 2 counts BANKBOOK_b.csv 3'
ok '... with what stands in it' sh -c "jq -r '.rows[1].values' '$work/trace' | grep -q 'amount=21, currency=CNY'"
ok '... but for what is a person s' sh -c "! grep -q 'payer' '$work/trace'"
ok 'a workbook to fill' hub format template bankbook --xlsx -o "$work/bankbook.xlsx"
hub format template bankbook >"$work/template.csv" 2>>"$work/landport.log"
is '... or text' "$(sed 1q "$work/template.csv" | tr -d '\r')" "appType,$head"
hub format guide --partner LYPAY01 >"$work/guide.html" 2>>"$work/landport.log"
ok 'the guide has it, with what may come of its rows' sh -c "grep -q 银行流水 '$work/guide.html' && grep -q E4008 '$work/guide.html'"
hub sample feed bankbook --rows 3 >"$work/sample.csv" 2>>"$work/landport.log"
ok 'made-up rows are good ones' hub format check --partner LYPAY01 "$work/sample.csv" --feed bankbook
is 'the original is in the archive' "$(hub run archive >>"$work/run.out" 2>>"$work/landport.log"
    sql -c "SELECT count(*) FROM hub.archive_file a JOIN hub.batch b USING (file_id) WHERE b.name = 'BANKBOOK_a.csv'" | sed 's/[1-9][0-9]*/some/')" some
is 'who reads reports sees all but the person' "$(sql -c "SELECT has_column_privilege('landport_reader', 'hub.rows_bankbook', 'amount', 'SELECT'),
    has_column_privilege('landport_reader', 'hub.rows_bankbook', 'payer', 'SELECT'),
    has_table_privilege('landport_job', 'hub.rows_bankbook', 'UPDATE')")" 't|f|f'
# a view may name its own column as a person's is named here, others show a person under another name
sql -U landport_owner -c "CREATE VIEW hub.mine AS SELECT number AS payer FROM hub.rows_bankbook" \
    -c "CREATE VIEW hub.renamed AS SELECT payer AS who FROM hub.rows_bankbook" \
    -c "CREATE VIEW hub.again AS SELECT length(who) AS n FROM hub.renamed" \
    -c "CREATE VIEW hub.whole AS SELECT to_jsonb(r) AS r FROM hub.rows_bankbook r" \
    -c "SET hub.job_role = 'landport_job'" -c "SET hub.reader_role = 'landport_reader'" -f sql/roles/grants.sql
is 'who reads reports reads no view that reads a person, whatever its columns are called' "$(sql -c "
    SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FILTER (WHERE NOT has_any_column_privilege('landport_reader', c.oid, 'SELECT')),
           bool_or(has_column_privilege('landport_reader', c.oid, 'payer', 'SELECT')) FILTER (WHERE c.relname = 'mine')
    FROM pg_class c WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind = 'v'")" 'again renamed whole|t'
sql -U landport_owner -c 'DROP VIEW hub.mine, hub.renamed, hub.again, hub.whole'

promised() { # which bundles the newest acks of bankbook speak of
    xmllint --xpath '//*[local-name()="bundle"]/*[local-name()="agency"]/text()' "$1" 2>/dev/null || echo none
}
is 'what goes to no agency is promised no bundle' "$(promised "$work/sftp/LYPAY01/out/BANKBOOK_early.csv.ack.xml")" none

# --- a message of its rows: an XSD, a query, a line of what is told ---
mkdir -p "$work/site/formats/customs" "$work/site/sql/extract/customs"
{
    cat formats/customs/asked_message.tsv
    printf 'bankbook\t\t\tBANKLINE\t\t\t2014-02-10\t\tsite\n'
} >"$work/site/formats/customs/asked_message.tsv"
printf '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:lp="urn:landport:format"><xs:element name="bankline">
<xs:annotation><xs:appinfo><lp:written as="csv" header="names"/></xs:appinfo></xs:annotation><xs:complexType><xs:sequence>
<xs:element name="Line" maxOccurs="50"><xs:complexType><xs:sequence><xs:element name="bookNo" type="xs:string"/>
<xs:element name="amount" type="xs:decimal"/></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>\n' >"$work/site/formats/customs/bankline.xsd"
cat >"$work/site/sql/extract/customs/bankline.sql" <<'END'
-- documents
SELECT t.subject_hash, t.issuer, t.number, ''::text AS part_key, NULL::bigint AS order_row, NULL::bigint AS payment_row, NULL::bigint AS waybill_row,
       r.row_id AS source_row, r.digest AS content, NULL::text AS currency, NULL::numeric AS amount
FROM things_now t JOIN hub.rows_bankbook r ON r.subject_hash = t.subject_hash AND r.row_id = t.row_id
WHERE t.what = 'bankbook' AND r.current

-- level: Line
SELECT d.doc_no, r.book_no, r.amount
FROM hub.document d JOIN hub.rows_bankbook r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'BANKLINE'
ORDER BY d.doc_no
END
sed -i 's/messages = {/&"BANKLINE", /' "$work/landport.conf"
init >/dev/null
lines() { # of the bundle of that day
    LANDPORT_NOW=$1 night_status >/dev/null
    unzip -p "$(find "$work/sftp/customs/out" -name "*_$2_*.zip")" 'messages/BANKLINE*' 2>/dev/null | tr -d '\r' | paste -sd ';'
}
{ row M1 张三 1.50; row M2 李四 2; } | book_file >"$(inbox LYPAY01 bankbook m)"
is 'its rows are declared' "$(lines 2026-03-03T20:00:00Z 20260304)" 'bookNo,amount;M1,1.50;M2,2'
is '... and the ack says where' "$(promised "$work/sftp/LYPAY01/out/BANKBOOK_m.csv.ack.xml")" customs
{ echo "appType,$head"; row M2 李四 3 | sed 's/^/2,/'; row M1 张三 1.50 | sed 's/^/3,/'; } >"$(inbox LYPAY01 bankbook n)"
is '... and what is changed of them' "$(lines 2026-03-04T20:00:00Z 20260305)" 'bookNo,amount;M2,3'
is '... as the next version of the document' "$(sql -c "SELECT string_agg(version || ' ' || app_type, ', ' ORDER BY version)
    FROM hub.document d JOIN hub.thing t ON t.what = 'bankbook' AND t.subject_hash = d.subject_hash AND t.row_id = d.source_row WHERE t.number = 'M2'")" '1 1, 2 2'
is '... what is voided of them stands in status, since no message says it' "$(hub status --json | jq -r '.voids[] | "\(.agency) \(.orders) \(.number) \(.next)"')" \
    'customs 1 M1 a line of asked_message.tsv with void bankbook as what says which message tells it'
printf 'void bankbook\t\t\tBANKLINE\t\t\t2014-02-10\t\tsite\n' >>"$work/site/formats/customs/asked_message.tsv"
sed -i "s/AS amount\$/AS amount,\n       CASE t.what WHEN 'void bankbook' THEN '3' END AS says/; s/WHERE t.what = 'bankbook'/WHERE t.what IN ('bankbook', 'void bankbook')/; s/d.doc_no, r.book_no/d.doc_no, d.app_type, r.book_no/" \
    "$work/site/sql/extract/customs/bankline.sql"
sed -i 's/<xs:element name="bookNo"/<xs:element name="appType" type="xs:string"\/>&/' "$work/site/formats/customs/bankline.xsd"
init >/dev/null
is '... and goes out with one that does' "$(lines 2026-03-05T20:00:00Z 20260306)" 'appType,bookNo,amount;3,M1,1.50'
is '... after which status is silent' "$(hub status --json | jq '.voids | length') $(sql -c "SELECT count(*) FROM hub.ready WHERE what LIKE '%bankbook'")" '0 0'
row M1 张三 1.50 | book_file >"$(inbox LYPAY01 bankbook o)"
is '... what comes again is new' "$(lines 2026-03-06T20:00:00Z 20260307)" 'appType,bookNo,amount;1,M1,1.50'
# a person goes out in an element that is marked so, and in no other
line_xsd=$work/site/formats/customs/bankline.xsd
sed -i 's/<xs:element name="amount"/<xs:element name="payer" type="xs:string" minOccurs="0"\/>&/' "$line_xsd"
sed -i 's/d.app_type, r.book_no/&, r.payer/' "$work/site/sql/extract/customs/bankline.sql"
hub check >"$work/heard" 2>>"$work/landport.log" || :
ok 'check says where a person would stand in an element that is none s' grep -q 'bankbook payer.*wrong.*element payer of BANKLINE is not' "$work/heard"
row M5 王五 1 | book_file >"$(inbox LYPAY01 bankbook p)"
is '... whose documents go aside' "$(lines 2026-03-07T20:00:00Z 20260308) $(sql -c "SELECT number, code, reason FROM hub.aside WHERE state = 'aside'" | cut -c1-60)" \
    ' M5|E1014|bankline document 1 Line payer: the value is person'
sed -i 's/<xs:element name="payer" type="xs:string" minOccurs="0"\/>/<xs:element name="payer" type="xs:string" minOccurs="0"><xs:annotation><xs:appinfo><lp:personal\/><\/xs:appinfo><\/xs:annotation><\/xs:element>/' "$line_xsd"
hub bundle retry M5 --kind BANKLINE --reason 'marked' >>"$work/run.out" 2>>"$work/landport.log"
is '... and is opened in one that is' "$(lines 2026-03-08T20:00:00Z 20260309)" 'appType,bookNo,payer,amount;1,M5,王五,1'
LANDPORT_NOW=2026-03-08T20:00:00Z
# --- ... and answered, under the numbers of the row ---
{
    cat formats/customs/receipt_kind.tsv
    printf 'BANKBACK\t\tkey\tyes\t\tno\tany\tsource\t2020-01-01\t\tsite\n'
} >"$work/site/formats/customs/receipt_kind.tsv"
init >/dev/null
printf 'kind,issuer,number,returnStatus,returnTime,returnInfo\nBANKBACK,%s,M2,100,20260306040000,金额有误\n' "$bank" >"$work/sftp/customs/in/RECEIPT_m.csv"
night_status >/dev/null
is 'its partner hears of it, and of what to correct' "$(tr -d '\r' <"$(find "$work/sftp/LYPAY01/out" -name 'feedback-*.csv')" |
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { print $at["kind"], $at["issuer"], $at["number"], $at["state"], $at["returnInfo"], $at["file"], $at["line"] }')" \
    "BANKLINE $bank M2 refused 金额有误 BANKBOOK_n.csv 2"
ok '... as XML too' xmllint --noout --schema formats/feed/feedback.xsd "$(find "$work/sftp/LYPAY01/out" -name 'feedback-*.xml')"

# --- the XSD grows ---
grown() { column remark text '<lp:index/>' 摘要 ' minOccurs="0"'; }
book grown
hub check >"$work/heard" 2>>"$work/landport.log" || :
ok 'check says what is missing' grep -q 'feed bankbook.*wrong.*no column for remark.*landport init' "$work/heard"
is 'init adds it, and what rows are looked up by' "$(init) $(sql -c "SELECT count(*) FROM pg_indexes WHERE tablename = 'rows_bankbook' AND indexdef LIKE '%USING hash (remark)'")" \
    'hub.rows_bankbook has a column for remark now;hub.rows_bankbook has an index by remark now 1'
is 'rows with it' "$({ echo "$head,remark"; row N8 张三 1 | sed 's/$/,房租/'; } | send BANKBOOK_f.csv)" 'bankbook loaded 1 1 0 0'
is 'rows without it' "$(row N10 张三 1 | book_file | send BANKBOOK_g.csv)" 'bankbook loaded 1 1 0 0'
is '... are empty there' "$(sql -c "SELECT string_agg(number || coalesce(remark, '-'), ' ' ORDER BY number) FROM hub.rows_bankbook WHERE current AND number > 'N4' OR number = 'N10'")" 'N10- N8房租'
is '... and say what they said before it was there' "$({
    row N1 张三 10.50
    row N0 张三 5
} | book_file | send BANKBOOK_f2.csv)" 'bankbook loaded 2 0 2 0'
inner() { # the same in another order, with a column in the middle that has a default
    {
        column bankCode text '<lp:issuer/><lp:speaker role="payment"/>' 银行代码
        column bookNo text '<lp:number/>' 流水号
        column branch text '' 网点 ' minOccurs="0" default="总行"'
        column currency text '' 币种
        column amount amount '' 金额
        column payer text '<lp:personal/>' 对方户名
    } | feed bankbook 银行流水 '<lp:totals amount="amount" currency="currency" trailers="#TOTAL"/>'
}
inner
init >/dev/null
is '... wherever it stands' "$({ echo "$head,branch"; row N1 张三 10.50 | sed 's/$/,/'; row N0 张三 5 | sed 's/$/,总行/'; } | send BANKBOOK_f3.csv)" 'bankbook loaded 2 0 2 0'
is '... but what is filled in it is another value' "$({ echo "$head,branch"; row N0 张三 5 | sed 's/$/,分行/'; row N12 张三 5 | sed 's/$/,/'; } |
    { sed -i 's/reject-limit = "[^"]*"/reject-limit = "50%"/' "$work/landport.conf"; send BANKBOOK_f4.csv; })" 'bankbook loaded 2 1 0 1'
book none
is 'a column that went stays' "$(init; sql -c "SELECT count(remark) FROM hub.rows_bankbook")" "
1"
is '... and takes nothing' "$(row N11 张三 1 | book_file | send BANKBOOK_h.csv)" 'bankbook loaded 1 1 0 0'
sed -i 's/<lp:personal\/>//' "$work/site/formats/feed/bankbook.xsd"
hub init >"$work/heard" 2>&1 || :
ok 'a person who is none any more is an error' grep -q 'payer is text now, its values in hub.rows_bankbook are text and personal' "$work/heard"
hub check >"$work/heard" 2>>"$work/landport.log" || :
ok '... of check too' grep -q 'feed bankbook.*wrong.*payer is not personal now' "$work/heard"
# another feed goes in, whatever becomes of this one
printf '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="half' >"$work/site/formats/feed/half.xsd"
mkdir "$work/site/formats/other"
printf '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><lp:message feed="tiny"' >"$work/site/formats/other/half.xsd"
book none
sed -i 's/<lp:personal\/>//' "$work/site/formats/feed/bankbook.xsd"
column bankCode text '<lp:issuer/>' >"$work/columns"
column bookNo text '<lp:number/>' >>"$work/columns"
feed tiny 小 '' <"$work/columns"
sed -i 's/"payment", "bankbook"/&, "tiny", "half"/' "$work/landport.conf"
is 'what init cannot change or read costs itself, others are made' "$(init) $(hub init 2>&1 | grep -c 'half.xsd\|bankbook.xsd.*payer is text now\|3 feeds were left')" \
    'hub.rows_tiny made for feed tiny 4'
is 'until it is changed back nothing goes in under it' "$(row C1 张三 1 | book_file | send BANKBOOK_wait.csv)" received
is '... so that no person is stored in clear' "$(sql -c "SELECT count(*) FROM hub.rows_bankbook WHERE payer LIKE '%张三%'")" 0
book none
sed -i 's/<lp:number\/>//; s/ 流水号/&/; s/<lp:personal\/>/<lp:number\/>/' "$work/site/formats/feed/bankbook.xsd"
night_status >/dev/null
is '... nor is what is named otherwise' "$(sql -c "SELECT state FROM hub.batch WHERE name = 'BANKBOOK_wait.csv'")" received
book none
night_status >/dev/null
is '... then it is taken' "$(sql -c "SELECT state, accepted FROM hub.batch WHERE name = 'BANKBOOK_wait.csv'")" 'loaded|1'
is 'a feed whose XSD is broken costs no other' "$(printf 'bankCode,bookNo\n%s,T1\n' "$bank" | send TINY_a.csv)" 'tiny loaded 1 1 0 0'
is '... nor does a message nobody is sent: only what may be one waits' "$(printf '<r><bankbook/></r>' | send BANKBOOK_b.xml | sed 's/ .*//') $(printf '<r><tiny/></r>' | send TINY_b.xml)" 'bankbook received'
rm -r "$work/site/formats/other"
is '... its own files wait, and say for what' "$(printf 'bankCode,bookNo\n%s,T2\n' "$bank" | send HALF_a.csv) $(grep -c 'half.xsd' "$work/landport.log" | sed 's/[1-9][0-9]*/some/')" 'received some'
hub format check --feed half "$work/sample.csv" >"$work/heard" 2>&1 || :
ok '... a check of one says so' grep -q 'half.xsd' "$work/heard"
feed half 半 '' <"$work/columns"
init >/dev/null
night_status >/dev/null
is '... until it is whole' "$(sql -c "SELECT state, accepted FROM hub.batch WHERE name = 'HALF_a.csv'")" 'loaded|1'
rm "$work/site/formats/feed/half.xsd" "$work/site/formats/feed/tiny.xsd"
sed -i 's/, "tiny", "half"//' "$work/landport.conf"
sed -i '/name="amount"/,/simpleType>/s/xs:decimal/xs:string/; s/<xs:totalDigits value="12"\/><xs:fractionDigits value="2"\/>//; s/<lp:totals[^>]*>//' "$work/site/formats/feed/bankbook.xsd"
hub init >"$work/heard" 2>&1 || :
ok 'and so is another type, with what helps' grep -q 'amount is text now.*ALTER TABLE hub.rows_bankbook ALTER amount TYPE text' "$work/heard"
book none
sed -i 's/<lp:number\/>//; s/<lp:personal\/>/<lp:number\/>/' "$work/site/formats/feed/bankbook.xsd"
hub init >"$work/heard" 2>&1 || :
ok 'and another name of its rows' grep -q 'its rows are named by issuer bankCode, number payer now' "$work/heard"
book none
sed -i 's/<lp:issuer\/>/<lp:key\/>/; s/<lp:number\/>/<lp:issuer\/>/; s/<lp:key\/>/<lp:number\/>/' "$work/site/formats/feed/bankbook.xsd"
hub init >"$work/heard" 2>&1 || :
ok 'and who gives the numbers instead of the numbers' grep -q 'its rows are named by number bankCode, issuer bookNo now' "$work/heard"
book none
is 'none of them changed anything' "$(init; hub check 2>>"$work/landport.log" | grep -c 'feed bankbook.*wrong')" "
0"

# --- a thing of several rows, part of a subject ---
{
    column bankCode text '<lp:issuer/>'
    column company text '<lp:number/>'
    column month text '<lp:key/>'
    column currency text ''
    column total amount ''
    column nth count '<lp:line counts="yes"/>'
    column user text '<lp:personal/>' # a word of SQL's
    column wage amount ''
} | feed payslip 工资单 '<lp:sum column="total" currency="currency"/>'
sed -i 's/"payment", "bankbook"/&, "payslip"/; s/reject-limit = "0%"/reject-limit = "90%"/' "$work/landport.conf"
is 'a feed with lines has a table of them too' "$(init)" 'hub.rows_payslip made for feed payslip;hub.lines_payslip made for lines of feed payslip'
slip=bankCode,company,month,currency,total,nth,user,wage
is 'lines, also where they stand apart, twice, or with a gap' "$({
    echo "$slip"
    echo "$bank,C1,202602,CNY,30,1,甲,10"
    echo "$bank,C1,202603,CNY,5,1,甲,5"
    echo "$bank,C1,202602,CNY,30,2,乙,20"
    echo "$bank,C1,202602,CNY,30,2,乙,20"
    echo "$bank,C2,202602,CNY,7,1,丙,3"
    echo "$bank,C2,202602,CNY,7,3,丁,4"
} | send PAYSLIP_a.csv)" 'payslip loaded 6 3 1 2'
is '... are one thing each' "$(sql -c "SELECT string_agg(concat_ws(' ', r.number, r.part_key, r.total, l.n), ', ' ORDER BY r.part_key) FROM hub.rows_payslip r
    CROSS JOIN LATERAL (SELECT count(*) AS n FROM hub.lines_payslip l WHERE l.subject_hash = r.subject_hash AND l.row_id = r.row_id) l")" \
    'C1 202602 30 2, C1 202603 5 1'
is '... and no line is nobody s' "$(sql -c "SELECT count(*) FROM hub.lines_payslip")" 3
is 'the ack adds up each thing once' "$(xmllint --xpath 'string(//*[local-name()="sum"])' "$work/sftp/LYPAY01/out/PAYSLIP_a.csv.ack.xml" 2>/dev/null)" 'total CNY35'
is 'the same lines in another order are a repeat, one part is changed' "$({
    echo "appType,$slip"
    echo "1,$bank,C1,202602,CNY,30,2,乙,20"
    echo "1,$bank,C1,202602,CNY,30,1,甲,10"
    echo "2,$bank,C1,202603,CNY,6,1,甲,6"
} | send PAYSLIP_b.csv)" 'payslip loaded 3 1 2 0'
is '... and the other stands' "$(sql -c "SELECT string_agg(part_key || ' ' || total, ', ' ORDER BY part_key) FROM hub.rows_payslip WHERE current")" '202602 30, 202603 6'
slip_xsd=$work/site/formats/feed/payslip.xsd
cp "$slip_xsd" "$work/payslip.xsd"
sed -i 's/<lp:line counts="yes"\/>//' "$slip_xsd"
hub init >"$work/heard" 2>&1 || :
ok 'lines that are none any more are an error' grep -q 'its rows are named by issuer bankCode, number company, key month now' "$work/heard"
awk '/name="wage"/ { hold = 1 } hold { kept = kept $0 "\n"; if (/<\/xs:element>/) hold = 0; next } { all[++n] = $0 }
    END { for (i = 1; i <= n; i++) { if (all[i] ~ /name="nth"/) printf "%s", kept; print all[i] } }' "$work/payslip.xsd" >"$slip_xsd"
hub init >"$work/heard" 2>&1 || :
ok 'and so is a column of lines that is their head s' grep -q 'column wage is one of a thing.s head now, its values are in hub.lines_payslip' "$work/heard"
cp "$work/payslip.xsd" "$slip_xsd"

# --- names that meet others, and very many columns ---
wide() { for i in $(seq 110); do column "c$i" text '' "c$i" ' minOccurs="0"'; done; }
for feed in member bank bank_2; do
    {
        column bankCode text '<lp:issuer/>'
        column bookNo text '<lp:number/>'
        [ "$feed" != member ] || wide
    } | feed "$feed" "$feed" ''
done
sed -i 's/"payment", "bankbook"/&, "member", "bank", "bank_2"/' "$work/landport.conf"
init >/dev/null
is 'a feed named like a table of the session' "$(printf 'bankCode,bookNo,c1,c110\n%s,W1,a,z\n' "$bank" | send MEMBER_a.csv)" 'member loaded 1 1 0 0'
is '... of more columns than a function takes arguments is found by its numbers' "$(hub --json trace W1 2>>"$work/landport.log" | jq -r '.rows[0].values' | sed 's/.*c1=/c1=/')" 'c1=a, c110=z'
is 'of two feeds of the same columns the file s name says which' "$({
    printf 'bankCode,bookNo\n%s,1\n' "$bank" | send BANK_2_a.csv
    printf 'bankCode,bookNo\n%s,2\n' "$bank" | send bank1.csv
} | paste -sd ';')" 'bank_2 loaded 1 1 0 0;bank loaded 1 1 0 0'

# --- numbers of any length, keys with a slash, the same said otherwise ---
any_number() { column "$@" | sed 's/<xs:minInclusive value="1"\/>//; s/<xs:totalDigits[^>]*><xs:fractionDigits[^>]*>//'; }
{
    column bankCode text '<lp:issuer/>'
    column bookNo text '<lp:number/>'
    column shelf text '<lp:key/>'
    column box text '<lp:key/>'
    any_number qty count '' qty ' minOccurs="0"'
    any_number price amount '' price ' minOccurs="0"'
    printf '<xs:element name="whole" type="xs:boolean" minOccurs="0"/>\n'
} | feed shelf shelf ''
sed -i 's/"payment", "bankbook"/&, "shelf"/' "$work/landport.conf"
init >/dev/null
stock() { printf 'bankCode,bookNo,shelf,box,qty,price,whole\n' && sed "s/^/$bank,/"; }
is 'numbers that no column holds are refused, zeros in front are none' "$({
    echo 'S1,a,1,99999999999999999999,,'
    echo 'S1,a,2,0000000000000000000000000000042,,'
    echo 'S1,a,3,-99999999999999999999999,,'
    echo "S1,a,4,,$(printf '9%.0s' $(seq 1500)),"
    echo 'S1,a/b,c,1,.5,true'
    echo 'S1,a,b/c,2,0,false'
} | stock | send SHELF_a.csv)" 'shelf loaded 6 3 0 3'
is '... by number, and where' "$(sql -c "SELECT string_agg(line || ' ' || column_name || ' ' || code, ', ' ORDER BY line) FROM hub.reject
    WHERE batch_id = (SELECT max(batch_id) FROM hub.batch)")" '2 qty E2010, 4 qty E2009, 5 price E2007'
is '... what is stored is what was sent' "$(sql -F ' ' -c "SELECT part_key, qty FROM hub.rows_shelf WHERE current ORDER BY qty")" 'a%2Fb/c 1
a/b/c 2
a/2 42'
is 'the same in other words is the same' "$({
    echo 'S1,a/b,c,+1,0.50,1'
    echo 'S1,a,b/c,02,-0,0'
} | stock | send SHELF_b.csv)" 'shelf loaded 2 0 2 0'

# --- what PostgreSQL calls otherwise, or cannot seal ---
{
    column bankCode text '<lp:issuer/>'
    column bookNo text '<lp:number/>'
    column ctid text ''
} | feed odd odd ''
hub check >"$work/heard" 2>&1 || :
ok 'a column called like one that every table has' grep -q 'odd.xsd:[0-9]*: column ctid cannot be named so' "$work/heard"
is '... costs itself' "$(row Z1 张三 1 | book_file | send BANKBOOK_z.csv)" 'bankbook loaded 1 1 0 0'
rm "$work/site/formats/feed/odd.xsd"

# --- what all answers are read by ---
mkdir -p "$work/site/formats/receipt"
printf '<xs:schema' >"$work/site/formats/receipt/receipt.xsd"
printf 'kind,issuer,number,returnStatus,returnTime\nBANKBACK,%s,M1,100,20260310040000\n' "$bank" >"$work/sftp/customs/in/RECEIPT_z.csv"
is 'where its XSD is broken answers wait, and the night is to be run again' "$(night_status) $(sql -c "SELECT state FROM hub.batch WHERE name = 'RECEIPT_z.csv'")" '75 received'
ok '... which the log says' grep -q 'RECEIPT_z.csv\|batch=.*receipt.xsd' "$work/landport.log"
rm -r "$work/site/formats/receipt"
night_status >/dev/null
is '... then they are read' "$(sql -c "SELECT state FROM hub.batch WHERE name = 'RECEIPT_z.csv'")" loaded
done_testing
