#!/bin/sh
# Uploads with several files inside: each is a batch of its own, under one upload, answered together.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/forms.sh
. tests/e2e/forms.sh

reject_limit='20%' reject_from='1 rows'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
sed -i 's/feeds = {"order"}/feeds = {"order", "payment", "logistics"}/' "$work/landport.conf"
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
in=$work/sftp/LYPLAT01/in
out=$work/sftp/LYPLAT01/out
orders=$work/day/LYPLAT01/ORDER_20260302_01.csv
payments=$work/day/LYPAY01/PAYMENT_20260302_01.csv
waybills=$work/day/LYLOGI01/LOGISTICS_20260302_01.zip
iconv -f GB18030 -t UTF-8 "$payments" | tr -d '\r' >"$work/plain.csv"
rows=$(($(wc -l <"$work/plain.csv") - 1))

ack() { # NAME XPATH
    xmllint --xpath "string(/ack/$2)" "$out/$1.ack.xml"
}
counts() { # NAME [PATH/]
    for element in state accepted repeated rejected; do ack "$1" "${2-}$element" | tr '\n' ' '; done
}
part() { # NAME ENTRY
    counts "$1" "part[entry='$2']/"
}
batches() { # NAME COLUMNS
    sql -c "SELECT $2 FROM hub.batch WHERE name = '$1' ORDER BY upload_id, item"
}
fits() {
    ok "$1: the ack fits its format" xmllint --noout --nonet --schema formats/feed/ack.xsd "$out/$1.ack.xml"
}
# packed: an empty folder $work/pack to be packed; pack NAME: what is in it, as zip in in/.
packed() {
    rm -rf "$work/pack"
    mkdir -p "$work/pack"
}
pack() {
    (cd "$work/pack" && find . -type f | LC_ALL=C sort | zip -q -X "$work/packed.zip" -@ && mv "$work/packed.zip" "$in/$1")
}
lines() { # FROM TO: the header and these lines of the payments
    sed -n "1p; $1,$2p" "$work/plain.csv"
}

# --- a day in one archive: orders, payments as CSV and as workbook, waybills in an archive of their own ---
packed
mkdir "$work/pack/3月"
cp "$orders" "$work/pack/3月/ORDER_1.csv"
lines 2 11 | sed '3s/,[0-9]*\.[0-9]*,/,12x,/; s/$/\r/' | iconv -f UTF-8 -t GB18030 >"$work/pack/3月/收款.csv"
lines 12 $((rows + 1)) | sed '2s/^[^,]*,[^,]*/,/' | sheet 1 >"$work/sheet.xml"
workbook "$work/pack/收款.xlsx" "$work/sheet.xml"
cp "$waybills" "$work/pack/"
pack DAY_1.zip
is 'two rows are refused: 65' "$(night_status)" 65
is 'four batches' "$(batches DAY_1.zip "feed, state, entry")" 'order|loaded|3月/ORDER_1.csv
payment|loaded|3月/收款.csv
logistics|loaded|LOGISTICS_20260302_01.zip/LOGISTICS_20260302_01.csv
payment|loaded|收款.xlsx'
is '... of one upload, moved away and archived' \
    "$(batches DAY_1.zip 'DISTINCT upload_id = (SELECT min(batch_id) FROM hub.batch), files, moved, archived, upload_id, item' |
        cut -d'|' -f1-4 | uniq)" 't|4|t|t'
fits DAY_1.zip
is '... one ack for all' "$(sql -c "SELECT count(*) FROM hub.answer WHERE kind = 'ack' AND name LIKE 'DAY_1%'")" 1
is '... with the counts of all' "$(counts DAY_1.zip)" \
    "loaded $(($(LC_ALL=C grep -c . "$orders") - 1 + 20 + rows - 2)) 0 2 "
is '... and those of each' "$(part DAY_1.zip 3月/收款.csv)$(part DAY_1.zip 收款.xlsx)" \
    "loaded 9 0 1 loaded $((rows - 11)) 0 1 "
