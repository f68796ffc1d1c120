#!/bin/sh
# The same payments in every form a partner may send: each is taken, and after the first one counts
# as repeated. Faults that only one form knows come back in a form that spreadsheets open.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/forms.sh
. tests/e2e/forms.sh

reject_limit='50%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/plain.csv"
rows=$(($(wc -l <"$work/plain.csv") - 1))
in=$work/sftp/LYPAY01/in
out=$work/sftp/LYPAY01/out

# answered NAME: a night; then state, accepted, repeated, rejected of that file.
answered() {
    hub run >>"$work/run.out" 2>>"$work/landport.log" || [ $? -eq 65 ] || die "the run ended with $?"
    for element in state accepted repeated rejected; do
        xmllint --xpath "string(/*/*[local-name() = '$element'])" "$out/$1.ack.xml" | tr '\n' ' '
    done
}

# --- workbooks ---
head -n 11 "$work/plain.csv" | sheet 2 >"$work/first.xml"
{
    # the second sheet has its columns in another order
    sed -n 1p "$work/plain.csv"
    sed -n '12,$p' "$work/plain.csv"
} | awk -F, -v OFS=, '{ t = $1; $1 = $3; $3 = t; print }' | sheet 0 >"$work/second.xml"
echo '注意,此表无数据' | sheet 0 >"$work/notes.xml"
workbook "$in/PAYMENT_book.xlsx" "$work/first.xml" "$work/notes.xml" "$work/second.xml"
is 'a workbook with titles, a sheet of notes and columns moved' "$(answered PAYMENT_book.xlsx)" "loaded $rows 0 0 "

sed '3s/^\([^,]*,[^,]*\),[^,]*/\1,1.23E+17/' "$work/plain.csv" | sheet 0 >"$work/float.xml"
workbook "$in/PAYMENT_float.xlsx" "$work/float.xml"
is 'a long number that became a floating-point one is refused' \
    "$(answered PAYMENT_float.xlsx)" "loaded 0 $((rows - 1)) 1 "
rejects=$out/PAYMENT_float.xlsx.rejects.xlsx
# cells FILE FROM: its sheet's rows from there on, cells parted by |; a cell that is no text says so
cells() {
    /usr/bin/python3 -c '
import sys
import openpyxl
for row in openpyxl.load_workbook(sys.argv[1]).active.iter_rows(min_row=int(sys.argv[2])):
    print("|".join("" if c.value is None else c.value if c.data_type == "s" else c.data_type + "?" for c in row))' "$1" "$2"
}
is '... its row comes back as a workbook, all cells of text' "$(cells "$rejects" 2 | cut -d'|' -f3,9,15-17)" \
    "1.23E+17|$(sed -n 3p "$work/plain.csv" | cut -d, -f9)|3|payNo|E2021"
is '... under its own columns and ours' "$(cells "$rejects" 1 | head -n 1 | cut -d'|' -f1-14)|$(cells "$rejects" 1 | head -n 1 | cut -d'|' -f15-)" \
    "$(sed -n 1p "$work/plain.csv" | tr , '|')|_line|_column|_code|_message"
cp "$rejects" "$in/PAYMENT_float.xlsx.rejects.xlsx"
is '... uploaded as it is, it comes back once more' "$(answered PAYMENT_float.xlsx.rejects.xlsx)" 'loaded 0 0 1 '
ok '... under a name that does not grow' test -s "$out/PAYMENT_float.xlsx.rejects.2.xlsx"
is '... with its own columns and ours once, and the line it has now' \
    "$(cells "$out/PAYMENT_float.xlsx.rejects.2.xlsx" 1 | cut -d'|' -f1-14,15-17,19-)" \
    "$(cells "$rejects" 1 | sed 's/|3|payNo|/|2|payNo|/' | cut -d'|' -f1-17)"

