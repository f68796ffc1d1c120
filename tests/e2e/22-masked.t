#!/bin/sh
# Columns that shifted: what a person might be known by stands in each wrong column of each feed, and as a title, and nowhere in what is
# told: answers, log, hub.reject, hub.batch, what commands show. It stands in the rows that go back, as they came.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='100%'
e2e_hub
sed -i 's/feeds = {"order"}/feeds = {"order", "goods", "return", "importorder"}/
    s/feeds = {"payment"}/feeds = {"payment", "importpayment"}/
    s/feeds = {"logistics"}/feeds = {"logistics", "departure", "entry", "tally", "status", "importlogistics"}/' "$work/landport.conf"
LANDPORT_NOW=2026-03-01T20:00:00Z
export LANDPORT_NOW
name=周润土秘密 latin='Zhou Runtu' resident=350802199001011234 phone=13900007770 address=龙岩市新罗区曹溪街道石粉路八号 card=6222021234567890128
cat >"$work/shift.py" <<'END'
"""shift.py IN OUT VALUE…: each value in each column of a row of its own, then all rows shifted by one and by three columns."""
import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8-sig")))
head, rows, values = rows[0], rows[1:], sys.argv[3:]
out, at = [], 0
for column in range(len(head)):
    for value in values:
        row = list(rows[at % len(rows)])
        row[column] = value
        out.append(row)
        at += 1
personal = (values * len(head))[:len(head)]
for by in (1, 3):
    for turn in range(len(values)):
        row = list(rows[at % len(rows)])
        # the columns of a person are filled, then all moves to the right
        row = [personal[(i + turn) % len(personal)] if not v else v for i, v in enumerate(row)]
        out.append((row[-by:] + row[:-by]))
        at += 1
with open(sys.argv[2], "w", encoding="utf-8", newline="") as f:
    csv.writer(f, lineterminator="\r\n").writerows([head] + out)
END
feeds=''
send() { # PARTY FEED
    hub sample feed "$2" --rows 400 -o "$work/rows.csv" >/dev/null
    up=$(echo "$2" | tr '[:lower:]' '[:upper:]')
    /usr/bin/python3 "$work/shift.py" "$work/rows.csv" "$work/sftp/$1/in/${up}_shift.csv" \
        "$name" "$latin" "$resident" "$phone" "$address" "$card"
    # the row of values in the place of titles, one of titles with a value, the same in a workbook and as XML
    { echo "$name,$latin,$resident,$phone,$address,$card" && sed -n 2,9p "$work/rows.csv"; } >"$work/sftp/$1/in/${up}_bare.csv"
    awk -F, -v OFS=, -v v="$name,$phone" 'NR <= 3 { print $0, v }' "$work/rows.csv" >"$work/sftp/$1/in/${up}_title.csv"
    printf '<x><%s><%s>1</%s><orderNo>%s</orderNo></%s></x>' "$2" "$name" "$name" "$name" "$2" >"$work/sftp/$1/in/${up}_name.xml"
    printf '<x><%s><note>%s</%s></%s></x>' "$2" "$phone" "$name" "$2" >"$work/sftp/$1/in/${up}_cut.xml"
    feeds="$feeds $2"
}
for feed in order goods return importorder; do send LYPLAT01 "$feed"; done
for feed in payment importpayment; do send LYPAY01 "$feed"; done
for feed in logistics departure entry tally status importlogistics; do send LYLOGI01 "$feed"; done
# what is said of a file may have shifted too
pay=$work/sftp/LYPAY01/in
sed -n 1,4p "$pay/PAYMENT_shift.csv" >"$pay/PAYMENT_sum.csv"
printf 'rows=%s\n' "$name" >"$pay/PAYMENT_sum.csv.sum"
sed -n 1,5p "$pay/PAYMENT_shift.csv" >"$pay/PAYMENT_key.csv"
printf '%s=3\n' "$phone" >"$pay/PAYMENT_key.csv.sum"
{ sed -n 1,6p "$pay/PAYMENT_shift.csv" && echo "合计,rows=$name,$resident"; } >"$pay/PAYMENT_trailer.csv"
{ sed -n 1,7p "$pay/PAYMENT_shift.csv" && echo "#TOTAL,$card,$address"; } >"$pay/PAYMENT_mark.csv"
status=$(night_status)
ok 'a night' test "$status" = 65
is 'every feed had rows of each kind' "$(echo "$feeds" | wc -w) $(sql -c "SELECT count(*) FROM hub.batch WHERE name LIKE '%shift.csv' AND rejected > rows / 3")" '12 12'

printf '%s\n' "$name" 周润土 "$latin" "$resident" "$phone" "$address" "$card" >"$work/secrets"
leaks() { # of standard input, values that stand in it
    grep -aoFf "$work/secrets" | sort | uniq -c | tr -s ' \n' ' ' || :
}
is 'hub.reject holds none of them' "$(sql -c "SELECT r FROM hub.reject r" | leaks)" ''
is '... nor does hub.batch' "$(sql -c "SELECT b FROM hub.batch b" | leaks)" ''
is '... nor what was told of their trades' "$(sql -c "SELECT code, seen, want FROM hub.trade_break" | leaks)" ''
find "$work/sftp" -path '*/out/*' -type f ! -name '*.rejects.csv' -exec cat {} + >"$work/told"
is '... nor what partners are told' "$(leaks <"$work/told")" ''
find "$work/sftp" -path '*/out/*' -name '*.rejects.csv' | while read -r file; do
    /usr/bin/python3 -c '
import csv, sys
for row in csv.reader(open(sys.argv[1], encoding="utf-8-sig")):
    print(row[-4:])' "$file"
done >"$work/ours"
ok '... which is a lot' test "$(wc -l <"$work/ours")" -gt 1000
is '... what is said of each row included' "$(leaks <"$work/ours")" ''
is '... the log' "$(leaks <"$work/landport.log")" ''
{ hub status && hub --json status && hub batch list && sql -c "SELECT batch_id FROM hub.batch" | while read -r id; do hub batch show "$id" && hub --json batch show "$id"; done; } >"$work/shown" 2>>"$work/landport.log"
is '... what commands show' "$(leaks <"$work/shown")" ''
is 'the rows that go back have them' "$(grep -acF "$card" "$work/sftp/LYPAY01/out/PAYMENT_shift.csv.rejects.csv" | awk '{ print ($1 > 3) }')" 1

done_testing
