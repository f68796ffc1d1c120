#!/bin/sh
# An agency added as formats/README.md says, in a site folder: it takes plain files in a folder of their own with a control file,
# under names it prescribes, while no lock lies there. Customs stand beside it, unharmed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
formats=$work/site/formats/credit extracts=$work/site/sql/extract/credit
mkdir -p "$formats" "$extracts" "$work/sftp/credit/in" "$work/sftp/credit/out" "$work/sftp/credit/done"

# --- its folder: what it prescribes, a message as CSV, the control file, which rows ask for what ---
cat >"$formats/agency.conf" <<'END'
messages = {"SALE"}
container = "folder"
package = "CR{sender_no}{yymmdd}{nth:2}"
file = "{KIND}{sender_no}{yymmdd}{nth:2}{number:2}.{suffix}"
per-message = 15
lock = "Token.lock"
fact "sender_no" { zh = "报送单位编号"  en = "number of the sender"  form = "[0-9]{6}" }
companion "SALECTL" { name = "{package}.{suffix}" }
END
leaf() { # NAME TYPE TITLE
    printf '<xs:element name="%s" type="%s"><xs:annotation><xs:documentation>%s</xs:documentation></xs:annotation></xs:element>' "$1" "$2" "$3"
}
format() { # NAME WRITTEN BODY
    printf '<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:lp="urn:landport:format">
<xs:element name="%s"><xs:annotation><xs:documentation>%s</xs:documentation><xs:appinfo>%s</xs:appinfo></xs:annotation>
<xs:complexType><xs:sequence>%s</xs:sequence></xs:complexType></xs:element></xs:schema>\n' "$1" "$1" "$2" "$3" >"$formats/$1.xsd"
}
format sale '<lp:written as="csv" charset="GB18030" header="titles"/>' \
    "<xs:element name=\"Sale\" maxOccurs=\"1000\"><xs:complexType><xs:sequence>$(leaf saleNo xs:string 销售编号
        leaf seller xs:string 销售方)$(leaf amount xs:decimal 金额)</xs:sequence></xs:complexType></xs:element>"
format salectl '' "$(leaf sender xs:string 报送单位)<xs:element name=\"File\" minOccurs=\"0\" maxOccurs=\"unbounded\"><xs:complexType><xs:sequence>$(
    leaf name xs:string 文件名)$(leaf records xs:integer 记录数)$(leaf sha256 xs:string 摘要)</xs:sequence></xs:complexType></xs:element>"
cat >"$extracts/sale.sql" <<'END'
-- SALE: the order of each trade.

-- prepare
SELECT 1 / length((SELECT current_setting('hub.sender_no')));
CREATE TEMP TABLE once ON COMMIT DROP AS SELECT 1 AS one

-- closed
SELECT 1 / length((SELECT current_setting('hub.sender_no')))

-- documents
SELECT subject_hash, issuer, order_no AS number, ''::text AS part_key, order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row, NULL::bigint AS source_row, NULL::bigint AS content, currency, goods_value AS amount
FROM ready_now
WHERE 'SALE' = ANY (kinds)

-- level: Sale
SELECT d.doc_no, o.order_no AS sale_no, o.ebc_name AS seller, o.goods_value AS amount
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'SALE'
ORDER BY d.doc_no
END
cat >"$extracts/salectl.sql" <<'END'
-- SALECTL: which files lie in the folder. Table `written`: the messages of the bundle.

-- level:
SELECT 1 AS message_no, (SELECT current_setting('hub.sender_no')) AS sender