# openpyxl: merged titles, a column and rows left empty, the other date system, dates that are dates,
# the rest of the rows on another sheet behind one of notes
openpyxl() { # FILE EPOCH: the CSV on standard input
    /usr/bin/python3 -c '
import csv, datetime, sys
import openpyxl
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
rows = list(csv.reader(sys.stdin))
book = openpyxl.Workbook()
book.epoch = {"1904": MAC_EPOCH, "1900": WINDOWS_EPOCH}[sys.argv[2]]
def fill(sheet, at, rows):
    for row in rows:
        for i, text in enumerate(row):
            cell = sheet.cell(row=at, column=i + 2)
            if i == 8 and text[:1].isdigit():
                cell.value = float(text)
            elif i == 10 and text.isdigit():
                cell.value = datetime.datetime.strptime(text, "%Y%m%d%H%M%S")
                cell.number_format = "yyyy-mm-dd hh:mm:ss"
            else:
                cell.value = text
                cell.number_format = "@"
        at += 1
first = book.active
first["B1"] = "三月份收款"
first.merge_cells("B1:G1")
fill(first, 4, rows[:8])
fill(first, 14, rows[8:12])
book.create_sheet("说明")["A1"] = "金额单位：元"
fill(book.create_sheet("续"), 1, rows[:1] + rows[12:])
book.save(sys.argv[1])' "$@"
}
for epoch in 1900 1904; do
    openpyxl "$in/PAYMENT_py$epoch.xlsx" $epoch <"$work/plain.csv"
    is "as openpyxl writes it, dates since $epoch" "$(answered PAYMENT_py$epoch.xlsx)" "loaded 0 $rows 0 "
done

# a column that only the second sheet has is read there; what stands in its place on the first is told as before
head -n 11 "$work/plain.csv" | cut -d, -f1-13 | awk -F, -v OFS=, '{ print $0, NR == 3 ? "?" : "" }' | sheet 0 >"$work/less.xml"
sed -n '1p;12,$p' "$work/plain.csv" | awk -F, -v OFS=, 'NR == 5 { $14 = "A\342\200\256B" } 1' | sheet 0 >"$work/more.xml"
workbook "$in/PAYMENT_more.xlsx" "$work/less.xml" "$work/more.xml"
is 'a second sheet with a column more' "$(answered PAYMENT_more.xlsx)" "loaded 0 $((rows - 2)) 2 "
is '... has it read' "$(sql -c "SELECT r.line, r.column_name, r.code FROM hub.reject r JOIN hub.batch b USING (batch_id)
    WHERE b.name = 'PAYMENT_more.xlsx' ORDER BY 1")" "3||E3081
20000005|note|E2019"
# a second sheet that has a column nobody knows, and a value beside a table's last column
awk -F, -v OFS=, '{ print $0, NR == 1 ? "colour" : "red" }' "$work/plain.csv" | sheet 0 >"$work/colour.xml"
workbook "$in/PAYMENT_colour.xlsx" "$work/first.xml" "$work/colour.xml"
is 'a second sheet with an unknown column says so' "$(answered PAYMENT_colour.xlsx)" "loaded 0 $((rows + 10)) 1 "
is '... where' "$(sql -c "SELECT r.line, r.code, hub.line_place(b.sheets, r.line) FROM hub.reject r JOIN hub.batch b USING (batch_id)
    WHERE b.name = 'PAYMENT_colour.xlsx'")" '20000001|E3007|S2!1'
is '... and what the first sheet would say' "$(sql -c "SELECT r.seen, r.want FROM hub.reject r JOIN hub.batch b USING (batch_id)
    WHERE b.name = 'PAYMENT_colour.xlsx'")" '*** (column 15)|'
is '... by the name of the sheet' "$(cells "$out/PAYMENT_colour.xlsx.rejects.xlsx" 2 | grep -o 'S2!1|[^|]*|E3007')" 'S2!1||E3007'
awk -F, -v OFS=, '{ print $0, "", NR == 4 ? "?" : "" }' "$work/plain.csv" | sheet 0 >"$work/beside.xml"
workbook "$in/PAYMENT_beside.xlsx" "$work/beside.xml"
is 'a value in a column without a name is not dropped' "$(answered PAYMENT_beside.xlsx)" "loaded 0 $((rows - 1)) 1 "
workbook "$in/PAYMENT_beside2.xlsx" "$work/first.xml" "$work/beside.xml"
is '... nor on a later sheet' "$(answered PAYMENT_beside2.xlsx)" "loaded 0 $((rows + 9)) 1 "
is '... in the same words' "$(sql -c "SELECT b.name, r.code, r.want FROM hub.reject r JOIN hub.batch b USING (batch_id)
    WHERE b.name ~ '^PAYMENT_beside' ORDER BY 1")" 'PAYMENT_beside.xlsx|E3081|16
