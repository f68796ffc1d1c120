#!/bin/sh
# An agency that takes tables: a list as CSV in GB18030, a form as a workbook filled into its own template. Its formats and
# queries lie in a site folder; what comes of them is verified, read by other programs, and rebuilt byte for byte.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
mkdir -p "$work/site/formats/tax" "$work/site/sql/extract/tax" "$work/sftp/tax/in" "$work/sftp/tax/out" "$work/sftp/tax/done"

# --- the formats: what they say differs from a message in XML by lp:written and lp:cell ---
leaf() { # NAME TYPE TITLE [REMARK]
    printf '<xs:element name="%s" type="%s" minOccurs="0"><xs:annotation><xs:documentation>%s</xs:documentation>' "$1" "$2" "$3"
    [ -z "${4-}" ] || printf '<xs:appinfo>%s</xs:appinfo>' "$4"
    printf '</xs:annotation></xs:element>'
}
node() { # NAME ATTRIBUTES BODY
    printf '<xs:element name="%s" %s><xs:complexType><xs:sequence>%s</xs:sequence></xs:complexType></xs:element>' "$1" "$2" "$3"
}
format() { # NAME WRITTEN BODY
    printf '<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:lp="urn:landport:format">
<xs:element name="%s"><xs:annotation><xs:documentation>%s</xs:documentation><xs:appinfo><lp:written %s/></xs:appinfo></xs:annotation>
<xs:complexType><xs:sequence>%s</xs:sequence></xs:complexType></xs:element></xs:schema>\n' "$1" "$1" "$2" "$3" >"$work/site/formats/tax/$1.xsd"
}
order_lines=$(node Order 'maxOccurs="20"' \
    "$(node Head '' "$(leaf orderNo xs:string 订单编号)$(leaf ebcName xs:string 企业名称)")$(node Line 'maxOccurs="100"' \
        "$(leaf gnum xs:integer 序号)$(leaf itemName xs:string 商品名称)$(leaf totalPrice xs:decimal 总价)")")
format taxlist 'as="csv" charset="GB18030" header="titles" suffix="txt"' "$order_lines"
format taxform 'as="xlsx" template="form.xlsx" sheet="表" start="A4"' \
    "$(leaf zone xs:string 综试区 '<lp:cell at="B2"/>')$(node Order 'maxOccurs="15"' \
        "$(leaf orderNo xs:string 订单编号)$(leaf goodsValue xs:decimal 货款 '<lp:cell column="C"/>')")"
rows() { # KIND COLUMNS FROM ORDER
    cat <<END
SELECT d.doc_no, $2
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row $3
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = '$1'
ORDER BY $4
END
}
for kind in TAXLIST TAXFORM; do
    name=$(echo "$kind" | tr '[:upper:]' '[:lower:]')
    {
        echo '-- documents'
        sed -n '/^SELECT subject_hash/,/^WHERE/p' sql/extract/customs/ceb303.sql | sed "s/CEB303/$kind/"
        case $kind in
        TAXLIST)
            printf '\n-- level: Order/Head\n' && rows $kind 'o.order_no, o.ebc_name' '' d.doc_no
            printf '\n-- level: Order/Line\n' && rows $kind 'i.gnum, i.item_name, i.total_price' \
                'JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row' 'd.doc_no, i.gnum'
            ;;
        TAXFORM)
            printf "\n-- level:\nSELECT message_no, (SELECT current_setting('hub.zone')) AS zone FROM hub.message
                WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND kind = 'TAXFORM' ORDER BY message_no\n"
            printf '\n-- level: Order\n' && rows $kind 'o.order_no, o.goods_value' '' d.doc_no
            ;;
        esac
    } >"$work/site/sql/extract/tax/$name.sql"
done
/usr/bin/python3 - "$work/site/formats/tax/form.xlsx" <<'END'
import sys
from openpyxl import Workbook
from openpyxl.styles import Font, Border, Side

book = Workbook()
book.active.title = "说明"
book.active["A1"] = "填表说明"
sheet = book.create_sheet("表")
sheet["A1"] = "跨境电商报送表"
sheet["A1"].font = Font(bold=True, size=16)
sheet.merge_cells("A1:C1")
sheet["A2"] = "综试区"
sheet.append(["订单编号", "备注", "货款"])
for column in "ABC":
    sheet[column + "4"].border = Border(bottom=Side(style="thin"))