-- level: File
SELECT 1 AS message_no, name, documents AS records, sha256 FROM written ORDER BY place
END
printf 'what\ttrade_mode\tie_flag\tkind\tvalid_from\tsource\ntrade\t\t\tSALE\t2020-01-01\tsite\n' >"$formats/asked_message.tsv"
printf 'kind\tanswers\tfound_by\tdecides\tnames_cop\tcodes\tvalid_from\tsource\nSALEBACK\tSALE\tfile\tyes\tno\tshared\t2020-01-01\tsite\n' >"$formats/receipt_kind.tsv"
printf 'kind\tfirst_code\tlast_code\tname_zh\tmeaning_en\tdirection\tvalid_from\tsource
\tOK\tOK\t已接收\ttaken\tsuccess\t2020-01-01\tsite\n\tE01\tE99\t有误\twrong\tfailure\t2020-01-01\tsite\n' >"$formats/return_code.tsv"
# --- one that comes after it and has no such setting: it tells of itself alone ---
mkdir -p "$work/site/formats/third" "$work/site/sql/extract/third" "$work/sftp/third/in" "$work/sftp/third/out" "$work/sftp/third/done"
formats=$work/site/formats/third
cat >"$formats/agency.conf" <<'END'
messages = {"NOTE"}
container = "files"
package = "T{date}{nth:2}"
lock = "Busy.lock"
companion "NOTECTL" { name = "{package}.{suffix}" }
companion "NOTEEND" { name = "{package}.end.{suffix}" }
END
format note '' "<xs:element name=\"Note\" maxOccurs=\"100\"><xs:complexType><xs:sequence>$(leaf noteNo xs:string 编号)</xs:sequence></xs:complexType></xs:element>"
format notectl '' "$(leaf sender xs:string 报送单位 | sed 's/type/minOccurs="0" type/')$(leaf own xs:string 自有)"
sed -n '/^-- documents/,/^-- level/p' "$extracts/sale.sql" | sed 's/SALE/NOTE/; s/^-- level.*/-- level: Note/' >"$work/site/sql/extract/third/note.sql"
echo "SELECT 1 AS doc_no, 'none' AS note_no LIMIT 0" >>"$work/site/sql/extract/third/note.sql"
printf -- "-- level:\nSELECT 1 AS message_no, (SELECT current_setting('hub.sender_no', true)) AS sender, (SELECT current_setting('hub.third_no')) AS own\n" >"$work/site/sql/extract/third/notectl.sql"
# one whose only level is of files: none has been told of by then
format noteend '' "<xs:element name=\"File\" maxOccurs=\"9\"><xs:complexType><xs:sequence>$(leaf name xs:string 文件名)</xs:sequence></xs:complexType></xs:element>"
printf -- "-- level: File\nSELECT 1 AS message_no, name FROM written WHERE kind = 'NOTE' ORDER BY place\n" >"$work/site/sql/extract/third/noteend.sql"
formats=$work/site/formats/credit
cp "$work/landport.conf" "$work/customs.conf"
{
    echo 'formats { site = "site" }'
    cat "$work/customs.conf"
    printf 'agency "credit" {\n    name = "信用中心"  cutoff = "06:00"\n    settings { sender_no = "350800" }\n'
    sed -n '/^agency "customs"/,/^}/{/sign  /p;/dropbox/,/}/p}' "$work/customs.conf" | sed 's,sftp/customs/,sftp/credit/,g'
    echo '}'
    printf 'agency "third" {\n    name = "其他"  cutoff = "06:00"\n    settings { third_no = "3" }\n'
    sed -n '/^agency "customs"/,/^}/{/sign  /p;/dropbox/,/}/p}' "$work/customs.conf" | sed 's,sftp/customs/,sftp/third/,g'
    echo '}'
} >"$work/landport.conf"
ok 'init takes its rows' hub init
ok 'check takes it' hub check
hub --json check >"$work/check.json" 2>>"$work/landport.log"
is '... but a list of files that may not be empty, which a bundle with nothing to tell would need' "$(jq -r '.[] | select(.what == "companion NOTEEND") | .state' "$work/check.json")" 'ok
warning'
sed -i 's/<xs:element name="File"/& minOccurs="0"/' "$formats/../third/noteend.xsd"
sed 's/sender_no = "350800"/sender_no = "35080"/' "$work/landport.conf" >"$work/wrong.conf"
"$landport" -c "$work/wrong.conf" check >"$work/heard" 2>&1 || :
ok '... and says what its section lacks' grep -q '报送单位编号 (number of the sender) is of the form' "$work/heard"

# --- a night; somebody is at work in its folder ---
"$landport" sample --orders 40 --seed 5 --date 20260302 --dir "$work/day" >/dev/null
upload_day "$work/day"
echo 'the agency, reading' >"$work/sftp/credit/out/Token.lock"
night=$(night_status)
ok "a night ($night)" test "$night" -eq 75
is 'customs have their bundle' "$(sql -c "SELECT state FROM hub.bundle WHERE agency = 'customs'")" published
is '... the agency with the lock has not' "$(sql -c "SELECT state FROM hub.bundle WHERE agency = 'credit'") $(ls "$work/sftp/credit/out")" 'closed Token.lock'
is '... and another has what its own settings say, and nothing of theirs' "$(ls "$work/sftp/third/out") $(
    grep -o '<sender>.*\|<own>[^<]*' "$work/sftp/third/out/T2026030301.xml")" 'T2026030301.end.xml