PAYMENT_beside2.xlsx|E3081|16'
is 'the ack of a workbook names its sheets, and no charset' "$(for what in sheets charset delimiter; do
    xmllint --xpath "string(/*/*[local-name() = '$what'])" "$out/PAYMENT_beside2.xlsx.ack.xml"; done | paste -s -d ' ')" 'S1, S2  '

# what a person does not see, or did not mean
sheet 0 <"$work/plain.csv" >"$work/seen.xml"
sed 's/,\(LY[0-9]*\),/,OLD\1,/' "$work/plain.csv" | sheet 0 >"$work/old.xml"
for state in hidden veryHidden; do
    workbook "$in/PAYMENT_$state.xlsx" "$work/seen.xml" "$work/old.xml"
    (cd "$work/book" && sed -i "s/sheetId=\"2\"/sheetId=\"2\" state=\"$state\"/" xl/workbook.xml && zip -q "$in/PAYMENT_$state.xlsx" xl/workbook.xml)
    is "rows of a sheet that is $state are not loaded" "$(answered "PAYMENT_$state.xlsx")" "loaded 0 $rows 0 "
    ok '... and that is said' grep -q 'E3088\|隐藏的工作表未载入（实际：S2）' "$out/PAYMENT_$state.xlsx.ack.xml"
done
sed -i 's/sheetId="1"/sheetId="1" state="hidden"/' "$work/book/xl/workbook.xml"
cp "$in/../done/PAYMENT_veryHidden.xlsx" "$in/PAYMENT_none.xlsx"
(cd "$work/book" && zip -q "$in/PAYMENT_none.xlsx" xl/workbook.xml)
is 'where all are hidden, a person looks' "$(answered PAYMENT_none.xlsx)" 'held 0 0 0 '
is '... why' "$(sql -c "SELECT code, seen FROM hub.batch WHERE name = 'PAYMENT_none.xlsx'")" 'E3088|S1, S2'
printf '' | sheet 0 >"$work/nothing.xml"
workbook "$in/PAYMENT_nothing.xlsx" "$work/nothing.xml"
is 'a workbook of nothing' "$(answered PAYMENT_nothing.xlsx)" 'held 0 0 0 '
# a sheet of another feed is told; notes, columns without rows and what is empty are not
hub format template logistics 2>>"$work/landport.log" | cut -d, -f 1-20 >"$work/other.csv"
{ tr -d '\r' <"$work/other.csv" | sed 's/^\xEF\xBB\xBF//'; echo '1,350898L001,龙岩速运,SY1'; } | sheet 0 >"$work/other.xml"
head -n 1 "$work/other.csv" | tr -d '\r' | sed 's/^\xEF\xBB\xBF//' | sheet 0 >"$work/columns.xml"
printf '说明\n金额单位：元\n' | sheet 0 >"$work/notes.xml"
workbook "$in/PAYMENT_two.xlsx" "$work/seen.xml" "$work/nothing.xml" "$work/other.xml" "$work/columns.xml" "$work/notes.xml"
is 'a sheet of another feed: its own rows are loaded' "$(answered PAYMENT_two.xlsx)" "loaded 0 $rows 0 "
is '... and that one is told' "$(sql -c "SELECT n ->> 'code', n ->> 'seen', n ->> 'want' FROM hub.batch, jsonb_array_elements(notices) n WHERE name = 'PAYMENT_two.xlsx'")" \
    'E3126|S3|LOGISTICS_… (物流运单)'