is '... its charset' "$(ack DAY_1.zip "part[entry='3月/收款.csv']/charset") $(ack DAY_1.zip "part[entry='3月/ORDER_1.csv']/charset")" \
    'GB18030 UTF-8'
csv_batch=$(ack DAY_1.zip "part[entry='3月/收款.csv']/batch")
is '... its sums' "$(ack DAY_1.zip "sum[batch='$csv_batch'][column='charge 502']/value")" \
    "$(sql -c "SELECT trim_scale(sum(charge)) FROM hub.payment
        WHERE hub.batch_name(batch_id) = '$csv_batch' AND currency = '502'")"
is '... its rejects' "$(ack DAY_1.zip "part[entry='3月/收款.csv']/rejectsFile")" DAY_1.zip.收款.csv.rejects.csv
is '... and nothing of it on top' "$(ack DAY_1.zip feed)$(ack DAY_1.zip charset)$(ack DAY_1.zip rejectsFile)" ''
for line in 1:1 3:2; do
    LC_ALL=C sed -n "${line%:*}p" "$work/pack/3月/收款.csv" | tr -d '\r\n' >"$work/want"
    LC_ALL=C sed -n "${line#*:}p" "$out/DAY_1.zip.收款.csv.rejects.csv" | head -c "$(wc -c <"$work/want")" >"$work/got"
    ok "line ${line%:*} of the CSV came back byte for byte" cmp "$work/want" "$work/got"
done
is 'the row of the workbook came back in a workbook' "$(unzip -p "$out/DAY_1.zip.收款.xlsx.rejects.xlsx" xl/worksheets/sheet1.xml |
    grep -o '>3</t>.*>payName</t>.*>E2001</t>' | sed 's/<[^>]*>//g')" '>3payNameE2001'
is 'the trades of the good rows match' "$(sql -c "SELECT verdict, count(*) FROM hub.trade GROUP BY 1 ORDER BY 1")" \
    'matched|18
waiting|2'

# --- what operators see of it ---
is 'batch list shows each by its name inside' "$(hub batch list --json 2>/dev/null |
    jq -r '.[] | [.file, .entry, .feed] | join(" ")' | head -n 1)" 'DAY_1.zip 收款.xlsx payment'
is 'batch show names the others' "$(hub batch show "$csv_batch" --json 2>/dev/null |
    jq -r '[.upload[].entry] | length, (.[0] // "")')" '3
3月/ORDER_1.csv'
is '... and all answers' "$(hub batch show "$csv_batch" --json 2>/dev/null | jq -r '.answers[].file')" \
    'DAY_1.zip.收款.csv.rejects.csv
DAY_1.zip.ack.xml'
hub batch show "$csv_batch" --original -o "$work/original" 2>/dev/null
ok 'the original is the upload, byte for byte' cmp "$work/original" "$work/sftp/LYPLAT01/done/DAY_1.zip"
paid=$(sed -n 2p "$work/plain.csv" | cut -d, -f3)
is 'trace tells the file and the name inside' "$(hub trace "$paid" --json 2>/dev/null |
    jq -r '.trades[0].payments[0] | [.batch, .file, .entry] | join(" ")')" "$csv_batch DAY_1.zip 3月/收款.csv"

# --- again ---
LANDPORT_NOW=2026-03-02T20:30:00Z
cp "$work/sftp/LYPLAT01/done/DAY_1.zip" "$in/DAY_again.zip"
packed
lines 2 11 >"$work/pack/PAYMENT_1.csv"
lines 12 99 >"$work/pack/PAYMENT_2.csv"
echo 'not to be seen' >"$work/pack/.DS_Store"
pack PAYMENT_other.zip
is 'again: the refused rows are right now' "$(night_status)" 0
fits DAY_again.zip
is 'the same bytes: a duplicate of the upload' "$(counts DAY_again.zip)$(ack DAY_again.zip duplicateOf)" \
    "duplicate 0 0 0 $(ack DAY_1.zip batch)"