sheet["C4"].number_format = "#,##0.00"
sheet["A5"] = "以上属实。"
sheet.merge_cells("A5:C5")
book.save(sys.argv[1])
END
sed -n '/^agency "customs"/,/^}/p' "$work/landport.conf" | sed 's/agency "customs"/agency "tax"/
    s/messages = {[^}]*}/messages = {"TAXLIST", "TAXFORM"}/; s,sftp/customs/,sftp/tax/,g' >"$work/tax"
cat "$work/tax" >>"$work/landport.conf"
sed -i '1i formats { site = "site" }' "$work/landport.conf"
sql -c "INSERT INTO hub.asked_message (what, trade_mode, ie_flag, kind, valid_from, source)
        SELECT 'trade', '9610', 'E', kind, '2014-02-10', 'site' FROM (VALUES ('TAXLIST'), ('TAXFORM')) k (kind)"

ok 'check takes the formats' hub check
cp "$work/landport.conf" "$work/good.conf"
# wrong SAID FILE SED…: with that change check says so, and does not without
wrong() {
    said=$1 file=$2
    shift 2
    cp "$file" "$work/kept.file"
    sed -i "$@" "$file"
    hub check >"$work/heard" 2>&1 && echo 'check is content' >>"$work/heard"
    cp "$work/kept.file" "$file"
    ok "check: $said" grep -q -- "$said" "$work/heard"
}
wrong 'can neither bear a signature nor lie in an envelope' "$work/landport.conf" \
    '/^agency "tax"/,/^}/s,^    sign .*,&\n message-sign { messages = {"TAXLIST"} method = "rsa-sha1" key = "keys/zone.key" cert = "keys/zone.crt" key-name = "1" },'
wrong 'an agency with an envelope takes XML messages alone' "$work/landport.conf" \
    '/^agency "tax"/,/^}/s,^    sign .*,&\n envelope { format = "dxpmsg" sender = "A" receivers = {"B"} },'
wrong 'there is no sheet' "$work/site/formats/tax/taxform.xsd" 's/sheet="表"/sheet="没有"/'
wrong 'cannot be read as a workbook' "$work/site/formats/tax/taxform.xsd" 's/form.xlsx/nowhere.xlsx/'
wrong 'charset="BIG5" of lp:written' "$work/site/formats/tax/taxlist.xsd" 's/GB18030/BIG5/'
wrong 'there is no such element' "$work/site/sql/extract/tax/taxlist.sql" 's,Order/Line,Order/Lines,'

# --- a night ---
"$landport" sample --orders 40 --seed 5 --date 20260302 --dir "$work/day" >/dev/null
upload_day "$work/day"
night=$(night_status)
ok "a night ($night)" test "$night" -eq 0 -o "$night" -eq 65
bundle=$(sql -c "SELECT name FROM hub.bundle WHERE agency = 'tax'")
ok 'the bundle is there' test -s "$work/sftp/tax/out/$bundle"
ok '... is what it should be' hub bundle verify "$bundle"
mkdir "$work/b"
unzip -q "$work/sftp/tax/out/$bundle" -d "$work/b"
is '... has as many files as its documents fill' "$(cd "$work/b/messages" && printf '%s\n' * | sed 's/_.*\./ /' | sort | uniq -c | sed 's/^ *//')" \
    "$(sql -c "SELECT ceil(count(*) / 15.0) || ' TAXFORM xlsx' FROM hub.document WHERE kind = 'TAXFORM'")
$(sql -c "SELECT ceil(count(*) / 20.0) || ' TAXLIST txt' FROM hub.document WHERE kind = 'TAXLIST'")"
/usr/bin/python3 - "$work/b/messages" >"$work/got" <<'END'
import csv, glob, sys
from openpyxl import load_workbook

