#!/bin/sh
# Files that wait for a person: over a limit, from a partner who is new, stopped by hand; and what the
# person decides of them. Each decision is in the audit, and the partner is told.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='10%' reject_from='1 rows'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/plain.csv"
rows=$(($(wc -l <"$work/plain.csv") - 1))
in=$work/sftp/LYPAY01/in
out=$work/sftp/LYPAY01/out

# option TEXT [LIMIT]: one more line in the section of LYPAY01, which takes the place of the one before.
sed -i '/^partner "LYPAY01"/,/^}/s/reject-limit = "[^"]*"//' "$work/landport.conf"
option() {
    sed -i '/# ours$/d' "$work/landport.conf"
    sed -i "/^partner \"LYPAY01\"/a\\    reject-limit = \"${2:-10%}\" $1 # ours" "$work/landport.conf"
}

# night [JOB…]: runs; its status is kept. ack NAME ELEMENT. acks NAME: state and counts. state NAME
night() {
    night_result=0
    hub run "$@" >>"$work/run.out" 2>>"$work/landport.log" || night_result=$?
}
ack() {
    xmllint --xpath "string(/ack/$2)" "$out/$1.ack.xml"
}
acks() {
    for element in state accepted repeated rejected; do
        printf '%s ' "$(ack "$1" $element)"
    done
}
batch() {
    sql -c "SELECT $2 FROM hub.batch WHERE name = '$1'"
}
id() {
    batch "$1" 'hub.batch_name(batch_id)'
}
audit() {
    sql -c "SELECT a.what, b.name, a.reason FROM hub.audit a JOIN hub.batch b ON hub.batch_name(b.batch_id) = a.object
            ORDER BY audit_id DESC LIMIT ${1:-1}"
}
# act WORDS…: landport batch; its status, what it says in $work/act.out and act.err
act() {
    act_result=0
    hub batch "$@" >"$work/act.out" 2>"$work/act.err" || act_result=$?
    echo "$act_result"
}
fits() {
    xmllint --noout --nonet --schema formats/feed/ack.xsd "$out/$1.ack.xml"
}
# bad N: the payments, N of them without an amount that is a number
bad() {
    awk -F, -v OFS=, -v n="$1" 'NR > 1 && NR <= n + 1 { $9 = "many" } { print }' "$work/plain.csv"
}
# part FROM TO: some of the payments
part() {
    sed -n "1p; $1,$2p" "$work/plain.csv"
}

# --- reject-limit ---
option '' 0%
bad 1 >"$in/PAYMENT_none.csv"
night
is '0 %: one bad row, and nothing of the file' "$night_result $(acks PAYMENT_none.csv)" '65 rejected 0 0 1 '
is '... which is said' "$(batch PAYMENT_none.csv "code || ' ' || want") $(sql -c 'SELECT count(*) FROM hub.payment')" 'E3014 0% 0'
is '... and the row comes back' "$(wc -l <"$out/PAYMENT_none.csv.rejects.csv")" 2
option '' '2 rows'
bad 3 >"$in/PAYMENT_three.csv"
night
is '2 rows: three are too many' "$(acks PAYMENT_three.csv) $(batch PAYMENT_three.csv "code || ' ' || want")" 'rejected 0 0 3  E3014 2'
option '' 100%
bad "$rows" >"$in/PAYMENT_all.csv"
night
is '100 %: every row may be bad' "$(acks PAYMENT_all.csv)" "loaded 0 0 $rows "
option '' '2 rows'
is 'a person may load the rest all the same' "$(act release "$(id PAYMENT_three.csv)" --reason 'they promised')" 0
is '... and it waits for the next run' "$(batch PAYMENT_three.csv state) $(audit)" 'received batch release|PAYMENT_three.csv|they promised'
night
is '... which loads what is good' "$(acks PAYMENT_three.csv)" "loaded $((rows - 3)) 0 3 "
is 'what the partner was told before stays known' "$(sql -c "SELECT string_agg(a.kind || ' ' || a.state, ',' ORDER BY answer_id)
    FROM hub.answer a JOIN hub.batch b USING (batch_id) WHERE b.name = 'PAYMENT_three.csv'")" \
    'rejects replaced,ack replaced,rejects published,ack published'

