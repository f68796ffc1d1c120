#!/bin/sh
# What a partner is given: templates that spreadsheets open and that pass the check themselves.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3 # the one Debian's openpyxl belongs to
e2e_hub

# --- templates ---
for feed in order payment logistics; do
    book=$work/$feed.xlsx
    ok "$feed: a workbook" hub format template "$feed" --xlsx -o "$book"
    ok '... passes the check, example row and all' hub format check "$book" --feed "$feed"
    hub format template "$feed" --xlsx -o "$work/again.xlsx"
    ok '... is the same each time' cmp "$book" "$work/again.xlsx"
    "$python" - "$book" >"$work/seen" <<'END'
import sys, openpyxl
sheet = openpyxl.load_workbook(sys.argv[1]).active
head = sheet[1]
print("\n".join(cell.value.split("\n")[-1] for cell in head))
print("frozen", sheet.freeze_panes)
print("notes", sum(cell.comment is not None for cell in head) == len(head))
print("example", sheet["A2"].comment.text.split("\n")[0])
text = [c for c in head if c.value.split("\n")[-1] in ("orderNo", "country", "currency")]
print("text", {sheet.column_dimensions[c.column_letter].width >= 10 for c in text},
      {sheet.cell(2, c.column).number_format for c in text},
      {type(sheet.cell(2, c.column).value).__name__ for c in text})
END
    {
        hub format template "$feed" | tr -d '\r' | tr ',' '\n'
        printf '%s\n' 'frozen A2' 'notes True' 'example 示例行，上传前请删除' "text {True} {'@'} {'str'}"
    } >"$work/want"
    same '... which openpyxl reads: every column, its note, text as text' "$work/seen" "$work/want"
    hub format template "$feed" --titles --example -o "$work/$feed.csv"
    ok '... as CSV too' hub format check "$work/$feed.csv" --feed "$feed"
done
"$python" - "$work/order.xlsx" "$work/filled.xlsx" <<'END'
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
sheet = book.active
column = {c.value.split("\n")[-1]: c.column for c in sheet[1]}
sheet.cell(2, column["orderNo"]).value = "20260301123456789012345"
sheet.cell(2, column["qty"]).value = "many"
sheet.cell(2, column["currency"]).value = 999
book.save(sys.argv[2])
END
is 'filled in and saved by another program: its faults, and the long number is none of them' \
    "$(hub format check "$work/filled.xlsx" --json | jq -r '.rejects[] | .column + " " + .code' | sort)" 'currency E2013
qty E2005'
is 'a feed nobody knows' "$(hub format template nothing >/dev/null 2>&1 || echo $?)" 1
is '--xlsx has titles already' "$(hub format template order --xlsx --titles >/dev/null 2>&1 || echo $?)" 64

done_testing
