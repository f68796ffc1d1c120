#!/bin/sh
# What says that a file is all there: control totals beside it and in it, the marker; and what becomes
# of files that are cut off, empty, replaced or still written to while they are taken.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='50%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/plain.csv"
rows=$(($(wc -l <"$work/plain.csv") - 1))
amount=$(awk -F, 'NR > 1 { s += $9 } END { printf "%.5f", s }' "$work/plain.csv")
box=$work/sftp/LYPAY01
in=$box/in
out=$box/out
done_=$box/done
conf=$work/landport.conf

night_runs() {
    hub run >>"$work/run.out" 2>>"$work/landport.log" || [ $? -eq 65 ] || die "the run ended with $?"
}

# of_ack NAME ELEMENT
# shellcheck disable=SC2086 # a name may be a pattern
of_ack() {
    xmllint --xpath "string(/*/*[local-name() = '$2'])" "$out"/$1.ack.xml
}

# answered NAME: a night; then its state, rows, accepted, repeated and rejected.
answered() {
    night_runs
    for element in state rows accepted repeated rejected; do
        printf '%s ' "$(of_ack "$1" "$element")"
    done
}

# held NAME: a night; then why that file is held.
held() {
    night_runs
    sql -c "SELECT state, code, seen, want FROM hub.batch WHERE name = '$1' ORDER BY batch_id DESC LIMIT 1"
}

# --- NAME.sum ---
cp "$work/plain.csv" "$in/PAYMENT_a.csv"
(cd "$in" && sha256sum PAYMENT_a.csv >PAYMENT_a.csv.sum)
printf 'Rows = %s\r\nAMOUNT: %s\r\n' "$rows" "$amount" >>"$in/PAYMENT_a.csv.sum"
is 'all is as its .sum says' "$(answered PAYMENT_a.csv)" "loaded $rows $rows 0 0 "
is 'the .sum is no file of its own' "$(sql -c 'SELECT count(*) FROM hub.batch')" 1
is '... and lies beside its file in done/' "$(find "$box" -name 'PAYMENT_a*' ! -path '*/out/*' | sort | tr '\n' ' ')" \
    "$done_/PAYMENT_a.csv $done_/PAYMENT_a.csv.sum "
is 'what was said and what was counted is kept' \
    "$(sql -c "SELECT said = 'sha256=' || file_id || ' rows=$rows amount=' || trim_scale($amount), trailer,
        counted LIKE 'rows=$rows amount=' || trim_scale($amount) || ' amount.%' FROM hub.totals JOIN hub.batch USING (batch_id)")" 't||t'

head -n 15 "$work/plain.csv" >"$in/PAYMENT_less.csv"
echo "rows=$rows amount=$amount" >"$in/PAYMENT_less.csv.sum"
less=$(head -n 15 "$work/plain.csv" | awk -F, 'NR > 1 { s += $9 } END { printf "%.5f", s }')
less=$(sql -c "SELECT trim_scale($less)")
all=$(sql -c "SELECT trim_scale($amount)")
is 'rows are missing: held, with both' "$(held PAYMENT_less.csv)" \
    "held|E3041|rows=14 amount=$less|rows=$rows amount=$all (.sum)"
is '... nothing is loaded' "$(sql -c "SELECT count(*) FROM hub.payment p JOIN hub.batch b USING (batch_id)
    WHERE b.name = 'PAYMENT_less.csv'")" 0
ok '... and its ack says so' grep -q "rows=$rows amount=$all (.sum)（实际：rows=14 amount=$less）" "$out/PAYMENT_less.csv.ack.xml"

head -n 16 "$work/plain.csv" >"$in/PAYMENT_sha.csv"
sha256sum "$work/plain.csv" >"$in/PAYMENT_sha.csv.SUM"
is 'another sha256: held' "$(held PAYMENT_sha.csv | cut -d'|' -f1,2)" 'held|E3040'
cp "$in/../done/PAYMENT_sha.csv" "$in/PAYMENT_sha.csv"
is 'sent again without it, the same bytes are no duplicate' "$(cp "$out/PAYMENT_sha.csv.ack.xml" "$work/first"; answered 'PAYMENT_sha.csv.B*')" "loaded 15 0 15 0 "
ok '... and the first answer is still there' cmp "$work/first" "$out/PAYMENT_sha.csv.ack.xml"

head -n 17 "$work/plain.csv" >"$in/PAYMENT_word.csv"
echo "row=16" >"$in/PAYMENT_word.csv.sum"
is 'a .sum nobody understands: held' "$(held PAYMENT_word.csv | cut -d'|' -f1-3)" \
    "held|E3042|PAYMENT_word.csv.sum: line 1: 'row' is not known"