is '... as one batch' "$(batches DAY_again.zip 'count(*) OVER ()')" 1
is 'the same rows in another archive: repeated' "$(part PAYMENT_other.zip PAYMENT_1.csv)$(part PAYMENT_other.zip PAYMENT_2.csv)" \
    "loaded 1 9 0 loaded 1 $((rows - 11)) 0 "
lines 2 11 >"$in/PAYMENT_alone.csv"
is '... and alone' "$(night_status) $(counts PAYMENT_alone.csv)" '0 loaded 0 10 0 '

# --- every archive ---
LANDPORT_NOW=2026-03-02T21:00:00Z
for form in tar tar.gz tar.xz tar.zst 7z gb18030.zip nested.zip nested.tar.gz nested.7z; do
    name=PAYMENT_packed.$form
    case $form in
    7z) bsdtar --format 7zip -cf "$in/$name" -C "$work/pack" PAYMENT_1.csv PAYMENT_2.csv ;;
    gb18030.zip)
        cp "$work/pack/PAYMENT_1.csv" "$work/pack/收款一.csv"
        LC_ALL=C.UTF-8 bsdtar --format zip --options zip:hdrcharset=GB18030 -cf "$in/$name" -C "$work/pack" 收款一.csv PAYMENT_2.csv
        ;;
    nested.*)
        (cd "$work/pack" && zip -q -X "$work/nested.zip" PAYMENT_1.csv PAYMENT_2.csv && gzip -c PAYMENT_2.csv >PAYMENT_2.csv.gz)
        case $form in
        *.zip) (cd "$work" && zip -q -X "$in/$name" nested.zip -j pack/PAYMENT_2.csv.gz) ;;
        *.7z)
            # a 7z with a workbook inside, in a zip
            lines 2 11 | sheet 0 >"$work/sheet.xml"
            workbook "$work/pack/PAYMENT_book.xlsx" "$work/sheet.xml"
            bsdtar --format 7zip -cf "$work/nested.7z" -C "$work/pack" PAYMENT_1.csv PAYMENT_book.xlsx
            (cd "$work" && zip -q -X packed.zip nested.7z -j pack/PAYMENT_2.csv && mv packed.zip "$in/$name")
            ;;
        *) bsdtar -czf "$in/$name" -C "$work" nested.zip -C pack PAYMENT_2.csv.gz ;;
        esac
        ;;
    *) bsdtar -a -cf "$in/$name" -C "$work/pack" PAYMENT_1.csv PAYMENT_2.csv ;;
    esac
done
is 'archives of every kind' "$(night_status)" 0
for form in tar tar.gz tar.xz tar.zst 7z gb18030.zip; do
    is "$form" "$(batches "PAYMENT_packed.$form" 'rows, repeated, charset' | tr '\n' ' ')" \
        "10|10|UTF-8 $((rows - 10))|$((rows - 10))|UTF-8 "
done
is 'a name in GB18030' "$(ack PAYMENT_packed.gb18030.zip 'part[1]/entry')" 收款一.csv
for form in zip tar.gz; do
    is "nested in $form" "$(batches "PAYMENT_packed.nested.$form" 'entry, repeated' | tr '\n' ' ')" \
        "nested.zip/PAYMENT_1.csv|10 nested.zip/PAYMENT_2.csv|$((rows - 10)) PAYMENT_2.csv.gz/PAYMENT_2.csv|$((rows - 10)) "
done
is 'a 7z in a zip, a workbook in it' "$(batches PAYMENT_packed.nested.7z 'entry, repeated' | tr '\n' ' ')" \
    "nested.7z/PAYMENT_1.csv|10 nested.7z/PAYMENT_book.xlsx|10 PAYMENT_2.csv|$((rows - 10)) "