T2026030301.xml <own>3'
is '... also a list of files, of which there are none' "$(tail -n +2 "$work/sftp/third/out/T2026030301.end.xml")" '<noteend>
</noteend>'
rm "$work/sftp/credit/out/Token.lock"
night=$(night_status)
ok 'the next run delivers it' test "$night" -eq 0 -o "$night" -eq 65
package=$(sql -c "SELECT name FROM hub.bundle WHERE agency = 'credit'")
is 'it is named as prescribed' "$package" CR35080026030301
is '... and is all there is' "$(ls "$work/sftp/credit/out")" "$package"
out=$work/sftp/credit/out/$package
sales=$(sql -c "SELECT count(*) FROM hub.document WHERE kind = 'SALE'")
ok "each matched trade asks for it, whatever its mode and direction ($sales)" test "$sales" -gt 0 -a "$sales" -eq "$(
    sql -c "SELECT count(*) FROM hub.trade WHERE verdict = 'matched'")"
is 'its files are' "$(ls "$out")" "$(printf '%s.xml\n' "$package" && seq -f 'SALE35080026030301%02g.csv' $(((sales + 14) / 15)))"
is 'the control file tells of them' "$(/usr/bin/python3 - "$out" <<'END'
import glob, hashlib, os, sys
from xml.etree import ElementTree

tree = ElementTree.parse(glob.glob(sys.argv[1] + "/*.xml")[0]).getroot()
assert tree.findtext("sender") == "350800"
files = {os.path.basename(n): open(n, "rb").read() for n in glob.glob(sys.argv[1] + "/*.csv")}
told = {f.findtext("name"): (f.findtext("sha256"), int(f.findtext("records"))) for f in tree.findall("File")}
print(told == {n: (hashlib.sha256(b).hexdigest(), b.count(b"\n") - 1) for n, b in files.items()})
END
)" True
is 'the records are ours' "$(cat "$out"/*.csv | iconv -f GB18030 -t UTF-8 | tr -d '\r' | grep -v 销售编号 | cut -d, -f1 | LC_ALL=C sort)" \
    "$(sql -c "SELECT order_no FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
               WHERE kind = 'SALE'" | LC_ALL=C sort)"
is 'each was read back' "$(sql -c "SELECT jsonb_array_length(proof -> 'files') FROM hub.bundle WHERE agency = 'credit'")" "$(find "$out" -type f | wc -l)"
ok 'what was kept of it is whole' hub bundle verify "$package"
ok '... and is rebuilt byte for byte' hub bundle rebuild --verify "$package"
sed 's/sender_no = "350800"/sender_no = "350899"/' "$work/landport.conf" >"$work/moved.conf"
ok '... also when the settings say something else by now' "$landport" -c "$work/moved.conf" bundle rebuild --verify "$package"