# --- a partner who is new ---
option 'soft_reject = true'
bad 1 >"$in/PAYMENT_soft.csv"
bad 12 >"$in/PAYMENT_softer.csv"
part 2 3 | sed '1s/^[^,]*/colour/' >"$in/PAYMENT_head.csv"
part 2 5 >"$in/PAYMENT_good.csv"
night
is 'soft-reject: a bad row holds the file' "$night_result $(acks PAYMENT_soft.csv)" '65 held 0 0 1 '
is '... with what would be refused' "$(batch PAYMENT_soft.csv "code || ' ' || want")" "E3050 1/$rows"
ok '... and an ack that fits its format' fits PAYMENT_soft.csv
is '... that promises no rejects, and there are none' "$(ack PAYMENT_soft.csv rejectsFile)$(find "$out" -name 'PAYMENT_soft*.rejects.csv')" ''
is 'so do too many of them' "$(batch PAYMENT_softer.csv "state || ' ' || code || ' ' || seen || ' ' || want")" "held E3050 E3014 12/$rows"
is 'and a header that cannot be read' "$(batch PAYMENT_head.csv "state || ' ' || code || ' ' || seen")" 'held E3050 E3007'
is 'a good file is loaded' "$(acks PAYMENT_good.csv | cut -d' ' -f1)" loaded
hub status --json >"$work/status.json" 2>>"$work/landport.log"
is 'status names the holds, why, and what to type' \
    "$(jq -r '.holds[] | select(.file == "PAYMENT_soft.csv") | .code + " " + .next + " " + (.message_zh | tostring | .[0:2])' "$work/status.json")" \
    "E3050 landport batch release $(id PAYMENT_soft.csv) --reason \"…\" 有 "
hub batch show "$(id PAYMENT_soft.csv)" --json >"$work/show.json" 2>>"$work/landport.log"
is 'batch show says what can be done' "$(jq -r '[.actions[].command | split(" ")[2]] | join(" ")' "$work/show.json")" 'release discard rerun'
is '... and the rows it is about' "$(jq -r '.rejects[0] | (.line | tostring) + " " + .code' "$work/show.json")" '2 E2005'
is 'released' "$(act release "$(id PAYMENT_soft.csv)" "$(id PAYMENT_softer.csv)" "$(id PAYMENT_head.csv)" --yes --reason 'seen with them')" 0
night
is '... the good rows are loaded, the bad come back' \
    "$(acks PAYMENT_soft.csv) $(grep -c ',E2005,' "$out/PAYMENT_soft.csv.rejects.csv")" "loaded 0 $((rows - 1)) 1  1"
is '... whatever the limit says' "$(acks PAYMENT_softer.csv | cut -d' ' -f1,4)" 'loaded 12'
is '... and what cannot be loaded is refused for good' "$(acks PAYMENT_head.csv)" 'rejected 0 0 1 '
bad 2 | sed 's/many/much/' >"$in/PAYMENT_away.csv"
night
is 'discarded' "$(act discard "$(id PAYMENT_away.csv)" --reason 'a test file') $(audit)" '0 batch discard|PAYMENT_away.csv|a test file'
night
is '... the partner is told' "$(acks PAYMENT_away.csv)$(ack PAYMENT_away.csv messageZh | cut -c1-12)" 'discarded 0 0 2 运营人员'
ok '... in an ack that fits its format' fits PAYMENT_away.csv
is '... and nothing more can be done' "$(act release "$(id PAYMENT_away.csv)" --reason x) $(grep -c 'nothing; it has come to its end' "$work/act.err")" '1 1'
is '... its bytes are in the archive all the same' "$(batch PAYMENT_away.csv archived)" t

# --- limits ---
option 'limits { size = 1KiB }'
part 2 7 >"$in/PAYMENT_large.csv"
night
is 'over the limit of bytes: held' "$night_result $(acks PAYMENT_large.csv)" '65 held 0 0 0 '
is '... with both figures' "$(batch PAYMENT_large.csv "code || ' ' || seen || ' ' || want")" "E3052 $(wc -c <"$in/PAYMENT_large.csv") 1024"
is '... not downloaded' "$(batch PAYMENT_large.csv 'file_id IS NULL AND NOT moved') $(ls "$in")" 't PAYMENT_large.csv'
ok '... an ack that fits its format' fits PAYMENT_large.csv
is '... whose bytes cannot be shown' "$(act show "$(id PAYMENT_large.csv)" --original)" 1
night
is '... and stays so' "$(sql -c "SELECT count(*), min(state) FROM hub.batch WHERE name = 'PAYMENT_large.csv'")" '1|held'
is '... until it is released' "$(act release "$(id PAYMENT_large.csv)" --reason 'month end')" 0
night ingest
is '... when it is fetched before it is read' "$(batch PAYMENT_large.csv "state, file_id IS NULL")" 'received|t'
night
is '... and loaded' "$(acks PAYMENT_large.csv | cut -d' ' -f1) $(batch PAYMENT_large.csv "moved, file_id") $(ls "$in")" \
    "loaded t|$(part 2 7 | sha256sum | cut -d' ' -f1) "