# --- what is bad stops nobody else ---
LANDPORT_NOW=2026-03-02T21:15:00Z
"$landport" sample --orders 20 --seed 4 --faults 0% --date 20260302 --dir "$work/day2" >/dev/null
iconv -f GB18030 -t UTF-8 "$work"/day2/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/plain2.csv"
packed
sed -n '1p; 2,6p' "$work/plain2.csv" >"$work/pack/PAYMENT_1.csv"
sed -n '1p; 7,11p' "$work/plain2.csv" >"$work/pack/PAYMENT_2.csv"
printf 'colour,size\nred,1\n' >"$work/pack/stock.csv"
sed -n '1p; 12,16p' "$work/plain2.csv" | sed '2,3s/,[0-9]*\.[0-9]*,/,12x,/' >"$work/pack/PAYMENT_4.csv"
sed -n '1p; 17,$p' "$work/plain2.csv" >"$work/pack/PAYMENT_5.csv"
# the second one damaged: stored, and then changed without its check sum
(cd "$work/pack" && zip -q -X -0 "$work/bad.zip" PAYMENT_1.csv PAYMENT_2.csv stock.csv PAYMENT_4.csv PAYMENT_5.csv)
mark=$(sed -n 2p "$work/pack/PAYMENT_2.csv" | cut -d, -f3)
LC_ALL=C sed "s/$mark/9${mark#?}/" "$work/bad.zip" >"$in/DAY_bad.zip"
is 'one file damaged, one unknown, one refused: 65' "$(night_status)" 65
fits DAY_bad.zip
is 'the others are loaded' "$(batches DAY_bad.zip 'state, code' | tr '\n' ' ')" \
    'loaded| held|E3011 held|E3010 rejected|E3014 loaded| '
is '... and the upload is mixed' "$(ack DAY_bad.zip state)" mixed
ok '... each says why' test -n "$(ack DAY_bad.zip "part[entry='stock.csv']/messageZh")"
ok '... in English too' test -n "$(ack DAY_bad.zip "part[entry='PAYMENT_2.csv']/messageEn")"
is '... the refused one gives its rows back' "$(ack DAY_bad.zip "part[entry='PAYMENT_4.csv']/rejectsFile")" \
    DAY_bad.zip.PAYMENT_4.csv.rejects.csv
LANDPORT_NOW=2026-03-02T21:20:00Z
cp "$work/sftp/LYPLAT01/done/DAY_bad.zip" "$in/DAY_bad_again.zip"
refused=$(ack DAY_bad.zip "part[entry='PAYMENT_4.csv']/batch")
sed -i 's/reject-limit = "20%"/reject-limit = "50%"/' "$work/landport.conf"
ok 'one of them is tried again under another limit' hub batch rerun "$refused" --reason 'limit raised'
is '... and the upload of before as well: 65' "$(night_status)" 65
fits DAY_bad.zip
is 'the new ack tells of the one that was tried again' "$(part DAY_bad.zip PAYMENT_4.csv)$(ack DAY_bad.zip state)" \
    'loaded 3 0 2 mixed'
is '... and of the others as before' "$(part DAY_bad.zip PAYMENT_1.csv)$(part DAY_bad.zip stock.csv)" \
    'loaded 5 0 0 held 0 0 0 '
is 'the same bytes again: what was loaded is a duplicate, the rest is held again' \
    "$(batches DAY_bad_again.zip 'state' | tr '\n' ' ')" 'duplicate held held duplicate duplicate '
is '... of the batch that it was' "$(ack DAY_bad_again.zip "part[entry='PAYMENT_4.csv']/duplicateOf")" "$refused"
LANDPORT_NOW=2026-03-02T21:25:00Z
unknown=$(ack DAY_bad.zip "part[entry='stock.csv']/batch")
ok 'a person discards the one nobody knows' hub batch discard "$unknown" --reason 'not for us'
night_status >/dev/null
fits DAY_bad.zip
is '... which the ack of the upload tells' "$(part DAY_bad.zip stock.csv)$(ack DAY_bad.zip state)" 'discarded 0 0 0 mixed'
is '... under its name, as every ack before' "$(sql -c "SELECT state, count(*) FROM hub.answer WHERE name = 'DAY_bad.zip.ack.xml'
    GROUP BY 1 ORDER BY 1" | tr '\n' ' ')" 'published|1 replaced|2 '