# --- killed at each step of the delivery, the next run ends in the same folder ---
(cd "$out" && sha256sum -- *) >"$work/want"
e2e_fault
for point in deliver-file:1 deliver-file:2 deliver-renamed:1 publish-sent:1; do
    rm -rf "$work/sftp/credit/out"/*
    sql -c "DELETE FROM hub.delivery WHERE bundle_id = (SELECT bundle_id FROM hub.bundle WHERE agency = 'credit')" \
        -c "UPDATE hub.bundle SET state = 'closed', proof = NULL, published_at = NULL WHERE agency = 'credit'"
    FAULT=$point "$fault" -c "$work/landport.conf" run publish >>"$work/run.out" 2>>"$work/landport.log" || :
    is "killed at $point it is not published" "$(sql -c "SELECT state FROM hub.bundle WHERE agency = 'credit'")" closed
    hub run publish >>"$work/run.out" 2>>"$work/landport.log"
    (cd "$out" && sha256sum -- *) >"$work/got"
    same "... the next run ends in the same files" "$work/got" "$work/want"
    is '... and nothing else' "$(ls "$work/sftp/credit/out")" "$package"
done


# --- what was proven and fetched meanwhile is not sent again; the lock stays until the rest is there ---
again() { # AGENCY: its bundle as if it had not gone out yet
    sql -c "DELETE FROM hub.delivery WHERE bundle_id = (SELECT bundle_id FROM hub.bundle WHERE agency = '$1')" \
        -c "UPDATE hub.bundle SET state = 'closed', proof = NULL, published_at = NULL WHERE agency = '$1'"
}
publishes() { hub run publish >>"$work/run.out" 2>>"$work/landport.log"; }
killed() { FAULT=$1 "$fault" -c "$work/landport.conf" run publish >>"$work/run.out" 2>>"$work/landport.log" || :; }
cp -r "$out" "$work/sent"
for point in deliver-renamed:1 publish-sent:1; do
    again credit
    rm -rf "$out"
    killed $point
    rm -rf "$out"
    publishes
    is "the folder, fetched from a run killed at $point" "$(ls "$work/sftp/credit/out") $(
        sql -c "SELECT state, jsonb_array_length(proof -> 'files') FROM hub.bundle WHERE agency = 'credit'")" \
        " published|$(find "$work/sent" -type f | wc -l)"
done
again credit
rm -rf "$out"
killed deliver-whole:1
is 'killed before it has its name' "$(cd "$work/sftp/credit/out" && echo *)" "$package.part Token.lock"
publishes
(cd "$out" && sha256sum -- *) >"$work/got"
same '... it gets it' "$work/got" "$work/want"
box=$work/sftp/third/out
again third
rm -f "$box"/*
killed deliver-file:1
is 'one of two files is there, and the lock' "$(cd "$box" && echo *)" 'Busy.lock T2026030301.xml'
rm "$box/T2026030301.xml"
publishes
is '... it is fetched: the other comes' "$(ls "$box")" T2026030301.end.xml
again third
rm -f "$box"/*
echo "somebody else's" >"$box/T2026030301.end.xml"
publishes && echo published >"$box/published"
is 'one that cannot be sent: the lock stays' "$(cd "$box" && echo *)" 'Busy.lock T2026030301.end.xml T2026030301.xml'
rm "$box/T2026030301.end.xml" "$box/T2026030301.xml"
publishes
is '... and the next run sends that one alone' "$(ls "$box") $(
    sql -c "SELECT state, jsonb_array_length(proof -> 'files') FROM hub.bundle WHERE agency = 'third'")" 'T2026030301.end.xml published|2'
again third
rm -f "$box"/*
sql -c 'REVOKE INSERT ON hub.delivered_file FROM landport_job'
publishes && echo published >"$box/published"
is 'one that came over and could not be noted: the lock stays as well' "$(cd "$box" && echo *)" 'Busy.lock T2026030301.xml'
sql -c 'GRANT INSERT ON hub.delivered_file TO landport_job'
publishes
is '... until the next run has sent the rest' "$(cd "$box" && echo *)" 'T2026030301.end.xml T2026030301.xml'
ok '... once more, when a person says so' hub bundle republish T2026030301 --reason 'they lost it'
LANDPORT_NOW=2026-03-02T20:00:01Z
publishes
is '... all of it' "$(cd "$box" && echo *)" 'T2026030301.end.xml T2026030301.xml'

# --- it answers as CSV, by file and record, with codes that are words ---
sale=$(find "$out" -name 'SALE*.csv' | LC_ALL=C sort | tail -n 1)
sale=${sale##*/}
{
    echo 'fileName,recordNo,returnStatus,returnTime,returnInfo'
    echo "$sale,1,OK,20260303080000,"
    echo "$sale,2,E17,20260303080000,金额不符"
    echo "$sale,3,odd,20260303080000,"
    echo "$sale,9999,OK,20260303080000,"
    echo "$(unzip -Z1 "$work/sftp/customs/out/"*.zip 'messages/CEB303*' | head -n 1 | cut -d/ -f2),1,E17,20260303080000,customs' own"
} >"$work/sftp/credit/in/back.csv"
LANDPORT_NOW=2026-03-03T01:00:00Z
is 'what it says of what is not its own, or in no word of its own, is held' "$(night_status)" 65
is '... the rest is taken' "$(sql -c "SELECT string_agg(coalesce(record_no, '') || ' ' || effect || coalesce(' ' || code, ''), ', ' ORDER BY line) FROM hub.receipt")" \
    '1 applied, 2 applied, 3 held E6003, 9999 held E6005, 1 held E6005'
