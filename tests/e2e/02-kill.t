#!/bin/sh
# Killed at any moment, the next run ends where an undisturbed night ends: the same bundle byte for
# byte, the same database, the same drop boxes. Thirty moments spread over the night, then each
# point the program names (landport-fault, made here unless LANDPORT_FAULT names one).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

moments=30
reject_limit='20%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
# the clock of the hub stands still, that of its files too
touched='2026-03-02 19:00:00 UTC'

e2e_fault

# morning: runs until no run says to come again; the last run's status.
morning() {
    for try in 1 2 3 4 5; do
        status=$(night_status)
        [ "$status" -eq 75 ] || break
        echo "again: $try" >>"$work/run.out"
    done
    echo "$status"
}

# What does not depend on which file was registered first: a batch is named by its file, an ack
# (which quotes the number of its batch) by everything but that number.
business() {
    sql -v spool="$(find "$work/spool" -type f ! -path '*/tmp/*' ! -name mark | sed 's|.*/||' | tr '\n' ' ')" <<'END'
CREATE TEMP VIEW file AS SELECT batch_id, party || '/' || name || '#' || item AS file FROM hub.batch;
SELECT 'batch', to_jsonb(b) - '{batch_id,part_of,upload_id,duplicate_of}'::text[] FROM hub.batch b ORDER BY party, name, item;
SELECT 'totals', f.file, to_jsonb(t) - 'batch_id' FROM hub.totals t JOIN file f USING (batch_id) ORDER BY f.file;
SELECT 'reject', f.file, to_jsonb(r) - 'batch_id' FROM hub.reject r JOIN file f USING (batch_id)
ORDER BY f.file, line, column_name, code;
SELECT 'answer', f.file, to_jsonb(a) - 'answer_id' - 'batch_id'
       - CASE kind WHEN 'ack' THEN '{file_id,proof}'::text[] ELSE '{}' END
FROM hub.answer a JOIN file f USING (batch_id) ORDER BY f.file, a.name;
SELECT 'order', f.file, to_jsonb(o) - '{batch_id,row_id}'::text[] FROM hub.trade_order o JOIN file f USING (batch_id)
ORDER BY issuer, order_no, f.file, line;
SELECT 'item', f.file, to_jsonb(i) - 'row_id' FROM hub.order_item i
JOIN hub.trade_order USING (subject_hash, row_id) JOIN file f USING (batch_id) ORDER BY f.file, i.line;
SELECT 'payment', f.file, to_jsonb(p) - '{batch_id,row_id}'::text[] FROM hub.payment p JOIN file f USING (batch_id)
ORDER BY issuer, order_no, part_key, f.file, line;
SELECT 'waybill', f.file, to_jsonb(w) - '{batch_id,row_id}'::text[] FROM hub.waybill w JOIN file f USING (batch_id)
ORDER BY issuer, order_no, part_key, f.file, line;
SELECT 'trade', t FROM hub.trade t ORDER BY issuer, order_no;
SELECT 'break', b FROM hub.trade_break b ORDER BY issuer, order_no, code, seen, want;
SELECT 'ready', r FROM hub.ready r ORDER BY agency, subject_hash;
SELECT 'bundle', to_jsonb(b) - 'bundle_id' FROM hub.bundle b ORDER BY agency, seq;
SELECT 'message', b.name, to_jsonb(m) - 'bundle_id' FROM hub.message m
JOIN hub.bundle b USING (bundle_id) ORDER BY b.name, kind, message_no;
SELECT 'document', b.name, to_jsonb(d) - '{bundle_id,order_row,payment_row,waybill_row}'::text[],
       row(o.line, p.line, w.line)
FROM hub.document d JOIN hub.bundle b USING (bundle_id)
LEFT JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
LEFT JOIN hub.payment p ON p.subject_hash = d.subject_hash AND p.row_id = d.payment_row
LEFT JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
ORDER BY b.name, kind, doc_no;
SELECT 'archive', file_id, chunk, bytes, length(data) FROM hub.archive_file ORDER BY file_id, chunk;
SELECT 'seen', s FROM hub.seen s ORDER BY party, name;
SELECT 'run', job FROM hub.job_run WHERE state IN ('running', 'failed') ORDER BY run_id;
-- bytes that no state points to
SELECT 'spool', count(*) FROM unnest(string_to_array(:'spool', ' ')) f
WHERE f <> '' AND NOT EXISTS (SELECT FROM hub.batch WHERE file_id = f)
AND NOT EXISTS (SELECT FROM hub.answer WHERE file_id = f)
AND NOT EXISTS (SELECT FROM hub.bundle WHERE file_id = f);
END
}

boxes() {
    find "$work/sftp" -type f ! -name '*.ack.xml' -exec sha256sum {} + | LC_ALL=C sort -k 2
    find "$work/sftp" -name '*.ack.xml' -print -exec sed -E 's|(<batch>B)[0-9]+|\1|' {} \; |
        LC_ALL=C sort
    find "$work/spool/tmp" -type f
}