is '... its ack has the hash now' "$(ack PAYMENT_large.csv sha256)" "$(batch PAYMENT_large.csv file_id)"
part 8 13 >"$in/PAYMENT_unread.csv"
part 9 14 >"$in/PAYMENT_back.csv"
part 10 15 >"$in/PAYMENT_again.csv"
night
is 'discarded unread' "$(act discard "$(id PAYMENT_unread.csv)" --reason 'far too large')" 0
rm "$in/PAYMENT_back.csv"
part 2 3 | cut -c1-900 >"$in/PAYMENT_again.csv"
night
is '... it is moved away' "$(batch PAYMENT_unread.csv "state, moved, file_id IS NULL") $(ls "$work/sftp/LYPAY01/done/PAYMENT_unread.csv")" \
    "discarded|t|t $work/sftp/LYPAY01/done/PAYMENT_unread.csv"
is 'taken back by its partner' "$(batch PAYMENT_back.csv "state, moved")" 'discarded|t'
is 'another one of the same name goes its way' "$(acks "PAYMENT_again.csv.$(batch PAYMENT_again.csv 'hub.batch_name(max(batch_id))')" | cut -d' ' -f1)" loaded
night
is '... and ends the first' "$(sql -c "SELECT string_agg(state, ' ' ORDER BY batch_id) FROM hub.batch WHERE name = 'PAYMENT_again.csv'")" 'discarded loaded'
part 8 14 >"$in/PAYMENT_raised.csv"
night
option 'limits { size = 1MiB }'
is 'or the limit is raised' "$(act rerun "$(id PAYMENT_raised.csv)" --reason 'agreed')" 0
night
is '... and it is loaded' "$(acks PAYMENT_raised.csv | cut -d' ' -f1)" loaded

option 'limits { rows = 5 }'
part 2 6 | sed '2,$s/$/five/' >"$in/PAYMENT_five.csv"
part 2 7 | sed '2,$s/$/six/' | gzip >"$in/PAYMENT_six.csv.gz"
night
is 'five rows may be' "$(batch PAYMENT_five.csv state)" rejected
is 'six are over the limit' "$(acks PAYMENT_six.csv.gz) $(batch PAYMENT_six.csv.gz "code || ' ' || want")" 'held 0 0 0  E3053 5'
option 'limits { rows = 5 }' 100%
is '... and may be all the same' "$(act release "$(id PAYMENT_six.csv.gz)" --reason 'once')" 0
night
is '... when released' "$(acks PAYMENT_six.csv.gz)" 'loaded 0 0 6 '

option "limits { files = $(($(sql -c "SELECT count(*) FROM hub.batch WHERE party = 'LYPAY01'") + 1)) }"
part 2 3 | sed 's/,$/, /' >"$in/PAYMENT_x1.csv"
part 3 4 >"$in/PAYMENT_x2.csv"
part 4 5 >"$in/PAYMENT_x3.csv"
night
is 'one more file today' "$(acks PAYMENT_x1.csv | cut -d' ' -f1)" loaded
is 'the next ones are held' "$(batch PAYMENT_x2.csv "state || ' ' || code") $(batch PAYMENT_x3.csv "state || ' ' || code")" 'held E3054 held E3054'
LANDPORT_NOW=2026-03-03T20:00:00Z
part 5 6 >"$in/PAYMENT_x4.csv"
night
is 'but not those of the next day' "$(acks PAYMENT_x4.csv | cut -d' ' -f1)" loaded

option 'limits { bytes = 2KiB  size = 3KiB }'
head -c 4096 /dev/zero >"$in/PAYMENT_y0.csv"
part 6 7 >"$work/y1.csv"
head -c $((2048 - $(wc -c <"$work/y1.csv") - $(batch PAYMENT_x4.csv size))) /dev/zero | tr '\0' '\n' |
    cat "$work/y1.csv" - >"$in/PAYMENT_y1.csv"
part 7 8 | sed 's/,$/,  /' >"$in/PAYMENT_y2.csv"
night
is 'as many bytes a day as were agreed, without what is too large to be fetched' \
    "$(acks PAYMENT_y1.csv | cut -d' ' -f1) $(batch PAYMENT_y0.csv code) $(act discard "$(id PAYMENT_y0.csv)" --reason 'no file of theirs')" 'loaded E3052 0'
is '... more are held, with both figures' "$(batch PAYMENT_y2.csv "state || ' ' || code || ' ' || seen || ' ' || want")" \
    "held E3090 $((2048 + $(wc -c <"$work/sftp/LYPAY01/done/PAYMENT_y2.csv"))) 2048"