is '... of the documents that were meant' "$(sql -c "SELECT string_agg(o.order_no || ' ' || d.state, ', ' ORDER BY d.doc_no)
    FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE d.kind = 'SALE' AND d.state IS NOT NULL")" \
    "$(iconv -f GB18030 -t UTF-8 "$out/$sale" | awk -F, 'NR == 2 { a = $1 } NR == 3 { print a " accepted, " $1 " refused" }')"
is '... and of no other agency' "$(sql -c "SELECT count(*) FROM hub.document WHERE kind <> 'SALE' AND state IS NOT NULL")" 0

# --- ... by our keys, as a workbook ---
printf 'SALEKEY\tSALE\tkey\tyes\tno\tshared\t2020-01-01\tsite\n' >>"$formats/receipt_kind.tsv"
ok 'a kind of answer more: init takes it in' hub init
sql -c "SELECT o.issuer, o.order_no FROM hub.document d
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE d.kind = 'SALE' AND d.state IS NULL ORDER BY d.doc_no LIMIT 2" | tr "|" "\t" >"$work/asked.tsv"
/usr/bin/python3 - "$work/asked.tsv" "$work/sftp/credit/in/keys.xlsx" <<'END'
import sys
import openpyxl

book = openpyxl.Workbook()
sheet = book.active
sheet.append(["kind", "issuer", "number", "returnStatus", "returnTime", "returnInfo"])
for (issuer, number), status in zip((line.rstrip("\n").split("\t") for line in open(sys.argv[1])), ["OK", "E02"]):
    sheet.append(["SALEKEY", issuer, number, status, "20260303090000", ""])
sheet.append(["SALEKEY", "nobody", "X-1", "OK", "20260303090000", ""])
book.save(sys.argv[2])
END
is 'who has no such number is told' "$(night_status)" 65
is '... the others are found by issuer and number' "$(sql -c "SELECT string_agg(o.order_no || ' ' || d.state, ', ' ORDER BY d.doc_no)
    FROM hub.receipt r JOIN hub.document d USING (subject_hash, guid)
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row WHERE r.kind = 'SALEKEY'")" \
    "$(awk -F'\t' 'NR == 1 { a = $2 } NR == 2 { print a " accepted, " $2 " refused" }' "$work/asked.tsv")"
is '... X-1 is not' "$(sql -c "SELECT number || ' ' || effect || ' ' || code FROM hub.receipt WHERE kind = 'SALEKEY' AND subject_hash = 0")" 'X-1 held E6005'

# --- ... as XML of its own, whose XSD says what is what in it ---
cat >"$formats/saleback.xsd" <<'END'
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:lp="urn:landport:format">
  <xs:element name="SaleBack">
    <xs:annotation><xs:appinfo>
      <lp:message feed="receipt" document="Sale" loose="yes" answers="sale">
        <lp:map column="kind" value="SALEKEY"/>
        <lp:map element="seller" column="issuer"/>
        <lp:map element="code" column="returnStatus"/>
        <lp:map element="at" column="returnTime"/>
      </lp:message>
    </xs:appinfo></xs:annotation>
    <xs:complexType><xs:sequence>
      <xs:element name="Sale" maxOccurs="unbounded"><xs:complexType><xs:sequence>
        <xs:element name="seller"/><xs:element name="number"/><xs:element name="code"/><xs:element name="at"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType>
  </xs:element>
</xs:schema>
END
awk -F'\t' 'BEGIN { print "<SaleBack>" } END { print "</SaleBack>" }
    NR == 2 { print "<Sale><at>20260303093000</at><code>E03</code><seller>" $1 "</seller><number>" $2 "</number></Sale>" }' "$work/asked.tsv" \
    >"$work/sftp/credit/in/back.xml"
is 'an answer in XML: nothing else has to know of it' "$(night_status >/dev/null
    sql -c "SELECT number || ' ' || return_status || ' ' || effect FROM hub.receipt WHERE return_time = '20260303093000'")" "$(sed -n '2s/.*\t\(.*\)/\1 E03 applied/p' "$work/asked.tsv")"