head -n 18 "$work/plain.csv" >"$in/PAYMENT_void.csv"
: >"$in/PAYMENT_void.csv.sum"
is 'an empty one: held' "$(held PAYMENT_void.csv | cut -d'|' -f1-3)" "held|E3042|PAYMENT_void.csv.sum: says nothing"

currency=$(sed -n 2p "$work/plain.csv" | cut -d, -f10)
of_one=$(awk -F, -v c="$currency" 'NR > 1 && $10 == c { s += $9 } END { printf "%.5f", s }' "$work/plain.csv")
{ cat "$work/plain.csv" && echo; } >"$in/PAYMENT_cur.csv"
echo "amount.$currency=$of_one" >"$in/PAYMENT_cur.csv.sum"
is 'the amount of one currency' "$(answered PAYMENT_cur.csv)" "loaded $rows 0 $rows 0 "

sed '3s/^\(\([^,]*,\)\{8\}\)[^,]*/\1much/' "$work/plain.csv" >"$in/PAYMENT_much.csv"
echo "rows=$rows amount=$amount" >"$in/PAYMENT_much.csv.sum"
is 'an amount that is refused itself is not compared' "$(answered PAYMENT_much.csv)" "loaded $rows 0 $((rows - 1)) 1 "

# --- NAME.sum and time ---
echo "rows=1" >"$in/PAYMENT_alone.csv.sum"
is 'a .sum alone waits' "$(hub run pickup 2>>"$work/landport.log" | grep -o 'sums_alone=1') $(find "$in" -type f | wc -l)" 'sums_alone=1 1'
ok '... and is reported' grep -q 'PAYMENT_alone.csv.sum: there is no PAYMENT_alone.csv' "$work/landport.log"
head -n 2 "$work/plain.csv" >"$in/PAYMENT_alone.csv"
is '... until its file comes' "$(answered PAYMENT_alone.csv)" "loaded 1 0 1 0 "

sed -i 's/settle = "0s"/settle = "60s"/' "$conf"
head -n 3 "$work/plain.csv" >"$in/PAYMENT_late.csv"
night_runs
LANDPORT_NOW=2026-03-02T20:00:50Z
echo rows=3 >"$in/PAYMENT_late.csv.sum"
night_runs
LANDPORT_NOW=2026-03-02T20:01:10Z
night_runs
is 'a .sum within the settle time: both must have settled' "$(find "$in" -type f | wc -l)" 2
LANDPORT_NOW=2026-03-02T20:02:00Z
is '... and it counts' "$(held PAYMENT_late.csv | cut -d'|' -f2,3)" 'E3041|rows=2'
sed -i 's/settle = "60s"/settle = "0s"/' "$conf"

# --- trailer rows ---
{ cat "$work/plain.csv" && echo "#TOTAL,$rows,$amount"; } >"$in/PAYMENT_t1.csv"
is 'a trailer row is no row' "$(answered PAYMENT_t1.csv)" "loaded $rows 0 $rows 0 "
{ cat "$work/plain.csv" && printf '合计,,,,,,,,%s,,,,,' "$amount"; } | iconv -f UTF-8 -t GB18030 >"$in/PAYMENT_t2.csv"
is '... with the sum below its column, in GB18030' "$(answered PAYMENT_t2.csv)" "loaded $rows 0 $rows 0 "
is '... which is what it is said to say' "$(sql -c "SELECT trailer FROM hub.totals JOIN hub.batch USING (batch_id)
    WHERE name = 'PAYMENT_t2.csv'")" "amount=$all"
{ head -n 15 "$work/plain.csv" && echo "TRAILER rows=$rows amount=$amount"; } >"$in/PAYMENT_t3.csv"
is '... that counts more rows: held' "$(held PAYMENT_t3.csv)" \
    "held|E3041|rows=14 amount=$less|rows=$rows amount=$all (line 16)"
{ cat "$work/plain.csv" && echo "#TOTAL,$rows,$amount" && sed -n 2p "$work/plain.csv"; } >"$in/PAYMENT_t4.csv"
is '... with a row after it: held' "$(held PAYMENT_t4.csv | cut -d'|' -f1-3)" "held|E3044|line $((rows + 2))"
{ cat "$work/plain.csv" && echo "#TOTAL,rows=many"; } >"$in/PAYMENT_t5.csv"
is '... that cannot be read: held' "$(held PAYMENT_t5.csv | cut -d'|' -f2,3)" \
    "E3042|line $((rows + 2)): rows '***' is not a number"