is '... in both languages' "$(grep -c '该工作表看来是另一类数据（应作为 LOGISTICS_… (物流运单)），未载入（实际：S3）\|looks like another feed (LOGISTICS_… (物流运单)) and was not loaded (seen: S3)' "$out/PAYMENT_two.xlsx.ack.xml")" 2
sed 's/<row r="[34]"/& hidden="1"/' "$work/seen.xml" >"$work/filtered.xml"
workbook "$in/PAYMENT_filtered.xlsx" "$work/filtered.xml"
is 'rows that are filtered out are loaded' "$(answered PAYMENT_filtered.xlsx)" "loaded 0 $rows 0 "
ok '... and that is said' grep -q '已隐藏或被筛选掉的 2 行' "$out/PAYMENT_filtered.xlsx.ack.xml"
{
    echo '说明,,'
    sed -n 1p "$work/plain.csv" | tr , '\n' | sed 's/$/,必填,请按格式填写/'
} | sheet 0 >"$work/notes.xml"
sed '3s/,502,/,XYZ,/' "$work/plain.csv" | sheet 0 >"$work/one.xml"
workbook "$in/PAYMENT_notes.xlsx" "$work/notes.xml" "$work/one.xml"
is 'a sheet of notes that lists the columns, before the data' "$(answered PAYMENT_notes.xlsx)" "loaded 0 $((rows - 1)) 1 "
is '... messages name the sheet and its row' "$(cells "$out/PAYMENT_notes.xlsx.rejects.xlsx" 2 | cut -d'|' -f15-17)" 'S2!3|currency|E2013'
is '... for operators too' "$(hub batch show "$(sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE name = 'PAYMENT_notes.xlsx'")" \
    --json 2>/dev/null | jq -r '.rejects[0].line')" 'S2!3'
sed 's|<c r="N3" t="inlineStr"><is><t>[^<]*</t></is></c>|<c r="N3" t="b"><v>1</v></c>|' "$work/seen.xml" >"$work/bool.xml"
workbook "$in/PAYMENT_truth.xlsx" "$work/bool.xml"
hub format check "$in/PAYMENT_truth.xlsx" --partner LYPAY01 --json >"$work/truth.json" 2>/dev/null || :
rm "$in/PAYMENT_truth.xlsx"
is 'a truth value in a column of text is the word that is shown' "$(jq -r '.rows, .rejected' "$work/truth.json" | tr '\n' ' ')" "$rows 1 "

# trailer rows
amount=$(awk -F, 'NR > 1 { s += $9 } END { printf "%.5f", s }' "$work/plain.csv")
{ cat "$work/plain.csv" && echo "合计,,,,,,,,$amount,,,,,"; } | sheet 0 >"$work/total.xml"
workbook "$in/PAYMENT_total.xlsx" "$work/total.xml"
is 'a trailer row at the end of a sheet' "$(answered PAYMENT_total.xlsx)" "loaded 0 $rows 0 "
{ cat "$work/plain.csv" && echo "合计,,,,,,$amount,,,12,,,,"; } | sheet 0 >"$work/sum.xml"
workbook "$in/PAYMENT_below.xlsx" "$work/sum.xml"
is '... but a sum below another column is told and passed over' "$(answered PAYMENT_below.xlsx) $(
    grep -c '表尾或小计' "$out/PAYMENT_below.xlsx.ack.xml")" "loaded 0 $rows 0  1"
{ head -n 5 "$work/plain.csv" && echo "合计,rows=4,,,,,,,,,,,,"; } | sheet 1 >"$work/t1.xml"
{ sed -n 1p "$work/plain.csv" && sed -n '6,9p' "$work/plain.csv" && echo "合计,rows=5,,,,,,,,,,,,"; } | sheet 0 >"$work/t2.xml"
workbook "$in/PAYMENT_totals.xlsx" "$work/t1.xml" "$work/t2.xml"
{ sed '1,$s/^/,/' "$work/plain.csv" && echo ",总计,$rows,$amount"; } | sheet 2 >"$work/t3.xml"
workbook "$in/PAYMENT_totalb.xlsx" "$work/t3.xml"
is '... below a table that begins in the second column' "$(answered PAYMENT_totalb.xlsx)" "loaded 0 $rows 0 "
is '... each sheet has its own' "$(answered PAYMENT_totals.xlsx)" 'held 0 0 0 '
is '... which one is wrong is told' "$(sql -c "SELECT seen, want FROM hub.batch WHERE name = 'PAYMENT_totals.xlsx'")" \
    'rows=4|rows=5 (line 20000006)'

printf 'PK\003\004 not a workbook' >"$in/PAYMENT_broken.xlsx"
is 'what only looks like one is held' "$(answered PAYMENT_broken.xlsx)" 'held 0 0 0 '