# --- ... of a file as a whole ---
printf 'SALEFILE\tSALE\tmessage\tno\tno\tshared\t2020-01-01\tsite\nANYBACK\t\tkey\tyes\tno\tshared\t2020-01-01\tsite\n' >>"$formats/receipt_kind.tsv"
ok 'an answer to a file as a whole: init takes it in' hub init
first=$(find "$out" -name 'SALE*.csv' | LC_ALL=C sort | head -n 1)
first=${first##*/}
whole() { # FILE STATUS
    { echo 'kind,fileName,returnStatus,returnTime' && echo "SALEFILE,$1,$2,20260303083000"; } >"$work/sftp/credit/in/$2.csv"
}
whole "$sale" OK
whole NOSUCH.csv E04
whole "$first" E03
night_status >"$work/status"
is 'taken as a whole says nothing, refused is a person'"'"'s, and so is a file that is none of ours' "$(sql -c "SELECT return_status, effect, code
    FROM hub.receipt WHERE kind = 'SALEFILE' ORDER BY 1")" "$(printf 'E03|held|E6002\nE04|held|E6005\nOK|kept|')"
is '... what it held and was not answered is not declared' "$(sql -c "SELECT m.name, count(*) FILTER (WHERE d.state IS NULL) = 0,
        count(*) FILTER (WHERE d.state = 'refused' AND d.state_at = '20260303083000000') > 3
    FROM hub.message_span m JOIN hub.document d ON d.bundle_id = m.bundle_id AND d.kind = m.kind AND d.doc_no > m.before
        AND d.doc_no <= m.before + m.documents
    WHERE m.name LIKE '%$first' GROUP BY 1")" "$first|t|t"
is '... and its partners hear of each once, however many answers might have spoken of it' "$(cat "$work"/sftp/LYPLAT01/out/feedback-*.csv | grep 20260303083000 |
    LC_ALL=C sort | uniq -c | awk '{ n[$1 == 1]++ } END { print (n[1] > 3), n[0] + 0 }')" '1 0'
is '... status says what helps' "$(hub status --json | jq -r '.. | objects | .next? // empty' | grep -F "$first" | head -n 1)" "landport bundle resend $first --reason \"…\""

# --- a message waits for what its section held says ---
cp "$extracts/sale.sql" "$work/sale.sql"
sale_with() { # SECTIONS: the extract file with these too
    { cat "$work/sale.sql" && printf '\n%s\n' "$1"; } >"$extracts/sale.sql"
}
ready() { sql -c "SELECT agency, held, count(*) FROM hub.ready WHERE what = 'trade' GROUP BY 1, 2 ORDER BY 1, 2"; }
of_credit() { sql -c "SELECT count(*) FROM hub.document d JOIN hub.bundle b USING (bundle_id) WHERE b.agency = 'credit' AND b.business_date = '$1'"; }
waits="-- held
SELECT t.subject_hash, t.row_id FROM things_now t
WHERE (SELECT current_setting('hub.sender_no')) = '350800'
  AND NOT EXISTS (SELECT 1 FROM hub.document d WHERE d.subject_hash = t.subject_hash AND d.kind = 'CEB603' AND d.state = 'accepted')"
sale_with "$waits"
echo 'order = "accepted"' >>"$formats/agency.conf" # of kinds that none must precede, which asks for nothing
ok 'check asks for it' hub check
"$landport" sample --orders 12 --seed 6 --date 20260303 --dir "$work/next" >/dev/null
upload_day "$work/next"
LANDPORT_NOW=2026-03-03T20:00:00Z
night_status >"$work/status"
held=$(sql -c "SELECT count(*) FROM hub.ready WHERE agency = 'credit' AND what = 'trade' AND held")
ok "sales wait for customs ($held)" test "$held" -gt 5
is '... all of them, and customs have theirs' "$(ready)" "credit|t|$held"
sql -c "UPDATE hub.document SET state = 'accepted' WHERE guid IN (
    SELECT d.guid FROM hub.document d JOIN hub.ready r USING (subject_hash) WHERE r.agency = 'credit' AND d.kind = 'CEB603' ORDER BY d.doc_no LIMIT 3)"
LANDPORT_NOW=2026-03-04T20:00:00Z
night_status >"$work/status"
is 'what is accepted goes, the others wait' "$(of_credit 20260305) $(ready)" "3 credit|t|$((held - 3))"