for name in glob.glob(sys.argv[1] + "/TAXLIST_*.txt"):
    with open(name, encoding="gb18030", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            print("line", row["订单编号"], row["企业名称"], row["序号"], row["商品名称"], row["总价"], sep="|")
for name in glob.glob(sys.argv[1] + "/TAXFORM_*.xlsx"):
    sheet = load_workbook(name)["表"]
    last = sheet.max_row
    assert sheet["A1"].value == "跨境电商报送表" and sheet["A1"].font.b, "title"
    assert sheet["B2"].value == "LY", "zone"
    assert sheet.cell(last, 1).value == "以上属实。", "what stands below"
    assert f"A{last}:C{last}" in [str(m) for m in sheet.merged_cells.ranges], "merged cells"
    for row in sheet.iter_rows(min_row=4, max_row=last - 1):
        assert row[2].number_format == "#,##0.00" and row[1].border.bottom.style == "thin", "formats"
        print("form", row[0].value, f"{row[2].value:.2f}", sep="|")
END
sql -F '|' -c "SELECT 'line', o.order_no, o.ebc_name, i.gnum, i.item_name, i.total_price
               FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
               JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row WHERE d.kind = 'TAXLIST'" \
    -c "SELECT 'form', o.order_no, round(o.goods_value, 2)
        FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row WHERE d.kind = 'TAXFORM'" |
    LC_ALL=C sort >"$work/want"
LC_ALL=C sort -o "$work/got" "$work/got"
same 'other programs read what our rows say' "$work/got" "$work/want"
ok '... which are some' grep -q '^line|' "$work/got"
ok 'it is rebuilt byte for byte' hub bundle rebuild --verify "$bundle"

# --- what a message says that is no longer what it was ---
message=$(cd "$work/b" && printf '%s\n' messages/TAXLIST_*.txt | head -n 1)
sed -i '$d' "$work/b/$message"
(cd "$work/b" && zip -q "$work/damaged.zip" manifest.xml manifest.xml.p7s messages/*)
hub bundle verify "$work/damaged.zip" --cert "$work/keys/zone.crt" >"$work/heard" 2>&1 || :
ok 'a line that is missing shows' grep -q "$message: .*, should be" "$work/heard"

# --- a character that the agency's charset does not have: that document alone waits ---
sed -i 's/charset="GB18030"/charset="GBK"/' "$work/site/formats/tax/taxlist.xsd"
LANDPORT_NOW=2026-03-03T20:00:00Z
"$landport" sample --orders 20 --seed 6 --date 20260303 --dir "$work/day2" >/dev/null
/usr/bin/python3 - "$work"/day2/LYPLAT01/ORDER_* <<'END'
import csv, sys

with open(sys.argv[1], newline="", encoding="utf-8-sig") as file:
    rows = list(csv.DictReader(file))
for row in rows[::4]:
    row["itemName"] = "𠀀" + row["itemName"]
with open(sys.argv[1], "w", newline="", encoding="utf-8") as file:
    out = csv.DictWriter(file, rows[0].keys())
    out.writeheader()
    out.writerows(rows)
END
upload_day "$work/day2"
is 'a night with what GBK cannot say' "$(night_status)" 65
second="(SELECT max(bundle_id) FROM hub.bundle WHERE agency = 'tax')"
rare=$(sql -c "SELECT string_agg(DISTINCT o.order_no, ' ' ORDER BY o.order_no) FROM hub.document d
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row
    WHERE d.kind = 'TAXFORM' AND d.bundle_id = $second AND i.item_name ~ '𠀀'")
is '... sets aside the orders that have it, and no others' \
    "$(sql -c "SELECT string_agg(number, ' ' ORDER BY number) FROM hub.aside WHERE kind = 'TAXLIST' AND state = 'aside'")" "$rare"
ok '... which are some' test -n "$rare"
is '... all others went out' "$(sql -c "SELECT count(*) FILTER (WHERE kind = 'TAXLIST') FROM hub.document WHERE bundle_id = $second")" \
    "$(sql -c "SELECT count(*) - $(echo "$rare" | wc -w) FROM hub.document WHERE kind = 'TAXFORM' AND bundle_id = $second")"
bundle=$(sql -c "SELECT name FROM hub.bundle WHERE bundle_id = $second")
ok '... in a bundle that is good' hub bundle verify "$bundle"
ok '... and the same again' hub bundle rebuild --verify "$bundle"
done_testing