# a sum as people write it below a table is no control, wherever it stands
# notices NAME: codes of what its ack tells beside
notices() {
    sql -c "SELECT coalesce(string_agg(n ->> 'code', ' '), '') FROM hub.batch, jsonb_array_elements(notices) n WHERE name = '$1'"
}
{ cat "$work/plain.csv" && printf '合计,,,,,,%s,,,,,,,' "$amount"; } >"$in/PAYMENT_s1.csv"
{ cat "$work/plain.csv" && printf ',,,合　计：,%s,12,,￥1.00,,3,-,4单,5,6' "$amount"; } >"$in/PAYMENT_s2.csv"
{ cat "$work/plain.csv" && printf '合计：%s单,,,,,,,,,,,,,\nTotal,%s,,,,,,,,,,,,' "$rows" "$amount"; } >"$in/PAYMENT_s3.csv"
{ cat "$work/plain.csv" && printf '合计,%s,%s' "$rows" "$amount"; } >"$in/PAYMENT_s4.csv"
{ cat "$work/plain.csv" && printf '合计,%s,%s,,,,,,,,,,,' "$((rows + 1))" "$amount"; } >"$in/PAYMENT_s5.csv"
for n in 1 2 3; do
    is "a sum below a table ($n) is told and passed over" "$(answered PAYMENT_s$n.csv) $(notices PAYMENT_s$n.csv)" "loaded $rows 0 $rows 0  E3084"
done
is 'rows and amount behind the word are control totals' "$(answered PAYMENT_s4.csv) $(notices PAYMENT_s4.csv)" "loaded $rows 0 $rows 0  "
is '... which are compared' "$(held PAYMENT_s5.csv | cut -d'|' -f2,3)" "E3041|rows=$rows"