# --- a great many files of nothing are one answer ---
LANDPORT_NOW=2026-03-02T21:26:00Z
packed
(cd "$work/pack" && seq -f 'PAYMENT_%03g.csv' 1 999 | xargs touch)
pack PAYMENT_empty.zip
lines 2 5 >"$work/pack/PAYMENT_001.csv"
pack PAYMENT_some.zip
is 'empty files' "$(night_status)" 65
is '... are refused as one' "$(batches PAYMENT_empty.zip 'count(*) OVER (), state, code')" '1|rejected|E3046'
is '... beside one with rows they are only counted' "$(batches PAYMENT_some.zip 'count(*) OVER (), state, rows')" '1|loaded|4'
ok '... and that is said' grep -q '有 998 个空文件' "$out/PAYMENT_some.zip.ack.xml"

# --- so are a great many files that are no data ---
LANDPORT_NOW=2026-03-02T21:26:30Z
packed
(cd "$work/pack" && for i in $(seq 1 600); do echo "note $i" >"PAYMENT_$i.csv"; done)
printf '%%PDF-1.4\nnothing\n' >"$work/pack/PAYMENT_601.pdf"
printf '<notes><note>nothing</note></notes>\n' >"$work/pack/PAYMENT_602.xml"
pack PAYMENT_junk.zip
lines 6 9 | sed '2s/,[0-9]*\.[0-9]*,/,12x,/' >"$work/pack/PAYMENT_300.csv"
pack PAYMENT_junk_one.zip
lines 10 13 >"$work/pack/PAYMENT_9.csv"
pack PAYMENT_junk_two.zip
is 'files that are no data' "$(night_status)" 65
is '... are held as one' "$(batches PAYMENT_junk.zip 'count(*) OVER (), state, code, want')" '1|held|E3130|602'
ok '... of which the first are named' grep -q '有 602 个文件不是数据文件.*PAYMENT_1.csv, PAYMENT_10.csv, .*, …' "$out/PAYMENT_junk.zip.ack.xml"
is '... beside one with rows they are only counted' "$(batches PAYMENT_junk_one.zip 'count(*) OVER (), entry, state, rows, rejected')" \
    '1|PAYMENT_300.csv|loaded|4|1'
ok '... and that is said' grep -q '有 601 个文件不是数据文件' "$out/PAYMENT_junk_one.zip.ack.xml"
is '... whose row comes back' "$(sed -n 2p "$out/PAYMENT_junk_one.zip.rejects.csv" | cut -d, -f3)" \
    "$(sed -n 2p "$work/pack/PAYMENT_300.csv" | cut -d, -f3)"
is '... and beside two' "$(batches PAYMENT_junk_two.zip 'entry, state, rows, rejected' | tr '\n' ' ')" \
    'PAYMENT_300.csv|loaded|4|1 PAYMENT_9.csv|loaded|4|0 '
is '... whose row comes back' "$(sed -n 2p "$out/PAYMENT_junk_two.zip.PAYMENT_300.csv.rejects.csv" | cut -d, -f3)" \
    "$(sed -n 2p "$work/pack/PAYMENT_300.csv" | cut -d, -f3)"
fits PAYMENT_junk_two.zip
is 'format check sees the same' "$(hub format check "$work/sftp/LYPLAT01/done/PAYMENT_junk_two.zip" --partner LYPLAT01 --offline --json 2>>"$work/landport.log" |
    jq -r '.[] | [.entry, .rows, .errors] | map(tostring) | join(" ")' | tr '\n' ' ')" 'PAYMENT_300.csv 4 1 PAYMENT_9.csv 4 0 '

# --- answers are not longer than goes with what was sent ---
{ sed -n 1p "$work/plain.csv" && yes x | head -n 200000; } | gzip >"$in/PAYMENT_amp.csv.gz"
sent=$(wc -c <"$in/PAYMENT_amp.csv.gz")
is 'a small file of many faults' "$(night_status)" 65
is '... is refused, its rows counted' "$(batches PAYMENT_amp.csv.gz 'state, rows, rejected')" 'rejected|200000|200000'
back=$(wc -c <"$out/PAYMENT_amp.csv.gz.rejects.csv")
ok "... $back bytes come back of $sent" test "$back" -lt $((1200000 + 16 * sent))
returned=$(($(wc -l <"$out/PAYMENT_amp.csv.gz.rejects.csv") - 2))
is '... the last row says how many there are' "$(tail -n 1 "$out/PAYMENT_amp.csv.gz.rejects.csv" | grep -o ",E3086,.*前 $returned 行.*200000" | cut -c1-7)" \
    ,E3086,