# --- what else people send for one: each is called by its name ---
why() { # NAME: what became of it, and why
    sql -c "SELECT state || ' ' || code || ' ' || split_part(seen, ',', 1) FROM hub.batch WHERE name = '$1' OR entry = '$1'"
}
ole='\320\317\021\340\241\261\032\341'
printf "$ole%01016d" 0 >"$in/PAYMENT_old.xls"
{ printf "$ole%01016d" 0 && printf EncryptedPackage | iconv -f UTF-8 -t UTF-16LE && head -c 500 /dev/zero; } >"$in/PAYMENT_secret.xlsx"
printf '\357\273\277\r\n<HTML><body><table><tr><td>payNo</td></tr></table></body></HTML>' >"$in/PAYMENT_page.xls"
printf '<table border=1>\n<tr><td>payNo</td></tr></table>' >"$in/PAYMENT_table.xls"
printf '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook/>' >"$in/PAYMENT_2003.xls"
printf '<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>' >"$in/PAYMENT_2003.xml"
printf '%%PDF-1.7\n' >"$work/readme.pdf"
printf application/vnd.oasis.opendocument.spreadsheet >"$work/mimetype"
(cd "$work" && bsdtar -c --format zip --options zip:compression=store -f "$in/PAYMENT_open.ods" mimetype plain.csv &&
    cp plain.csv PAYMENT_inside.csv && bsdtar -c --format zip -f "$in/PAYMENT_parts.zip" readme.pdf PAYMENT_inside.csv)
answered PAYMENT_parts.zip >/dev/null
is 'the Excel of 1997' "$(why PAYMENT_old.xls)" 'held E3016 is an Office file that is old (.xls) or has a password'
is 'a workbook with a password' "$(why PAYMENT_secret.xlsx)" 'held E3012 the workbook has a password'
is 'a web page' "$(why PAYMENT_page.xls)" 'held E3016 is a web page'
is 'a table of one' "$(why PAYMENT_table.xls)" 'held E3016 is a web page'
is 'the XML of Excel 2003' "$(why PAYMENT_2003.xls)" "held E3016 is a workbook in Excel's XML of 2003"
is '... without its mark' "$(why PAYMENT_2003.xml)" "held E3016 is a workbook in Excel's XML of 2003"
is 'an OpenDocument file' "$(why PAYMENT_open.ods)" 'held E3016 is an OpenDocument file (.ods)'
is 'a PDF beside a data file' "$(why readme.pdf)" 'held E3016 is a PDF'
is '... which is taken' "$(sql -c "SELECT state, rows FROM hub.batch WHERE entry = 'PAYMENT_inside.csv'")" "loaded|$rows"

# --- charsets ---
iconv -f UTF-8 -t UTF-16 "$work/plain.csv" >"$in/PAYMENT_16.csv"
is 'UTF-16' "$(answered PAYMENT_16.csv)" "loaded 0 $rows 0 "
is '... is what the ack says' "$(xmllint --xpath "string(/*/*[local-name() = 'charset'])" "$out/PAYMENT_16.csv.ack.xml" |
    cut -c1-6)" UTF-16
sed '2s/,[0-9.]*,\([0-9]*\),\([0-9]\{14\}\)/,many,\1,\2/' "$work/plain.csv" | iconv -f UTF-8 -t UTF-16 >"$in/PAYMENT_16b.csv"
is '... with a bad row' "$(answered PAYMENT_16b.csv)" "loaded 0 $((rows - 1)) 1 "
is '... which comes back in UTF-16' "$(iconv -f UTF-16 -t UTF-8 "$out/PAYMENT_16b.csv.rejects.csv" | sed -n 2p |
    grep -o ',2,charge,E2005,')" ,2,charge,E2005,

# --- headers ---
sed '1s/.*/ PAYCODE ,payname,ｐａｙＮｏ,EBPcode,ebpName,ebcCode,ebcName,orderNo,charge,currency,accountingDate,payerName,telephone,note/' \
    "$work/plain.csv" >"$in/PAYMENT_names.csv"
is 'names in other letters, wide ones, with blanks' "$(answered PAYMENT_names.csv)" "loaded 0 $rows 0 "

# --- XML ---
payments_xml '
' <"$work/plain.csv" >"$in/PAYMENT_own.xml"
is 'the own format of the feed' "$(answered PAYMENT_own.xml)" "loaded 0 $rows 0 "
payments_xml '' <"$work/plain.csv" >"$in/PAYMENT_line.xml"
{ echo '<?xml version="1.0" encoding="gb2312"?>' && sed "s/<?xml[^>]*>//" "$in/../done/PAYMENT_own.xml"; } >"$in/PAYMENT_disguised.xml"
is '... that says GB2312 and is UTF-8' "$(answered PAYMENT_disguised.xml)" "loaded 0 $rows 0 "
is '... all of it in one line' "$(answered PAYMENT_line.xml)" "loaded 0 $rows 0 "
payments_xml '
' <"$work/plain.csv" | sed '4s/<charge>[^<]*/<charge>much/; 5s/payNo/payno/g' >"$in/PAYMENT_bad.xml"
is '... with a bad value' "$(answered PAYMENT_bad.xml)" "loaded 0 $((rows - 1)) 1 "
is '... whose row comes back as CSV with its line' "$(sed -n 2p "$out/PAYMENT_bad.xml.rejects.csv" |
    grep -o ',4,charge,E2005,')" ,4,charge,E2005,
