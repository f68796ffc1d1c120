# forms.sh - for end-to-end tests: CSV of payments as workbooks and XML. After lib.sh.
#
# shellcheck shell=sh disable=SC2154

# sheet ROWS_BEFORE: the CSV on standard input as a sheet; amounts are numbers, all else is text.
sheet() {
    awk -F, -v skip="$1" '
        function text(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); return s }
        function cell(c, s) {
            if (s ~ /^[0-9]+\.[0-9]+$/ || s ~ /E\+/) return "<c r=\"" c "\"><v>" s "</v></c>"
            return "<c r=\"" c "\" t=\"inlineStr\"><is><t>" text(s) "</t></is></c>"
        }
        BEGIN {
            print "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>"
            for (i = 1; i <= skip; i++)
                print "<row r=\"" i "\"><c r=\"A" i "\" t=\"inlineStr\"><is><t>三月份收款</t></is></c></row>"
        }
        {
            r = NR + skip
            line = "<row r=\"" r "\">"
            for (i = 1; i <= NF; i++) line = line cell(sprintf("%c%d", 64 + i, r), $i)
            print line "</row>"
        }
        END { print "</sheetData></worksheet>" }'
}

# workbook FILE SHEET…: a package of these sheets, and of the shared texts in $strings.
workbook() {
    file=$1
    shift
    rm -rf "$work/book"
    mkdir -p "$work/book/_rels" "$work/book/xl/_rels" "$work/book/xl/worksheets"
    ns=http://schemas.openxmlformats.org
    types='' sheets='' rels='' n=0
    for part; do
        n=$((n + 1))
        cp "$part" "$work/book/xl/worksheets/sheet$n.xml"
        types="$types<Override PartName=\"/xl/worksheets/sheet$n.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
        sheets="$sheets<sheet name=\"S$n\" sheetId=\"$n\" r:id=\"rId$n\"/>"
        rels="$rels<Relationship Id=\"rId$n\" Type=\"$ns/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet$n.xml\"/>"
    done
    if [ -n "${strings-}" ]; then
        cp "$strings" "$work/book/xl/sharedStrings.xml"
        types="$types<Override PartName=\"/xl/sharedStrings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml\"/>"
        rels="$rels<Relationship Id=\"rIdT\" Type=\"$ns/officeDocument/2006/relationships/sharedStrings\" Target=\"sharedStrings.xml\"/>"
    fi
    echo "<Types xmlns=\"$ns/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>$types</Types>" \
        >"$work/book/[Content_Types].xml"
    echo "<Relationships xmlns=\"$ns/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"$ns/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>" \
        >"$work/book/_rels/.rels"
    echo "<workbook xmlns=\"$ns/spreadsheetml/2006/main\" xmlns:r=\"$ns/officeDocument/2006/relationships\"><sheets>$sheets</sheets></workbook>" \
        >"$work/book/xl/workbook.xml"
    echo "<Relationships xmlns=\"$ns/package/2006/relationships\">$rels</Relationships>" \
        >"$work/book/xl/_rels/workbook.xml.rels"
    (cd "$work/book" && zip -q -X -r ../book.zip '[Content_Types].xml' _rels xl && mv ../book.zip "$file")
}

# payments_xml SEPARATOR: the CSV on standard input in the feed's own format.
payments_xml() {
    awk -F, -v sep="$1" '
        function text(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); return s }
        BEGIN {
            n = split("payCode payName payNo ebpCode ebpName ebcCode ebcName orderNo charge currency accountingDate payerName telephone note", name, " ")
            printf "<?xml version=\"1.0\" encoding=\"UTF-8\"?>%s<payments>%s", sep, sep
        }
        NR > 1 {
            printf "<payment>"
            for (i = n; i >= 1; i--) if ($i != "") printf "<%s>%s</%s>", name[i], text($i), name[i]
            printf "</payment>%s", sep
        }
        END { print "</payments>" }'
}