ok '... so does the ack' grep -q "前 $returned 行，其余只计数（实际：200000）" "$out/PAYMENT_amp.csv.gz.ack.xml"
ok '... and the database keeps as many' test "$(sql -c "SELECT count(*) FROM hub.reject r JOIN hub.batch b USING (batch_id)
    WHERE b.name = 'PAYMENT_amp.csv.gz'")" -le $((10000 + sent / 8))
# told NAME: how many faults of each code are kept or counted
told() {
    sql -c "SELECT code, sum(faults) FROM (
        SELECT batch_id, r.code, 1 AS faults FROM hub.reject r
        UNION ALL SELECT batch_id, code, faults FROM hub.reject_untold) f
        WHERE batch_id = (SELECT max(batch_id) FROM hub.batch WHERE name = '$1') GROUP BY code ORDER BY code" | tr '\n' ' '
}
is '... the others are counted by code' "$(told PAYMENT_amp.csv.gz)" 'E3001|200000 '
is '... which is shown' "$(hub batch show "$(ack PAYMENT_amp.csv.gz batch)" --json 2>/dev/null |
    jq -r '.untold[] | .code + " " + (.errors + 10000 + '"$sent"' / 8 | floor | tostring)')" 'E3001 200000'

# Rows of orders that lack nearly everything, more than are told of; behind them rows of nobody, an order of two rows
# of which one is wrong, and one that is right
awk -F, -v OFS=, '
    NR == 1 { print; width = NF; next } # of the row a comma stands in the address: one field more
    NR > 2 { exit }
    {
        for (i = 1; i <= 1500; i++) {
            printf "%s,,,,BAD%d", $1, i
            for (c = 6; c <= width; c++) printf ","
            print ""
        }
        for (i = 1; i <= 300; i++) {
            for (c = 1; c < width; c++) printf ","
            print i
        }
        $9 = 25.06; $23 = 1; $5 = "HALF"; print
        $23 = 2; $8 = "yesterday"; print
        $8 = "20260301113435"; $9 = 12.53; $23 = 1; $5 = "WHOLE"; print
    }' "$orders" >"$work/many.csv"
gzip -c "$work/many.csv" >"$in/ORDER_many.csv.gz"
# refused whole, no rule is asked about its other rows
is 'orders with more faults than are told' "$(night_status) $(batches ORDER_many.csv.gz 'state, rows, rejected')" '65 rejected|1803|1801'
ok '... released' hub batch release "$(ack ORDER_many.csv.gz batch)" --reason 'we want the good one'
is '... are refused one by one' "$(night_status) $(batches ORDER_many.csv.gz 'state, rows, accepted, rejected')" '65 loaded|1803|1|1802'
is '... an order with a wrong row as a whole' "$(sql -c "SELECT order_no FROM hub.trade_order WHERE order_no IN ('HALF', 'WHOLE')
    OR order_no LIKE 'BAD%'")" WHOLE
sed 's/$/ /' "$work/many.csv" >"$in/ORDER_many_plain.csv"
night_status >/dev/null
ok '... released' hub batch release "$(ack ORDER_many_plain.csv batch)" --reason 'the same in full'
night_status >/dev/null
is '... and the same as where all are told, by code' "$(told ORDER_many.csv.gz | sed 's/E4010|[0-9]* //')" "$(told ORDER_many_plain.csv | sed 's/E4010|[0-9]* //')"