# --- ... one that cannot be asked costs its kind alone ---
line=$(($(wc -l <"$work/sale.sql") + 2))
sale_with '-- held
SELECT subject_hash, row FROM things_now'
hub check >"$work/heard" 2>&1 || :
ok 'check says where it is wrong' grep -q "sale.sql:$line: held.*row" "$work/heard"
"$landport" sample --orders 4 --seed 7 --date 20260305 --dir "$work/third" >/dev/null
upload_day "$work/third"
LANDPORT_NOW=2026-03-05T20:00:00Z
: >"$work/landport.log"
is 'a night with a section held that fails ends with 65' "$(night_status)" 65
ok '... it says where' grep -q "sale.sql:$line: held, SALE to credit" "$work/landport.log"
ok '... customs have their bundle' test "$(sql -c "SELECT count(*) FROM hub.document d JOIN hub.bundle b USING (bundle_id)
    WHERE b.agency = 'customs' AND b.business_date = '20260306' AND kind = 'CEB603'")" -gt 0
is '... what waited waits' "$(ready)" "credit|t|$((held - 3))"
cp "$work/sale.sql" "$extracts/sale.sql"
LANDPORT_NOW=2026-03-06T20:00:00Z
night_status >"$work/status"
is 'without the section nothing waits' "$(of_credit 20260307) $(ready)" "$((held - 3)) "

# --- what a message asks for after its answers belongs to them ---
sale_with "-- answered
SELECT 1 / (hashtext(kind) - hashtext('SALE')) FROM answered_now"
last=$(sql -c "SELECT name FROM hub.message_span WHERE kind = 'SALE' ORDER BY bundle_id DESC LIMIT 1")
answers() { printf 'kind,fileName,recordNo,returnStatus,returnTime\nSALEBACK,%s,%s,OK,20260307080000\n' "${last##*/}" "$1"; }
answers 1 >"$work/sftp/credit/in/back2.csv"
LANDPORT_NOW=2026-03-07T01:00:00Z
night_status >"$work/status"
night_status >"$work/status"
is 'receipts whose section answered fails are not applied' "$(sql -c "SELECT state, code FROM hub.batch WHERE name = 'back2.csv'") $(
    sql -c "SELECT count(*) FROM hub.receipt WHERE return_time = '20260307080000000'")" 'held|E1061 0'
cp "$work/sale.sql" "$extracts/sale.sql"
answers 2 >"$work/sftp/credit/in/back3.csv"
night_status >"$work/status"
is '... without it they are' "$(sql -c "SELECT state FROM hub.document WHERE receipt_id = (SELECT row_id FROM hub.receipt
    JOIN hub.batch USING (batch_id) WHERE name = 'back3.csv')")" accepted

# --- what it was told of is voided: status says that no message tells it, and one that does takes it ---
voided=$(sql -c "SELECT o.order_no FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE d.kind = 'SALE' AND d.state = 'accepted' ORDER BY d.bundle_id, d.doc_no LIMIT 1")
sed '1s/^\xef\xbb\xbf//' "$work"/day/LYPLAT01/ORDER_*.csv | sed -n "1s/^/appType,/p; /,$voided,/s/^/3,/p" >"$(inbox LYPLAT01 order void)"
LANDPORT_NOW=2026-03-08T20:00:00Z
night_status >"$work/status"
is 'a void that no line speaks of stands in status' "$(hub status --json | jq -r '.voids[] | select(.agency == "credit") | "\(.orders) \(.number) \(.next)"')" \
    "1 $voided a line of asked_message.tsv says which message withdraws it"
format salevoid '<lp:written as="csv" header="names"/>' \
    "<xs:element name=\"Sale\" maxOccurs=\"1000\"><xs:complexType><xs:sequence>$(leaf saleNo xs:string 销售编号)</xs:sequence></xs:complexType></xs:element>"
cat >"$extracts/salevoid.sql" <<'END'
-- SALEVOID: sales that are no more.

-- prepare
SELECT 1 / length((SELECT current_setting('hub.sender_no')));
CREATE TEMP TABLE once ON COMMIT DROP AS SELECT 1 AS one