# What a killed process was writing is cleared once the process is gone, the zombie too.
buried() {
    for file in "$work"/spool/tmp/*; do
        pid=${file##*/} # N.PID.…
        pid=${pid#*.}
        while [ -e "$file" ] && kill -0 "${pid%%.*}" 2>/dev/null; do sleep 0.02; done
    done
}

state() {
    business && boxes
}

# --- the night as it should be, twice: what it leaves depends on nothing but its files ---
e2e_hub
"$landport" sample --orders 150 --seed 7 --date 20260302 --dir "$work/day" >/dev/null
# one of the uploads holds several files
payments=$work/day/LYPAY01/PAYMENT_20260302_01
for part in 1 2 3; do
    LC_ALL=C awk -v part="$part" 'NR == 1 || NR % 3 == part - 1' "$payments.csv" >"$work/PAYMENT_$part.csv"
done
(cd "$work" && zip -q -X "$payments.zip" PAYMENT_1.csv PAYMENT_2.csv PAYMENT_3.csv && rm "$payments.csv")
find "$work/day" -type f -exec touch -d "$touched" {} +
# timed: a morning's status and how long it took
timed() {
    begun=$(date +%s%N)
    status=$(morning)
    echo "$status $((($(date +%s%N) - begun) / 1000000))"
}
evening_with "$work/day"
first=$(timed)
is 'the undisturbed night ends with 65' "${first% *}" 65
state >"$work/want"
bundle=$work/sftp/customs/out/CUSTOMS_LY_20260303_000001.zip
ok 'its bundle lies in out/' test -f "$bundle"
sha256sum <"$bundle" >"$work/bundle.want"
is 'it loaded orders' "$(grep -c '^order|' "$work/want")" "$(sql -c 'SELECT count(*) FROM hub.trade_order')"
evening_with "$work/day"
second=$(timed)
is 'the same night again ends with 65' "${second% *}" 65
whole=${first#* }
[ "$whole" -le "${second#* }" ] || whole=${second#* }
state >"$work/got"
same 'and leaves the same' "$work/got" "$work/want"
note "the undisturbed night took $whole ms"

# compared NAME STATUS: the morning's status and what it left.
compared() {
    case $2 in
    0 | 65) report 0 "$1: the next run ends well" ;;
    *)
        report 1 "$1: the next run ends well"
        note "it ended with $2: $(tail -n 10 "$work/landport.log")"
        ;;
    esac
    sha256sum <"$bundle" >"$work/bundle.got" || :
    same "$1: the same bundle" "$work/bundle.got" "$work/bundle.want"
    state >"$work/got"
    same "$1: the same database and drop boxes" "$work/got" "$work/want"
}

# --- killed after a while ---
killed=0
moment=0
while [ "$moment" -lt "$moments" ]; do
    after=$(((2 * moment + 1) * whole / (2 * moments)))
    moment=$((moment + 1))
    evening_with "$work/day"
    "$landport" -c "$work/landport.conf" run >>"$work/run.out" 2>>"$work/landport.log" &
    run=$!
    sleep "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))"
    kill -KILL "$run" 2>/dev/null || :
    run_status=0
    wait "$run" 2>/dev/null || run_status=$?
    [ "$run_status" -ne 137 ] || killed=$((killed + 1))
    buried
    compared "killed after $after ms" "$(morning)"
done
note "$killed of $moments runs were killed before their end"
ok 'most of them were still at work' test "$killed" -gt $((moments / 2))

# --- killed where it is named ---
# before JOB: the night as the jobs before it leave it, undisturbed; made once
before() {
    if [ -d "$work/kept/$1" ]; then
        back "$1"
        return
    fi
    evening_with "$work/day"
    earlier=
    for job in pickup ingest reconcile declare publish archive; do
        [ "$job" != "$1" ] || break
        earlier="$earlier $job"
    done
    # shellcheck disable=SC2086 # a list of jobs
    [ -z "$earlier" ] || hub run $earlier >>"$work/run.out" 2>>"$work/landport.log" || [ $? -eq 65 ] ||
        die "the jobs before $1 ended with $?"
    keep "$1"
}

# killed_at JOB POINT NTH: then nothing of the night goes on.
killed_at() {
    before "$1"
    run_status=0
    FAULT=$2:$3 "$fault" -c "$work/landport.conf" run "$1" >>"$work/run.out" 2>>"$work/landport.log" ||
        run_status=$?
    buried
    case $run_status in
    1 | 75) report 0 "$2:$3 is passed and kills $1" ;;
    *)
        report 1 "$2:$3 is passed and kills $1"
        note "the run ended with $run_status"
        ;;
    esac
    compared "killed at $2:$3" "$(morning)"
}