# --- several data files in one upload: what is said is of all of them ---
mkdir "$work/parts"
head -n 8 "$work/plain.csv" >"$work/parts/PAYMENT_p1.csv"
{ sed -n 1p "$work/plain.csv" && sed -n '9,$p' "$work/plain.csv"; } >"$work/parts/PAYMENT_p2.csv"
(cd "$work/parts" && zip -q ../parts.zip ./*.csv)
cp "$work/parts.zip" "$in/PAYMENT_parts.zip"
echo "rows=$((rows + 1)) amount=$amount" >"$in/PAYMENT_parts.zip.sum"
is 'a zip of two files, a row too few: held, neither is loaded' "$(held PAYMENT_parts.zip)" \
    "held|E3041|rows=$rows|rows=$((rows + 1))"
cp "$work/parts.zip" "$in/PAYMENT_parts2.zip"
(cd "$in" && sha256sum PAYMENT_parts2.zip && echo "rows=$rows amount=$amount") >"$work/sum"
mv "$work/sum" "$in/PAYMENT_parts2.zip.sum"
night_runs
is '... all of them: loaded' "$(sql -c "SELECT string_agg(state || ' ' || rows, ' ' ORDER BY item) FROM hub.batch
    WHERE name = 'PAYMENT_parts2.zip'")" "loaded 7 loaded $((rows - 7))"

# --- where they are required ---
sed -i '/^partner "LYPAY01"/,/^}/s/charset = "auto"/charset = "auto"  totals = "required"/' "$conf"
head -n 11 "$work/plain.csv" >"$in/PAYMENT_r1.csv"
is 'nothing is said where something must be: held' "$(held PAYMENT_r1.csv | cut -d'|' -f1,2)" 'held|E3043'
{ head -n 11 "$work/plain.csv" && echo '#TOTAL'; } >"$in/PAYMENT_r2.csv"
is 'an end mark says nothing' "$(held PAYMENT_r2.csv | cut -d'|' -f1,2)" 'held|E3043'
{ head -n 11 "$work/plain.csv" && echo '#TOTAL,10'; } >"$in/PAYMENT_r3.csv"
is 'a trailer will do' "$(answered PAYMENT_r3.csv)" 'loaded 10 0 10 0 '
head -n 12 "$work/plain.csv" >"$in/PAYMENT_r4.csv"
(cd "$in" && sha256sum PAYMENT_r4.csv >"$work/sum" && mv "$work/sum" PAYMENT_r4.csv.sum)
is 'a sha256 too' "$(answered PAYMENT_r4.csv)" 'loaded 11 0 11 0 '
hub batch release "$(sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE name = 'PAYMENT_r1.csv'")" \
    --reason 'they called' >>"$work/run.out" 2>>"$work/landport.log"
is 'a person may let it pass' "$(answered PAYMENT_r1.csv)" 'loaded 10 0 10 0 '
hub batch release "$(sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE name = 'PAYMENT_t3.csv'")" \
    --reason 'they called' >>"$work/run.out" 2>>"$work/landport.log"
is '... and totals that do not fit' "$(answered PAYMENT_t3.csv)" 'loaded 14 0 14 0 '
sed -i 's/  totals = "required"//' "$conf"

# --- a partner asks beforehand ---
# checked FILE: what format check says of it as a whole.
checked() {
    hub --json format check "$1" --partner LYPAY01 2>>"$work/landport.log" | jq -c 'select(.code) | [.code, .seen, .want]'
}
{ cat "$work/plain.csv" && printf '\n\n'; } >"$work/PAYMENT_ask.csv" # no duplicate
is 'format check: nothing to say' "$(checked "$work/PAYMENT_ask.csv")" ''
echo 'rows=7' >"$work/PAYMENT_ask.csv.sum"
is '... sees the .sum beside the file' "$(checked "$work/PAYMENT_ask.csv")" "[\"E3041\",\"rows=$rows\",\"rows=7 (.sum)\"]"
sha256sum /dev/null >"$work/PAYMENT_ask.csv.sum"
is '... and another sha256' "$(checked "$work/PAYMENT_ask.csv" | cut -c1-8)" '["E3040"'
echo '#TOTAL,7' >>"$work/PAYMENT_ask.csv"
rm "$work/PAYMENT_ask.csv.sum"
is '... and a trailer' "$(checked "$work/PAYMENT_ask.csv")" "[\"E3041\",\"rows=$rows\",\"rows=7 (line $((rows + 4)))\"]"

# --- the end is missing ---
{ head -n 10 "$work/plain.csv" && sed -n 11p "$work/plain.csv" | cut -c1-30 | tr -d '\n'; } >"$in/PAYMENT_c1.csv"
is 'cut off within a row: held' "$(held PAYMENT_c1.csv | cut -d'|' -f1-3)" 'held|E3045|line 11'
ok '... which says so' grep -q 'cut off in the middle' "$out/PAYMENT_c1.csv.ack.xml"
{ head -n 10 "$work/plain.csv" && printf '"half a na'; } >"$in/PAYMENT_c2.csv"
is 'cut off within quotes: held' "$(held PAYMENT_c2.csv | cut -d'|' -f1-3)" 'held|E3045|line 11'
iconv -f UTF-8 -t UTF-16 "$work/plain.csv" | head -c 2001 >"$in/PAYMENT_c3.csv"
is 'cut off within a character of UTF-16: held' "$(held PAYMENT_c3.csv | cut -d'|' -f1,2)" 'held|E3045'
printf '%s' "$(cat "$work/plain.csv")" >"$in/PAYMENT_c4.csv"
is 'only the last line end is missing: all is there' "$(answered PAYMENT_c4.csv)" "loaded $rows 0 $rows 0 "
cp "$work/plain.csv" "$work/PAYMENT_x.csv"
for form in zip gz xz zst tar.gz tar 7z; do
    whole=$work/whole.$form
    case $form in
    zip) (cd "$work" && zip -q whole.zip PAYMENT_x.csv) ;;
    gz) gzip -c "$work/PAYMENT_x.csv" >"$whole" ;;
    xz) bsdtar --format raw --xz -cf "$whole" -C "$work" PAYMENT_x.csv ;;
    zst) bsdtar --format raw --zstd -cf "$whole" -C "$work" PAYMENT_x.csv ;;
    tar) bsdtar -cf "$whole" -C "$work" PAYMENT_x.csv ;;
    tar.gz) bsdtar -czf "$whole" -C "$work" PAYMENT_x.csv ;;
    7z) bsdtar --format 7zip -cf "$whole" -C "$work" PAYMENT_x.csv ;;
    esac
    head -c $(($(wc -c <"$whole") / 2)) "$whole" >"$in/PAYMENT_half.$form"
    is "$form, cut off: held" "$(held "PAYMENT_half.$form" | cut -d'|' -f1,2)" 'held|E3047'
done
is 'of no such file anything is loaded' "$(sql -c "SELECT count(*) FROM hub.batch
    WHERE name ~ 'half|_c[123]' AND (state = 'loaded' OR accepted > 0)")" 0

# --- nothing in it ---
: >"$in/PAYMENT_0.csv"
is 'empty: refused' "$(answered PAYMENT_0.csv)" 'rejected 0 0 0 0 '
ok '... which says so' grep -q 'E3046\|the file is empty' "$out/PAYMENT_0.csv.ack.xml"
printf '\r\n\r\n' >"$in/PAYMENT_blank.csv"
is 'blank lines: the same' "$(held PAYMENT_blank.csv | cut -d'|' -f1,2)" 'rejected|E3046'
head -n 1 "$work/plain.csv" >"$in/PAYMENT_head.csv"
is 'a header alone: refused, with another reason' "$(held PAYMENT_head.csv | cut -d'|' -f1,2)" 'rejected|E3008'

# --- replaced, and still written to, while it is taken ---
# when_taken NAME COMMAND…: as soon as a run has taken it, which then goes on reading for a while.
when_taken() {
    taken=$in/.taken.$1
    shift
    while [ ! -e "$taken" ]; do sleep 0.002; done
    "$@"
}

replace() {
    cp -p "$work/new.bin" "$in/big.bin"
}

head -c 40000000 /dev/urandom >"$work/old.bin"
head -c 40000000 /dev/urandom >"$work/new.bin"
touch -d 2026-03-02T00:00:00Z "$work/old.bin" "$work/new.bin"
cp -p "$work/old.bin" "$in/big.bin"
when_taken big.bin replace &
hub run pickup >>"$work/run.out" 2>>"$work/landport.log" || die "pickup ended with $?"
wait "$!"
hashes() {
    sql -c "SELECT string_agg(CASE file_id WHEN '$(sha256sum <"$work/old.bin" | cut -c1-64)' THEN 'old'
        WHEN '$(sha256sum <"$work/new.bin" | cut -c1-64)' THEN 'new' ELSE file_id END, ' ' ORDER BY batch_id)
        FROM hub.batch WHERE name = '$1'"
}
is 'replaced while it is read, by a file of the same size and time: the old one is read' "$(hashes big.bin)" old
ok '... and moved' cmp "$work/old.bin" "$done_/big.bin"
ok '... and the new one lies where it was put' cmp "$work/new.bin" "$in/big.bin"
hub run pickup >>"$work/run.out" 2>>"$work/landport.log" || die "pickup ended with $?"
is '... until the next run' "$(hashes big.bin) $(find "$in" -type f | wc -l)" 'old new 0'
ok '... and is moved beside it' cmp "$work/new.bin" "$(find "$done_" -name 'big.bin.B*')"

exec 5>"$in/slow.bin"
cat "$work/old.bin" >&5
go_on() {
    cat "$work/new.bin" >&5
}
when_taken slow.bin go_on &
hub run pickup >>"$work/run.out" 2>>"$work/landport.log" || die "pickup ended with $?"
wait "$!"
exec 5>&-
is 'written to while it is read: not taken' "$(hashes slow.bin)" ''
ok '... which the log says' grep -q 'E3048 slow.bin: ' "$work/landport.log"
hub run pickup >>"$work/run.out" 2>>"$work/landport.log" || die "pickup ended with $?"
cat "$work/new.bin" >>"$work/old.bin"
is '... but by the next run, all of it' "$(hashes slow.bin)" old
is 'nothing is left in in/' "$(find "$in" -type f | wc -l)" 0

# --- the marker, with and without .sum ---
sed -i 's/settle = "0s"/settle = "0s"  ready = "marker"/' "$conf"
head -n 4 "$work/plain.csv" >"$in/PAYMENT_m1.csv"
echo 'rows=4' >"$in/PAYMENT_m1.csv.ok"
is 'a marker that counts' "$(held PAYMENT_m1.csv | cut -d'|' -f2,3)" 'E3041|rows=3'
head -n 5 "$work/plain.csv" >"$in/PAYMENT_m2.csv"
echo 'rows=4' >"$in/PAYMENT_m2.csv.sum"
night_runs
is 'a .sum is no marker' "$(find "$in" -type f | wc -l)" 2
: >"$in/PAYMENT_m2.csv.ok"
is '... and with an empty marker it counts' "$(answered PAYMENT_m2.csv)" 'loaded 4 0 4 0 '
head -n 6 "$work/plain.csv" >"$in/PAYMENT_m3.csv"
echo 'rows=5' >"$in/PAYMENT_m3.csv.sum"
echo 'rows=6' >"$in/PAYMENT_m3.csv.ok"
is 'two that contradict each other: held' "$(held PAYMENT_m3.csv | cut -d'|' -f2,3)" \
    'E3042|PAYMENT_m3.csv.ok: line 1: rows is said twice, differently'
is 'nothing is left in in/' "$(find "$in" -type f | wc -l)" 0
sed -i 's/  ready = "marker"//' "$conf"

done_testing