-- documents
SELECT subject_hash, issuer, number, ''::text AS part_key, NULL::bigint AS order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row, row_id AS source_row, NULL::bigint AS content, NULL::text AS currency, NULL::numeric AS amount
FROM things_now CROSS JOIN once WHERE what = 'void'

-- level: Sale
SELECT d.doc_no, o.order_no AS sale_no
FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'SALEVOID'
ORDER BY d.doc_no
END
sed -i 's/messages = {"SALE"}/messages = {"SALE", "SALEVOID"}/' "$formats/agency.conf"
printf 'void\t\t\tSALEVOID\t2020-01-01\tsite\n' >>"$formats/asked_message.tsv"
ok 'a message for it: init takes its line' hub init
LANDPORT_NOW=2026-03-09T20:00:00Z
night_status >"$work/status"
is '... it goes out with it' "$(cat "$work/sftp/credit/out"/*/SALEVOID*.csv | tr -d '\r' | paste -sd ' ') $(sql -c "SELECT agency, what FROM hub.ready WHERE agency = 'credit'")" \
    "saleNo $voided "

# --- a list that is over at customs: they are not told of its void, and it is all the same ---
# shellcheck source=tests/e2e/receipts.sh
. tests/e2e/receipts.sh
nth_trade=0
use 0
stands() {
    sql -c "SELECT count(*) FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
            WHERE d.kind = 'SALE' AND d.state IS DISTINCT FROM 'refused' AND o.order_no = '$order'"
}
until [ "$order" != "$voided" ] && grep -q ",$order," "$work"/day/LYPLAT01/ORDER_*.csv && [ "$(stands)" = 1 ]; do
    nth_trade=$((nth_trade + 1))
    use "$nth_trade"
    [ -n "$order" ] || break
done
sed '1s/^\xef\xbb\xbf//' "$work"/day/LYPLAT01/ORDER_*.csv | sed -n "1s/^/appType,/p; /,$order,/s/^/3,/p" >"$(inbox LYPLAT01 order void2)"
LANDPORT_NOW=2026-03-10T12:00:00Z
hub run pickup ingest >>"$work/run.out" 2>>"$work/landport.log"
message CEB604 "<ceb:InventoryReturn>$(tags guid=A "copNo=$cop" "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" preNo=B20260310000000001 invtNo=37062026E000000001 returnStatus=899 returnTime=20260310195500123 'returnInfo=x')</ceb:InventoryReturn>"
LANDPORT_NOW=2026-03-10T20:00:00Z
night_status >"$work/status"
is 'a void that comes too late for one agency is for a person' "$(sql -c "SELECT code FROM hub.trade_break WHERE order_no = '$order'")" E5069
is '... the other is told' "$(tr -d '\r' <"$(find "$work/sftp/credit/out" -name 'SALEVOID*.csv' | LC_ALL=C sort | tail -n 1)" | paste -sd ' ') $(
    sql -c "SELECT agency, what FROM hub.ready WHERE agency = 'credit'")" "saleNo $order "

# --- what was withdrawn comes again, and is withdrawn again ---
sed '1s/^\xef\xbb\xbf//' "$work"/day/LYPLAT01/ORDER_*.csv | sed -n "1s/^/appType,/p; /,$voided,/s/^/1,/p" >"$(inbox LYPLAT01 order again)"
LANDPORT_NOW=2026-03-11T20:00:00Z
night_status >"$work/status"
newest() { find "$work/sftp/credit/out" -name "$1" | LC_ALL=C sort | tail -n 1; }
versions() {
    sql -c "SELECT max(version), count(*) FROM hub.document d WHERE kind = '$1' AND subject_hash = (
        SELECT subject_hash FROM hub.trade_order WHERE order_no = '$voided' LIMIT 1)"
}
is 'an order that comes again is told again' "$(versions SALE)" '2|2'
{
    sed '1s/^\xef\xbb\xbf//' "$work"/day/LYPLAT01/ORDER_*.csv | sed -n "1s/^/appType,/p; /,$voided,/s/^/3,/p"
    echo
} >"$(inbox LYPLAT01 order void3)"
LANDPORT_NOW=2026-03-12T20:00:00Z
night_status >"$work/status"
is '... and its second void too, which was made of nothing but another row' "$(tr -d '\r' <"$(newest 'SALEVOID*.csv')" | paste -sd ' ') $(versions SALEVOID)" "saleNo $voided 2|2"
done_testing
