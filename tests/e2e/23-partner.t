#!/bin/sh
# What a partner is given: templates that spreadsheets open and whose example row is told from data, and a
# guide that a browser shows.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3 # the one Debian's openpyxl belongs to
e2e_hub

# --- templates ---
# says FILE FEED: what the check says of it
says() {
    hub format check "$1" --feed "$2" --json | jq -r '"\(.rows) \(.accepted) \([.rejects[].code] | join(","))"'
}
for feed in order payment logistics; do
    book=$work/$feed.xlsx
    ok "$feed: a workbook" hub format template "$feed" --xlsx -o "$book"
    is '... of which the check says that it holds the example row, and nothing else' "$(says "$book" "$feed")" '1 0 E2081'
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
        printf '%s\n' 'frozen A2' 'notes True' 'example 示例行，上传前请删除，否则将被退回' "text {True} {'@'} {'str'}"
    } >"$work/want"
    same '... which openpyxl reads: every column, its note, text as text' "$work/seen" "$work/want"
    hub format template "$feed" --titles --example -o "$work/$feed.csv"
    is '... as CSV too' "$(says "$work/$feed.csv" "$feed")" '1 0 E2081'
    sed 's/EXAMPLE0001/EXAMPLE0017/g; s/LX123456785CN/LX123456799CN/' "$work/$feed.csv" >"$work/dragged.csv"
    is '... and dragged down' "$(says "$work/dragged.csv" "$feed")" '1 0 E2081'
    sed 's/EXAMPLE0001/LY0001/g' "$work/$feed.csv" >"$work/real.csv"
    is '... with numbers of its own it is a row' "$(says "$work/real.csv" "$feed")" '1 1 '
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

# --- the guide ---
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
sed -i 's/^partner "LYPLAT01" {/&\n    codes = {"91350800MA0LY001XF"}\n    pattern "order" { glob = "DD<\&>*.csv" }/' "$work/landport.conf"
guide=$work/guide.html
ok 'a guide' hub format guide --partner LYPLAT01 -o "$guide"
is '... whose links lead somewhere, which loads nothing' "$("$python" tests/e2e/page.py links "$guide")" "dead []
twice []
loaded []"
browse() { # WIDTH HEIGHT PAGE OPTION…: a browser of its own, in its own folder
    window=$1,$2 page=$3
    shift 3
    rm -rf "$work/browser"
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
        --user-data-dir="$work/browser" --window-size="$window" "$@" "file://$page" 2>"$work/browser.log"
}
browse 1280 900 "$guide" --dump-dom >"$work/dom"
seen() { # the text of what an XPath finds in what the browser made of it
    xmllint --html --xpath "$1" "$work/dom" 2>/dev/null
}
is 'the browser finds every part of it' "$(seen "//h2/@id" | grep -o '"[^"]*"' | tr -d '"' | tr '\n' ' ')" \
    'glance box names forms feed-order versions totals answers codes errors '
is '... only what this partner may send' "$(seen "count(//h2[@id = 'feed-payment'])")" 0
is '... every column of it' "$(seen "//*[@id = 'feed-order']/following-sibling::table[1]//td[1]/code/text()" |
    tr '\n' ' ' | sed 's/ $//')" "$(hub format template order | tr -d '\r' | tr ',' ' ')"
is '... the rules between rows, out of the statements' "$(seen "//*[@id = 'rules-order']/following-sibling::table[1]//a" |
    grep -o '>E4[0-9]*' | grep -cE 'E400[13489]')" 5
is '... each with its sentences' "$(seen "string(//tr[@id = 'E2004']/td[2])" | grep -c '长度不超过 … 个字符.*must be at most … characters')" 1
is '... the codes it may speak for' "$(seen "string(//*[@id = 'glance']/following-sibling::table[1])" | grep -c 91350800MA0LY001XF)" 1
is '... its cut-off' "$(seen "string(//*[@id = 'glance']/following-sibling::table[1])" | grep -c '2026-03-03 06:00')" 1
is '... what the configuration says, as text' "$(seen "string(//*[@id = 'names']/following-sibling::table[1]//code[1])")" 'DD<&>*.csv'
is '... nothing of the hub'"'"'s own login and paths' "$(grep -c "$(id -un)@\|127.0.0.1\|$work" "$guide")" 0
hub format guide --partner LYPAY01 >"$work/want" 2>>"$work/landport.log"
printf 'guide { url = "sftp://{partner}@sftp.example.cn:22"  out = "answers" }\n' >>"$work/landport.conf"
hub format guide --partner LYPAY01 >"$work/heard" 2>>"$work/landport.log"
is '... but what the configuration says they connect to' "$(diff "$work/want" "$work/heard" | grep '^>' |
    grep -o 'sftp://LYPAY01@sftp.example.cn:22\|<code>answers</code>' | sort -u | tr '\n' ' ')" \
    '<code>answers</code> sftp://LYPAY01@sftp.example.cn:22 '
seen "//pre[@class = 'csv']/text()" | sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' >"$work/ORDER_guide.csv"
is '... and a file that is an example, and with a number of its own passes the check' "$(says "$work/ORDER_guide.csv" order)" '1 0 E2081'
sed -i 's/EXAMPLE0001/LY0001/' "$work/ORDER_guide.csv"
ok '... as that partner too' hub format check "$work/ORDER_guide.csv" --partner LYPLAT01
for width in 1280 390; do
    "$python" tests/e2e/page.py framed "$guide" "$width" "$work/frame.html"
    browse 1280 1600 "$work/frame.html" --virtual-time-budget=3000 --dump-dom >"$work/dom"
    is "$width px: nothing stands over the edge" "$(seen 'string(//title)')" "$width $width"
    browse 1280 1600 "$work/frame.html" --screenshot="$work/shot.png" >/dev/null
    "$python" tests/e2e/page.py colours "$work/shot.png" 1280 >"$work/colours"
    read -r colours white <"$work/colours"
    ok "... and there is something to see ($colours colours, $white % white)" \
        test "$colours" -gt 50 -a "$white" -gt 40 -a "$white" -lt 97
done
is 'a guide for nobody' "$(hub format guide >/dev/null 2>&1 || echo $?)" 64
is '... for somebody unknown' "$(hub format guide --partner X >/dev/null 2>&1 || echo $?)" 64

done_testing