payments_xml '
' <"$work/plain.csv" | sed '6s/<charge>/<amount>1<\/amount><charge>/' >"$in/PAYMENT_more.xml"
is 'an element nobody knows: nothing of the file' "$(answered PAYMENT_more.xml | cut -d' ' -f1)" rejected
is '... and it is named with its line' "$(sql -c "SELECT r.line, r.column_name FROM hub.reject r
    JOIN hub.batch b USING (batch_id) WHERE b.name = 'PAYMENT_more.xml'")" '6|**ount'
payments_xml '
' <"$work/plain.csv" | head -n 9 >"$in/PAYMENT_cut.xml"
is 'cut off in the middle: held' "$(answered PAYMENT_cut.xml)" 'held 0 0 0 '
printf '<!DOCTYPE a [<!ENTITY x "y">]><payments><payment><payNo>&x;</payNo></payment></payments>' >"$in/PAYMENT_dtd.xml"
is 'a document type: held' "$(answered PAYMENT_dtd.xml)" 'held 0 0 0 '
seller=$(sed -n 2p "$work/plain.csv" | cut -d, -f6)
sed '/<ceb:ebpCode>无</d' tests/golden/ceb403/want.xml |
    sed "s/\(<[/a-z]*\):/\1x:/g; s/xmlns:ceb=/xmlns:cebx=/; s/\(ebcCode>\)[^<]*/\1$seller/" >"$in/PAYMENT_ceb403.xml"
is 'the customs message, under another prefix' "$(answered PAYMENT_ceb403.xml)" 'loaded 1 0 0 '
is '... with what it says' "$(sql -c "SELECT pay_no, charge, currency, ebc_code = '$seller' FROM hub.payment p
    JOIN hub.batch b USING (batch_id) WHERE b.name = 'PAYMENT_ceb403.xml'")" '2026112322001|138.00|502|t'

# --- packed ---
cp "$work/plain.csv" "$work/PAYMENT_x.csv"
for form in gz xz zst tar tar.gz 7z; do
    name=PAYMENT_packed.$form
    case $form in
    gz) gzip -c "$work/PAYMENT_x.csv" >"$in/$name" ;;
    xz) bsdtar --format raw --xz -cf "$in/$name" -C "$work" PAYMENT_x.csv ;;
    zst) bsdtar --format raw --zstd -cf "$in/$name" -C "$work" PAYMENT_x.csv ;;
    tar) bsdtar -cf "$in/$name" -C "$work" PAYMENT_x.csv ;;
    tar.gz) bsdtar -czf "$in/$name" -C "$work" PAYMENT_x.csv ;;
    7z) bsdtar --format 7zip -cf "$in/$name" -C "$work" PAYMENT_x.csv ;;
    esac
    is "$form" "$(answered "$name")" "loaded 0 $rows 0 "
done

done_testing