# --- names ---
packed
mkdir "$work/pack/a" "$work/pack/b"
sed '2s/,[0-9]*\.[0-9]*,/,12x,/' "$work/plain.csv" >"$work/pack/a/PAYMENT_x.csv"
sed '3s/,[0-9]*\.[0-9]*,/,12x,/' "$work/plain.csv" >"$work/pack/b/payment_X.csv"
sed '4s/,[0-9]*\.[0-9]*,/,12x,/' "$work/plain.csv" >"$work/pack/PAYMENT <y>?.csv"
long=PAYMENT_$(printf '长%.0s' $(seq 1 70)).csv
sed '5s/,[0-9]*\.[0-9]*,/,12x,/' "$work/plain.csv" >"$work/pack/$long"
pack PAYMENT_names.zip
is 'names that are not unique, not safe, too long: 65' "$(night_status)" 65
named() {
    ack PAYMENT_names.zip "part[starts-with(entry, '$1')]/$2"
}
is 'the same name in two folders: the batch tells them apart' "$(named a/ rejectsFile) $(named b/ rejectsFile)" \
    "PAYMENT_names.zip.PAYMENT_x.csv.$(named a/ batch).rejects.csv PAYMENT_names.zip.payment_X.csv.$(named b/ batch).rejects.csv"
is 'what file systems dislike' "$(named 'PAYMENT <' rejectsFile)" 'PAYMENT_names.zip.PAYMENT _y__.csv.rejects.csv'
is 'a long name' "$(named PAYMENT_长 rejectsFile)" "PAYMENT_names.zip.$(named PAYMENT_长 batch).rejects.csv"
is 'each holds its own row' "$(for p in a/ b/ 'PAYMENT <' PAYMENT_长; do
    sed -n 2p "$out/$(named "$p" rejectsFile)" | grep -o ',[0-9]*,charge,E2005,'; done | tr -d '\n')" \
    ,2,charge,E2005,,3,charge,E2005,,4,charge,E2005,,5,charge,E2005,

# --- answers take the place of no other answers ---
LANDPORT_NOW=2026-03-02T21:27:00Z
packed
bad() { # PAYNO LINE: one row, whose amount is none
    sed -n "1p; $2p" "$work/plain.csv" | awk -F, -v OFS=, -v no="$1" 'NR == 2 { $3 = no; $9 = "abc" } { print }'
}
bad PART1 2 >"$work/pack/1.csv"
bad PART2 3 >"$work/pack/2.csv"
sed -i 's/reject-limit = "50%"/reject-limit = "100%"/' "$work/landport.conf"
pack CLASH.zip
bad ALONE 4 >"$in/CLASH.zip.1.csv"
bad NIGHT1 5 >"$in/PAYMENT_daily.csv"
is 'an upload that is named like a file in another one: 65' "$(night_status)" 65
is '... each has its own answer' "$(for file in "$out"/CLASH.zip*.rejects.csv; do sed -n 2p "$file" | cut -d, -f3; done | sort | tr '\n' ' ')" \
    'ALONE PART1 PART2 '
is '... under the name its ack tells' "$(sed -n 2p "$out/$(ack CLASH.zip.1.csv rejectsFile)" | cut -d, -f3) $(
    sed -n 2p "$out/$(ack CLASH.zip "part[entry='1.csv']/rejectsFile")" | cut -d, -f3)" 'ALONE PART1'
cp "$out/PAYMENT_daily.csv.ack.xml" "$work/first.ack"
cp "$out/PAYMENT_daily.csv.rejects.csv" "$work/first.rejects"
LANDPORT_NOW=2026-03-02T21:28:00Z
bad NIGHT2 6 >"$in/PAYMENT_daily.csv"
sed 's/,NIGHT1,/,NIGHT1A,/' "$work/first.rejects" >"$in/PAYMENT_daily.csv.rejects.csv"
is 'the same name another time, and a correction that corrects nothing: 65' "$(night_status)" 65
ok '... the first ack is still there' cmp "$out/PAYMENT_daily.csv.ack.xml" "$work/first.ack"
ok '... and the first rejects' cmp "$out/PAYMENT_daily.csv.rejects.csv" "$work/first.rejects"
daily=PAYMENT_daily.csv.$(sql -c "SELECT hub.batch_name(max(batch_id)) FROM hub.batch WHERE name = 'PAYMENT_daily.csv'")
is '... the second stand beside them' "$(ack "$daily" rejectsFile) $(sed -n 2p "$out/$daily.rejects.csv" | cut -d, -f3)" \
    "$daily.rejects.csv NIGHT2"