ok '... and told' grep -q '当日文件总量超过约定上限 2048 字节' "$out/PAYMENT_y2.csv.ack.xml"
is '... until they are released' "$(act release "$(id PAYMENT_y2.csv)" --reason 'month end')" 0
night
is '... and loaded' "$(acks PAYMENT_y2.csv | cut -d' ' -f1)" loaded
option 'limits { size = 1MiB }'

# --- many at once ---
is 'a filter shows what it would do' "$(act release --partner LYPAY01 --state held --reason 'a busy day') $(grep -c 'PAYMENT_x' "$work/act.out")" '64 2'
is '... and does nothing' "$(batch PAYMENT_x2.csv state)" held
is '... in JSON too' "$(act release --date 20260303 --failed --state held --reason 'a busy day' --json) $(jq -c '[.done, [.batches[].file]]' "$work/act.out")" \
    '64 [false,["PAYMENT_x3.csv","PAYMENT_x2.csv"]]'
is '... until it is told to' "$(act release --state held --reason 'a busy day' --yes --json) $(jq -c '[.done, [.batches[] | .file + " " + .state]]' "$work/act.out")" \
    '0 [true,["PAYMENT_x3.csv received","PAYMENT_x2.csv received"]]'
is '... with an audit row each' "$(audit 2)" 'batch release|PAYMENT_x3.csv|a busy day
batch release|PAYMENT_x2.csv|a busy day'
night
is '... and they are loaded' "$(batch PAYMENT_x2.csv state) $(batch PAYMENT_x3.csv state)" 'loaded loaded'
is 'a filter that finds nothing' "$(act release --state held --reason x --json) $(jq -c . "$work/act.out")" '0 {"done":false,"batches":[]}'
is 'one that cannot: none of them' "$(act rerun "$(id PAYMENT_none.csv)" "$(id PAYMENT_x2.csv)" --yes --reason x) $(batch PAYMENT_none.csv state)" '1 rejected'