points=$(sed -n 's/.*fault_point("\([a-z-]*\)").*/\1/p' jobs/*.c | LC_ALL=C sort -u)
ok 'the program names its points' test -n "$points"
for point in $points; do
    # below, 42-aside.t, 05-pickup.t, 26-reports.t, 49-institution.t: not without receipts, faults, a slow upload, a report, plain files
    case $point in feedback-* | aside-* | watch-* | notice-* | report-* | deliver-*) continue ;; esac
    killed_at "${point%%-*}" "$point" 1
done
# and where the first pass leaves something done
killed_at reconcile reconcile-step 3
killed_at declare declare-message 5
killed_at publish publish-proved 2
killed_at archive archive-stored 3

# --- killed over what the agency answered: each document ends as it did, each partner hears of it once ---
answered() {
    sql -c "SELECT guid, state, state_at, pre_no, invt_no FROM hub.document ORDER BY guid"
    sql -c "SELECT kind, effect, count(*), count(told) FROM hub.receipt GROUP BY 1, 2 ORDER BY 1, 2"
    # a run that was killed may have told a part of them: what counts is that each was told once
    for party in LYPLAT01 LYPAY01 LYLOGI01; do
        echo "$party: $(cat "$work/sftp/$party"/out/feedback-*.csv | grep -v agency,kind | LC_ALL=C sort | sha256sum)"
    done
}
evening_with "$work/day"
morning >/dev/null
"$landport" sample receipts --from "$work/sftp/customs/out" --into "$work/receipts" --later 0% --per-message 40 >/dev/null
find "$work/receipts" -type f -exec touch -d "$touched" {} +
cp -p "$work"/receipts/*.xml "$work/sftp/customs/in/"
# the next evening, with the agency's answers in its in/
keep answers
morning >/dev/null
answered >"$work/want"
ok 'the agency answered, and partners heard' test -s "$work/sftp/LYPLAT01/out/feedback-20260303-01.csv"
for point in pickup-registered ingest-staged ingest-merged ingest-committed feedback-made publish-sent; do
    back answers
    run_status=0
    FAULT=$point:1 "$fault" -c "$work/landport.conf" run >>"$work/run.out" 2>>"$work/landport.log" || run_status=$?
    is "answers: $point is passed and kills" "$run_status" "$(case $point in feedback-*) echo 1 ;; *) echo 75 ;; esac)"
    buried
    morning >/dev/null
    answered >"$work/got"
    same "answers, killed at $point: the same in the end" "$work/got" "$work/want"
done

# A reader that lies: what it says of whose its rows are, or leaves out, is found, and the file held; others are loaded.
for lie in lie-batch:1 lie-rows:2; do
    before ingest
    for try in 1 2; do
        FAULT=$lie "$fault" -c "$work/landport.conf" run ingest >>"$work/run.out" 2>>"$work/landport.log" || :
    done
    is "${lie%:*}: no file is taken, and none of its rows" "$(sql -c "SELECT bool_or(state = 'held'), bool_or(state = 'loaded'), string_agg(DISTINCT code, ', '),
        (SELECT count(*) FROM hub.payment) + (SELECT count(*) FROM hub.trade_order) FROM hub.batch")" 't|f|E1020|0'
    hub batch rerun --state held --reason 'another reader' --yes >>"$work/run.out" 2>>"$work/landport.log"
    hub run ingest >>"$work/run.out" 2>>"$work/landport.log" || :
    is '... and with one that does not they are' "$(sql -c "SELECT string_agg(DISTINCT state, ', ') FROM hub.batch")" loaded
done

# A file that waits without its bytes, over its partner's limit: it is held once, and released loaded once.
# waiting_killed POINT
waiting_killed() {
    evening_with "$work/day"
    find "$work/sftp" -path '*/in/*' -type f ! -name 'PAYMENT_*' -delete
    run_status=0
    FAULT=$1:1 "$fault" -c "$work/small.conf" run >>"$work/run.out" 2>>"$work/landport.log" || run_status=$?
    buried
    "$landport" -c "$work/small.conf" run >>"$work/run.out" 2>>"$work/landport.log" || :
    is "over the limit, killed at $1: held once" "$(sql -c 'SELECT count(*), min(state), bool_and(file_id IS NULL) FROM hub.batch')" '1|held|t'
    "$landport" -c "$work/small.conf" batch release --state held --reason x >>"$work/run.out" 2>>"$work/landport.log"
    FAULT=$1:1 "$fault" -c "$work/small.conf" run >>"$work/run.out" 2>>"$work/landport.log" || run_status=$?
    buried
    is "... and once it is released: the kill" "$run_status" 75
    "$landport" -c "$work/small.conf" run >>"$work/run.out" 2>>"$work/landport.log" || :
    is '... and loaded once, each of its data files' "$(sql -c 'SELECT count(DISTINCT upload_id), count(*) = max(files),
        min(state), max(state), bool_and(file_id IS NOT NULL AND moved) FROM hub.batch')" '1|t|loaded|loaded|t'
}
sed '/^partner "LYPAY01"/a\    limits { size = 1KiB }' "$work/landport.conf" >"$work/small.conf"
for point in pickup-taken pickup-downloaded pickup-registered pickup-moved ingest-committed; do
    waiting_killed "$point"
done

done_testing
