#!/bin/sh
# Not the run is killed but a part of it, and the run goes on: a job, a party's child, its own, a database backend; the spool
# is full, or cannot be written. No bundle is signed over what is missing, and the next run ends where an undisturbed night
# ends: the same bundle byte for byte, none empty, none partial.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='20%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_fault

# morning: runs until one ends well; its status.
morning() {
    for try in 1 2 3 4 5; do
        status=$(night_status)
        case $status in 0 | 65) break ;; esac
        echo "again: $try" >>"$work/run.out"
    done
    echo "$status"
}

state() {
    sql -c "SELECT name, state, documents, file_id FROM hub.bundle ORDER BY bundle_id"
    sql -c "SELECT party, name, item, state, feed, rows, accepted, repeated, rejected, moved, archived FROM hub.batch ORDER BY 1, 2, 3"
    sql -c "SELECT issuer, order_no, verdict, waiting_for FROM hub.trade ORDER BY 1, 2"
    sql -c "SELECT party, kind, name, state FROM hub.answer ORDER BY 1, 3"
    sql -c "SELECT (SELECT count(*) FROM hub.trade_order), (SELECT count(*) FROM hub.order_item),
        (SELECT count(*) FROM hub.payment), (SELECT count(*) FROM hub.waybill), (SELECT count(*) FROM hub.reject)"
    find "$work/sftp" -type f ! -name '*.ack.xml' -exec sha256sum {} + | LC_ALL=C sort -k 2
    find "$work/sftp" -name '*.ack.xml' | LC_ALL=C sort
}

e2e_hub
"$landport" sample --orders 100 --seed 7 --date 20260302 --dir "$work/day" >/dev/null
find "$work/day" -type f -exec touch -d '2026-03-02 19:00:00 UTC' {} +
evening_with "$work/day"
began=$(date +%s%N)
is 'the undisturbed night ends with 65' "$(morning)" 65
whole=$((($(date +%s%N) - began) / 1000000))
state >"$work/want"
documents=$(sql -c 'SELECT documents FROM hub.bundle')
ok 'it has a bundle that is not empty' test "$documents" -gt 0

# settled NAME: what the disturbed run left, and what the next one makes of it
settled() {
    is "$1: no bundle is empty or partial" \
        "$(sql -c "SELECT count(*) FROM hub.bundle WHERE state IN ('closed', 'published') AND documents <> $documents")" 0
    case $(morning) in
    0 | 65) report 0 "$1: the next run ends well" ;;
    *) report 1 "$1: the next run ends well" ;;
    esac
    state >"$work/got"
    same "$1: the same night" "$work/got" "$work/want"
}

# --- a process that is killed where it is named, while the run goes on ---
for point in pickup-taken pickup-downloaded pickup-registered pickup-moved ingest-staged ingest-merged ingest-committed \
    reconcile-step reconcile-half reconcile-held reconcile-committed declare-begun fetch-renamed fetch-put; do
    evening_with "$work/day"
    run_status=0
    FAULT=$point:1 "$fault" -c "$work/landport.conf" run >>"$work/run.out" 2>>"$work/landport.log" || run_status=$?
    case $run_status in 1 | 75) report 0 "$point: kills a part of the run" ;; *) report 1 "$point: kills a part of the run" ;; esac
    settled "$point"
done

# --- a job, a party's child, a reader, what talks to a drop box, as they come ---
hits=0
for who in '1 1' '1 2' '1 3' '2 1' '2 5' '2 6' '3 1 reader' '3 2 reader' \
    '3 1 fetch' '3 3 fetch'; do
    evening_with "$work/day"
    "$landport" -c "$work/landport.conf" run >>"$work/run.out" 2>>"$work/landport.log" &
    run=$!
    # shellcheck disable=SC2086 # several words
    said=$(python3 tests/e2e/killer.py "$run" $who)
    wait "$run" 2>/dev/null || :
    [ "$said" != killed ] || hits=$((hits + 1))
    settled "generation and number $who"
done
ok "most of those were met: $hits" test "$hits" -gt 5