# --- one data file of an upload ---
option 'soft-reject = true'
mkdir "$work/pack"
part 7 9 | sed '2s/[0-9.]*,142/many,142/; 2s/,\([0-9.]*\),\([0-9]*\),\(2026\)/,many,\2,\3/' >"$work/pack/PAYMENT_a.csv"
part 10 12 >"$work/pack/PAYMENT_b.csv"
(cd "$work/pack" && zip -q -X "$in/day.zip" PAYMENT_a.csv PAYMENT_b.csv)
night
held=$(sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE name = 'day.zip' AND state = 'held'")
is 'one of two data files is held' "$(ack day.zip state) $(sql -c "SELECT string_agg(entry || ' ' || state, ', ' ORDER BY item)
    FROM hub.batch WHERE name = 'day.zip'")" 'mixed PAYMENT_a.csv held, PAYMENT_b.csv loaded'
is '... it alone is released' "$(act release "$held" --reason 'looked at')" 0
night
is '... and the upload answered again, as a whole' "$(ack day.zip state) $(ack day.zip 'part[1]/rejected') $(ack day.zip 'part[2]/repeated')" 'loaded 1 3'
ok '... in an ack that fits its format' fits day.zip
ok '... its rejects beside it' test -s "$out/$(ack day.zip 'part[1]/rejectsFile')"

# --- control totals that do not fit ---
option ''
part 13 16 >"$in/PAYMENT_sum.csv"
echo 'rows=5' >"$in/PAYMENT_sum.csv.sum"
part 14 17 | head -c -40 >"$in/PAYMENT_cut.csv"
night
is 'fewer rows than were said, a row cut off: held' "$(batch PAYMENT_sum.csv "state || ' ' || code") $(batch PAYMENT_cut.csv "state || ' ' || code")" \
    'held E3041 held E3045'
option '' 50%
is '... and released, when somebody knows better' "$(act release --state held --reason 'they rang up' --yes)" 0
night
is '... one as it is, the other without the row that was cut off' "$(acks PAYMENT_sum.csv)$(acks PAYMENT_cut.csv)" 'loaded 0 4 0 loaded 0 3 1 '

# --- stopped by hand ---
option ''
part 6 8 >"$in/PAYMENT_stop.csv"
night pickup
is 'a file that has not been loaded is stopped' "$(act hold "$(id PAYMENT_stop.csv)" --reason 'they called') $(audit)" \
    '0 batch hold|PAYMENT_stop.csv|they called'
night
is '... no run loads it, the partner knows' "$(batch PAYMENT_stop.csv state) $(acks PAYMENT_stop.csv)" 'held held 0 0 0 '
is '... the reason is not for him' "$(grep -c 'they called' "$out/PAYMENT_stop.csv.ack.xml" || true)" 0
cp "$work/sftp/LYPAY01/done/PAYMENT_stop.csv" "$in/PAYMENT_stop_again.csv"
cp "$work/sftp/LYPAY01/done/PAYMENT_stop.csv" "$in/PAYMENT_stop_twice.csv"
night
is '... nor the same bytes under another name' "$(batch PAYMENT_stop_again.csv "state || ' ' || code || ' ' || want") $(acks PAYMENT_stop_twice.csv)" \
    "held E3056 $(id PAYMENT_stop.csv) held 0 0 0 "
is '... unless those are released' "$(act release "$(id PAYMENT_stop_twice.csv)" --reason 'these they mean')" 0
night
is '... they alone are loaded' "$(acks PAYMENT_stop_twice.csv | cut -d' ' -f1) $(batch PAYMENT_stop.csv state) $(batch PAYMENT_stop_again.csv state)" 'loaded held held'
is '... one that is loaded cannot be stopped any more' "$(act hold "$(id PAYMENT_x4.csv)" --reason x)" 1
is '... released' "$(act release "$(id PAYMENT_stop.csv)" --reason 'cleared up')" 0
night
is '... it is loaded' "$(acks PAYMENT_stop.csv | cut -d' ' -f1)" loaded
is '... and the same bytes are a duplicate' "$(act rerun "$(id PAYMENT_stop_again.csv)" --reason 'it is free')" 0
night
is '... as ever' "$(batch PAYMENT_stop_again.csv state)" duplicate

# --- what nobody can overrule ---
printf 'PK\003\004 not an archive' >"$in/PAYMENT_broken.zip"
night
is 'a damaged archive cannot be released' "$(act release "$(id PAYMENT_broken.zip)" --reason x)" 1
ok '... and that is said, with what can be done' grep -q 'is held for E3011 and allows no release; what can be done: discard, rerun' "$work/act.err"
is '... status proposes something else' "$(hub status --json 2>>"$work/landport.log" | jq -r '.holds[].next')" \
    "landport batch discard $(id PAYMENT_broken.zip) --reason \"…\""
is 'without a reason nothing is done' "$(act discard "$(id PAYMENT_broken.zip)") $(batch PAYMENT_broken.zip state)" '64 held'
is '... nor without saying to what' "$(act discard --reason x)" 64
is '... nor with both' "$(act discard "$(id PAYMENT_broken.zip)" --failed --reason x)" 64
is '... nor to what is not there' "$(act discard B999999 --reason x)" 1
is 'every decision is in the audit, by whom' "$(sql -c "SELECT count(*) > 10, bool_and(who <> '' AND reason <> '') FROM hub.audit")" 't|t'

# --- few rows, and rows that were given back, are judged one by one ---
option '' 10%
bad 11 >"$in/PAYMENT_many.csv"
night
is 'too many bad rows' "$(acks PAYMENT_many.csv | cut -d' ' -f1,4)" 'rejected 11'
sed '2,3s/,many,/,12.50,/' "$out/PAYMENT_many.csv.rejects.csv" >"$in/PAYMENT_corrected.csv"
night
is '... of which two come back with a number: each row is judged alone' \
    "$(acks PAYMENT_corrected.csv | cut -d' ' -f1,4) $(sql -c "SELECT count(*) FROM hub.reject r JOIN hub.batch b USING (batch_id)
        WHERE b.name = 'PAYMENT_corrected.csv' AND r.code = 'E2005'")" 'loaded 11 9' # the two are known with other amounts
option '' 0%
sed '4s/,many,/,12.50,/' "$out/PAYMENT_many.csv.rejects.csv" >"$in/PAYMENT_strict.csv"
night
is '0 % is all or nothing there too' "$(acks PAYMENT_strict.csv | cut -d' ' -f1)" rejected
option '' 10%
sed -i '/^partner "LYPAY01"/,/^}/s/reject-limit-from = "[^"]*"//' "$work/landport.conf"
bad 3 | sed -n 1,19p >"$in/PAYMENT_few.csv"
bad 3 | sed 's/,many,/,much,/; 20p' | sed '21s/12\.//' >"$in/PAYMENT_more.csv"
night
is 'fewer rows than 20 are taken row by row' "$(acks PAYMENT_few.csv | cut -d' ' -f1,4)" 'loaded 3'
is '... as many are not' "$(acks PAYMENT_more.csv | cut -d' ' -f1,4)" 'rejected 3'

done_testing