is '... the correction is counted' "$(ack PAYMENT_daily.csv.rejects.csv rejectsFile) $(
    sed -n 2p "$out/PAYMENT_daily.csv.rejects.2.csv" | cut -d, -f3)" 'PAYMENT_daily.csv.rejects.2.csv NIGHT1A'
LANDPORT_NOW=2026-03-02T21:29:00Z
sed 's/NIGHT1A/NIGHT1B/' "$out/PAYMENT_daily.csv.rejects.2.csv" >"$in/PAYMENT_daily.csv.rejects.2.csv"
sed 's/NIGHT2/NIGHT2A/' "$out/$daily.rejects.csv" >"$in/$daily.rejects.csv"
night_status >/dev/null
is '... and counted on' "$(ack PAYMENT_daily.csv.rejects.2.csv rejectsFile)" PAYMENT_daily.csv.rejects.3.csv
is '... each time with one reason, the last one' "$(sed -n 1p "$out/PAYMENT_daily.csv.rejects.3.csv" | grep -o '_message' | wc -l)" 1
is '... also where the batch stands in it' "$(ack "$daily.rejects.csv" rejectsFile | sed 's/B[0-9]*/B/')" \
    PAYMENT_daily.csv.B.rejects.2.csv

# --- what is held as a whole ---
LANDPORT_NOW=2026-03-02T21:30:00Z
packed
lines 2 5 >"$work/pack/PAYMENT_1.csv"
lines 6 9 >"$work/pack/PAYMENT_2.csv"
(cd "$work/pack" && zip -q -X "$in/PAYMENT_locked.zip" PAYMENT_1.csv && zip -q -X -P secret "$in/PAYMENT_locked.zip" PAYMENT_2.csv)
(cd "$work/pack" && zip -q -X 1.zip PAYMENT_1.csv && zip -q -X 2.zip 1.zip && zip -q -X "$in/PAYMENT_deep.zip" 2.zip)
is 'an encrypted file, archives too deep: 65' "$(night_status)" 65
is 'both are held, nothing is loaded' "$(batches PAYMENT_locked.zip 'state, code, rows') $(batches PAYMENT_deep.zip 'state, code, rows')" \
    'held|E3012|0 held|E3030|0'
ok 'the ack names the encrypted file' test -n "$(ack PAYMENT_locked.zip messageZh | grep PAYMENT_2.csv)"
ok '... in both languages' test -n "$(ack PAYMENT_locked.zip messageEn | grep PAYMENT_2.csv)"

# --- a file without a header ---
LANDPORT_NOW=2026-03-02T21:40:00Z
sed -n 2,3p "$work/plain.csv" >"$in/export.csv"
is 'nobody can tell what it is: 65' "$(night_status)" 65
is '... and the people in it are shown nowhere' "$(batches export.csv 'state, code, seen')" 'held|E3010|***'

# --- before sending ---
packed
lines 2 5 >"$work/pack/PAYMENT_1.csv"
lines 6 9 | sed '2s/,[0-9]*\.[0-9]*,/,12x,/' >"$work/pack/PAYMENT_2.csv"
(cd "$work/pack" && zip -q -X ../check.zip PAYMENT_1.csv PAYMENT_2.csv)
hub format check "$work/check.zip" --partner LYPLAT01 --json >"$work/checked.json" 2>>"$work/landport.log" || :
is 'format check looks at each' "$(jq -r '.[] | [.file + "/" + .entry, .rows, .errors] | map(tostring) | join(" ")' "$work/checked.json")" \
    'check.zip/PAYMENT_1.csv 4 0
check.zip/PAYMENT_2.csv 4 1'

done_testing