# --- database backends, asked to end or killed outright: that takes all others with it ---
# backend MS HOW: at that moment one of the run's own
backend() {
    evening_with "$work/day"
    "$landport" -c "$work/landport.conf" run >>"$work/run.out" 2>>"$work/landport.log" &
    run=$!
    sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
    for try in 1 2 3 4 5; do
        pid=$(sql -c "SELECT $2 FROM pg_stat_activity WHERE application_name ~ '^landport( run|$)' ORDER BY state, backend_start DESC LIMIT 1" 2>/dev/null) || :
        [ -z "$pid" ] || break
    done
    [ "$2" != pid ] || [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || :
    wait "$run" 2>/dev/null || :
    until sql -c 'SELECT 1' >/dev/null 2>&1; do sleep 0.2; done
    settled "backend after $1 ms, $2"
}
for part in 2 5 7 10; do
    backend $((part * whole / 16)) 'pg_terminate_backend(pid)'
done
backend $((5 * whole / 16)) pid

# --- the server's first process is killed: later, never failed, and the next run starts it again ---
for part in 3 8; do
    evening_with "$work/day"
    run_status=0
    "$landport" -c "$work/landport.conf" run >>"$work/run.out" 2>>"$work/landport.log" &
    run=$!
    sleep "$(printf '%d.%03d' $((part * whole / 16000)) $((part * whole / 16 % 1000)))"
    kill -KILL "$(head -n 1 "$work/pg/data/postmaster.pid")"
    wait "$run" 2>/dev/null || run_status=$?
    is "postmaster killed after $part/16 of the night: later" "$run_status" 75
    is '... and at once again: it is up, and the night ends well' "$(night_status | sed 's/65/0/')" 0
    settled "postmaster killed after $part/16"
done

# --- the spool: full for files of more than 4 KiB, and not to be written at all ---
evening_with "$work/day"
(
    ulimit -f 8
    "$landport" -c "$work/landport.conf" run 2>&1 | cat >/dev/null
) || :
settled 'a full spool'
# nobody may write: who is root is stopped by a mount of its own or, where that may not be, by a file in the folder's place
read_only() {
    if [ "$(id -u)" -ne 0 ]; then
        chmod -R a-w "$work/spool"
        hub run "$@" >>"$work/run.out" 2>>"$work/landport.log" || :
        chmod -R u+w "$work/spool"
    elif unshare -m true 2>/dev/null; then
        # shellcheck disable=SC2016 # the inner shell's
        unshare -m sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"' - "$work/spool" \
            "$landport" -c "$work/landport.conf" run "$@" >>"$work/run.out" 2>>"$work/landport.log" || :
    else
        mv "$work/spool/tmp" "$work/spool.tmp"
        : >"$work/spool/tmp"
        hub run "$@" >>"$work/run.out" 2>>"$work/landport.log" || :
        rm "$work/spool/tmp"
        mv "$work/spool.tmp" "$work/spool/tmp"
    fi
}
evening_with "$work/day"
read_only
settled 'a spool nobody may write'
evening_with "$work/day"
hub run pickup >>"$work/run.out" 2>>"$work/landport.log"
read_only ingest reconcile declare publish
settled 'a spool nobody may write after pickup'

# --- there is room, but less than min-free: each job that writes refuses, leaves nothing, and is tried again ---
# short JOB: runs it alone with too little room
short() {
    find "$work/spool" -type f ! -name mark | LC_ALL=C sort >"$work/before"
    sed -i 's/min-free = "64MiB"/min-free = "1024TiB"/' "$work/landport.conf"
    short_status=0
    hub run "$1" >>"$work/run.out" 2>"$work/short.log" || short_status=$?
    sed -i 's/min-free = "1024TiB"/min-free = "64MiB"/' "$work/landport.conf"
    is "$1 below min-free: try again later" "$short_status" 75
    ok "$1: ... it says so" grep -q 'MiB free, spool.min-free asks for 1073741824 MiB' "$work/short.log"
    find "$work/spool" -type f ! -name mark | LC_ALL=C sort >"$work/after"
    same "$1: ... and has written nothing" "$work/after" "$work/before"
}
evening_with "$work/day"
for job in pickup ingest reconcile declare; do
    [ "$job" = reconcile ] || short "$job"
    [ "$job" != declare ] || is '... nothing is signed' "$(sql -c "SELECT count(*) FROM hub.bundle WHERE state IN ('closed', 'published')")" 0
    hub run "$job" >>"$work/run.out" 2>>"$work/landport.log" || :
done
settled 'below min-free'
hub sample receipts --from "$work/sftp/customs/out" --into "$work/receipts" --later 0% --per-message 40 >>"$work/run.out"
cp "$work"/receipts/*.xml "$work/sftp/customs/in/"
hub run pickup ingest reconcile >>"$work/run.out" 2>>"$work/landport.log" || :
short publish
is 'then partners hear what came of their documents' \
    "$(night_status | sed 's/65/0/') $(find "$work/sftp" -name 'feedback-*.csv' -size +0 | grep -c /out/)" '0 3'

done_testing
