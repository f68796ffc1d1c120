#!/bin/sh
# A night that failed is not an empty day: a bundle is begun only when pickup, ingest and reconcile ended well for its
# business date; else it waits, and log, run and status say for what. Another agency, whom it cannot concern, goes on.
# Nothing is signed with a certificate that is not valid.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
parties="$parties market"
e2e_copy
make_keys
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/keys/market.sign.key" 2>"$work/openssl.log"
cp "$work/keys/market.sign.key" "$work/keys/declarant.key"
chmod 600 "$work"/keys/*.key
make_cert market.sign /CN=market
make_cert declarant /CN=declarant
start_sshd
write_conf
# takes returns and nothing else
cat >>"$work/landport.conf" <<END
agency "market" {
    name = "监管局"  formats = "customs"  messages = {"CEB213"}  cutoff = "06:00"
    settings {
        declarant_code = "3508960009"  declarant_name = "龙岩综试区报关服务有限公司"
        cop_code = "3508960009"  cop_name = "龙岩综试区报关服务有限公司"  dxp_id = "DXPENT0000012345"
    }
    sign      { key = "keys/market.sign.key"  cert = "keys/market.sign.crt" }
$(dropbox market)
}
END
sed -i '/^ *sign .*zone.key/a\    message-sign { messages = {"CEB603"}  method = "rsa-sha256"  key = "keys/declarant.key"  cert = "keys/declarant.crt" }' \
    "$work/landport.conf"
e2e_init
ok 'check finds nothing wrong' hub check

# ran JOB…: its exit status; what it printed and logged in $work/told
ran() {
    result=0
    hub run "$@" >"$work/told" 2>&1 || result=$?
    cat "$work/told" >>"$work/landport.log"
    echo "$result"
}
bundles() {
    sql -c "SELECT string_agg(agency || ' ' || state || ' ' || coalesce(documents::text, '-'), ', ' ORDER BY agency, seq) FROM hub.bundle"
}
status_says() {
    hub status >"$work/status" 2>&1
    grep -q -- "$1" "$work/status"
}
batch_no() {
    sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE name = '$1'"
}
spool_file() {
    sql -c "SELECT '$work/spool/' || left(file_id, 2) || '/' || file_id FROM hub.batch WHERE name = '$1'"
}
"$landport" sample --orders 20 --seed 3 --date 20260302 --dir "$work/day" >/dev/null
find "$work/day" -type f -exec touch -d '2026-03-02 19:00:00 UTC' {} +
put_day() {
    for party in LYPLAT01 LYPAY01 LYLOGI01; do
        cp -p "$work/day/$party"/* "$work/sftp/$party/in/"
    done
}

# --- what comes before has not run ---
evening
put_day
is 'declare alone waits' "$(ran declare)" 75
is '... nothing is begun' "$(bundles)" ''
ok '... and says for what' grep -q 'customs waits: pickup has not run since the cut-off before' "$work/told"
ok '... status too' status_says 'pickup has not run since'
is '... with what ends the night' "$(hub status --json | jq -r '[.waits[] | select(.agency == "customs") | .next] | unique | join(", ")')" 'landport run'
is 'with files picked up and not read: the same' "$(ran pickup declare)" 75
sed -i 's/min-free = "64MiB"/min-free = "1024TiB"/' "$work/landport.conf"
is 'with too little room' "$(ran pickup)" 75
is '... what helps comes first' "$(hub status --json | jq -r '.waits[] | select(.agency == "customs" and (.waits_for | test("pickup failed"))) | .next')" \
    'free space, then landport run'
sed -i 's/min-free = "1024TiB"/min-free = "64MiB"/' "$work/landport.conf"
is '... and with it' "$(ran pickup declare)" 75
ok '... each of what is missing' grep -q 'file of LYPAY01 received and not loaded, first B' "$work/told"
is 'with files read and not reconciled' "$(ran ingest declare | sed 's/65/75/')" 75
ok '... too' grep -q 'file of LYPAY01 loaded and not reconciled' "$work/told"
ok '... batches are named as on screens' grep -q 'info ingest partner=LYPAY01 batch=B00000[0-9] ' "$work/told"
is '... nothing is begun' "$(bundles)" ''
ran >/dev/null
is 'a whole run closes both' "$(bundles | sed 's/[0-9][0-9]*,/N,/')" 'customs published N, market published 0'
LANDPORT_NOW=2026-03-03T20:00:00Z
is 'the next day it is asked anew' "$(ran declare)" 75
LANDPORT_NOW=2026-03-02T20:00:00Z

# --- a file of the spool is gone, with a change behind it ---
evening
put_day
order=$(ls "$work/day/LYPLAT01")
ran pickup >/dev/null
file=$(spool_file "$order")
mv "$file" "$work/aside"
rm "$work/sftp/LYPLAT01/done/$order" # where it would be found again
# all orders once more, as a change: other prices would do as well
sed '1!s/$/,2/; 1s/$/,appType/' "$work/day/LYPLAT01/$order" >"$work/sftp/LYPLAT01/in/ORDER_change.csv"
touch -d '2026-03-02 19:30:00 UTC' "$work/sftp/LYPLAT01/in/ORDER_change.csv"
is 'a file of the spool is gone: later' "$(ran)" 75
is '... what came behind it waits' "$(sql -c "SELECT string_agg(state || ' ' || coalesce(code, '-'), ', ' ORDER BY batch_id)
    FROM hub.batch WHERE party = 'LYPLAT01'")" 'received E1005, received -'
is '... whom it concerns waits, the other does not' "$(bundles)" 'market published 0'
ok '... run says so' grep -q "customs waits: 2 files of LYPLAT01 received and not loaded, first $(batch_no "$order") $order: E1005" "$work/told"
ok '... and status what to do' status_says "batch discard $(batch_no "$order")"
is '... the others are loaded' "$(sql -c "SELECT string_agg(state, ',') FROM hub.batch WHERE party <> 'LYPLAT01'")" 'loaded,loaded'
# a partner that sends a variant of the feed which an agency's messages are of concerns it too
cp "$work/landport.conf" "$work/plain.conf"
mkdir -p "$work/site/formats/feed"
sed 's/<lp:feed name="return"/<lp:feed name="askback" rows="return"/' formats/feed/return.xsd >"$work/site/formats/feed/askback.xsd"
sed -i '1i formats { site = "site" }
    /partner "LYPLAT01"/,/^}/s/feeds = {[^}]*}/feeds = {"order"}/' "$work/landport.conf"
waits_market() { hub status --json | jq -r '[.waits[] | select(.agency == "market" and (.waits_for | test("of LYPLAT01 received"))) | .agency] | join(" ")'; }
is 'a partner of orders alone keeps no agency from closing that takes none' "$(waits_market)" ''
sed -i '/partner "LYPLAT01"/,/^}/s/feeds = {[^}]*}/feeds = {"order", "askback"}/' "$work/landport.conf"
is '... one that sends a variant of what it takes does' "$(waits_market)" market
mv "$work/plain.conf" "$work/landport.conf"
mv "$work/aside" "$file"
ran >/dev/null
is 'with the file back all is loaded in its order' "$(sql -c "SELECT string_agg(state, ', ' ORDER BY batch_id) FROM hub.batch WHERE party = 'LYPLAT01'"
    sql -c "SELECT count(*) FROM hub.reject WHERE code = 'E4009'")" 'loaded, loaded
0'
ok '... and declared' test "$(sql -c "SELECT documents FROM hub.bundle WHERE agency = 'customs'")" -gt 0

# --- the same, and a person gives the file up ---
evening
put_day
ran pickup >/dev/null
rm "$(spool_file "$order")" "$work/sftp/LYPLAT01/done/$order"
is 'it waits' "$(ran) $(bundles)" '75 market published 0'
ok 'a person gives it up' hub batch discard "$(batch_no "$order")" --reason 'the disk lost it'
ran >/dev/null
is 'then it does not' "$(bundles)" 'customs published 0, market published 0'

# --- a file somebody else works on ---
evening
cp -p "$work/day/LYPLAT01/$order" "$work/sftp/LYPLAT01/in/"
sed '1!s/$/,2/; 1s/$/,appType/' "$work/day/LYPLAT01/$order" >"$work/sftp/LYPLAT01/in/ORDER_change.csv"
touch -d '2026-03-02 19:30:00 UTC' "$work/sftp/LYPLAT01/in/ORDER_change.csv"
ran pickup >/dev/null
sql -c "BEGIN; SELECT FROM hub.batch WHERE name = '$order' FOR UPDATE; SELECT pg_sleep(2); COMMIT" >/dev/null &
locker=$!
until [ "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'pg_sleep.2' AND pid <> pg_backend_pid()")" -gt 0 ]; do sleep 0.05; done
ran ingest >/dev/null
wait "$locker"
is 'a locked file is waited for, not passed by' "$(sql -c "SELECT string_agg(state, ', ' ORDER BY batch_id), (SELECT count(*) FROM hub.reject
    WHERE code = 'E4009') FROM hub.batch")" 'loaded, loaded|0'

# --- a file that PostgreSQL cannot take, at each try: after the second it is a person's ---
evening
put_day
ran pickup >/dev/null
sql -c "CREATE FUNCTION hub.no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
    CREATE TRIGGER no BEFORE UPDATE ON hub.batch FOR EACH ROW WHEN (new.state = 'loaded' AND new.party = 'LYPAY01') EXECUTE FUNCTION hub.no()" >/dev/null
is 'data that break a statement: later' "$(ran) $(sql -c "SELECT state, attempts, code FROM hub.batch WHERE party = 'LYPAY01'")" '75 received|1|E1061'
is 'then held, and it stops nobody any more' "$(ran) $(sql -c "SELECT state, attempts, code FROM hub.batch WHERE party = 'LYPAY01'")" '65 held|2|E1061'
is '... the bundle is closed' "$(bundles)" 'customs published 0, market published 0'

# --- certificates ---
# signed WHAT FROM UNTIL: a night with that certificate
signed() {
    make_cert "$1" "/CN=$1" "$2" "$3"
    evening
    put_day
    ran
}
is 'an expired seal is a failure' "$(signed zone 20250101000000Z 20260302195959Z)" 1
is '... its agency is held, the other is not' "$(bundles)" 'market published 0'
ok '... run says so' grep -q 'seal of customs: .*zone.crt expired today' "$work/told"
ok '... with its code' grep -q 'E1066' "$work/told"
ok '... status too' status_says 'zone.crt expired'
ready=$(sql -c "SELECT count(*) FROM hub.ready WHERE agency = 'customs' AND NOT held")
is '... and of what waits for it, with what to do' "$(hub status --json | jq -r '.waits[] | select(.agency == "customs")
    | [.waits_for, .next] | join(" | ")' | sed 's|/[^ ]*/||g')" \
    "seal: zone.crt expired today; $ready are ready and wait | put a valid key and certificate in place (landport check looks at them), then landport run"
mv "$work/keys/zone.crt" "$work/keys/zone.away"
ok 'a certificate that is not there: run says so' sh -c '"$@" 2>&1 | grep -q "seal of customs: .*zone.crt: No such file or directory"' - "$landport" -c "$work/landport.conf" run declare
ok '... status too' status_says 'zone.crt: No such file or directory'
ok '... and check' sh -c '"$@" 2>&1 | grep -q "seal of customs *wrong *.*zone.crt: No such file or directory"' - "$landport" -c "$work/landport.conf" check
mv "$work/keys/zone.key" "$work/keys/key.away"
mv "$work/keys/zone.away" "$work/keys/zone.crt"
ok 'a key that is not there: run says so' sh -c '"$@" 2>&1 | grep -q "seal of customs: .*zone.key: No such file or directory"' - "$landport" -c "$work/landport.conf" run declare
ok '... and check' sh -c '"$@" 2>&1 | grep -q "seal of customs *wrong *.*zone.key: No such file or directory"' - "$landport" -c "$work/landport.conf" check
mv "$work/keys/key.away" "$work/keys/zone.key"
ok '... and check' sh -c '! "$@"' - "$landport" -c "$work/landport.conf" check
make_cert zone /CN=zone
ran >/dev/null
ok 'with a new one the night is declared' test "$(sql -c "SELECT documents FROM hub.bundle WHERE agency = 'customs' AND state = 'published'")" -gt 0
is 'one that is not valid yet' "$(signed zone 20260302200001Z 20270101000000Z) $(bundles)" '1 market published 0'
ok '... is told' grep -q 'zone.crt is not valid yet' "$work/told"
make_cert zone /CN=zone
is 'the one that signs messages' "$(signed declarant 20250101000000Z 20260302195959Z) $(bundles)" '1 market published 0'
ok '... is told' grep -q 'signature of customs: .*declarant.crt expired' "$work/told"
make_cert declarant /CN=declarant
signed zone 20250101000000Z 20260331200000Z >/dev/null
ok '30 days before its end run warns' grep -q 'zone.crt ends in 29 days: renew it' "$work/told"
ok '... and counts' grep -q 'declare .*certificates_ending=1' "$work/told"
ok '... status too' status_says 'zone.crt'
hub check >"$work/told" 2>&1 || :
ok '... and check' grep -q 'seal of customs *warning *certificate is good for 29 days' "$work/told"
ok '... and it signs' test "$(sql -c "SELECT documents FROM hub.bundle WHERE agency = 'customs' AND state = 'published'")" -gt 0

# --- another process is at one agency's bundle, or at one partner's files: that holds up nothing else ---
# holds LOCK [NAME]: a session, of that name, that has it, until let_go
holds() {
    sql -U landport_job -c "SET application_name = '${2-}'" -c "SELECT pg_advisory_lock(hashtextextended('$1', 0)); SELECT pg_sleep(600)" >/dev/null 2>&1 &
    until [ "$(sql -c "SELECT hub.lock_backend('$1') IS NOT NULL")" = t ]; do sleep 0.1; done
}
let_go() {
    sql -c "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'" >/dev/null
    wait
}
evening
put_day
holds job:declare:customs
is 'another process declares for one agency: the other has its bundle' "$(ran) $(bundles)" '75 market published 0'
ok '... it is told' grep -q 'agency=customs E1016 declare of customs is at work already, in another session of the database' "$work/told"
let_go
is '... and the next run has it' "$(ran declare publish) $(bundles | sed 's/[1-9][0-9]*/N/')" '0 customs published N, market published 0'
evening
put_day
holds job:pickup:LYPAY01
is 'another process is at the files of one partner: the other agency goes on' "$(ran) $(bundles)" '75 market published 0'
ok '... it is told' grep -q 'partner=LYPAY01 E1016 pickup of LYPAY01 is at work already' "$work/told"
ok '... and what waits for that' grep -q 'customs waits: pickup of LYPAY01 runs still, or was killed' "$work/told"
is '... the files of others are read' "$(sql -c "SELECT string_agg(DISTINCT party || ' ' || state, ', ' ORDER BY party || ' ' || state) FROM hub.batch")" \
    'LYLOGI01 loaded, LYPLAT01 loaded'
let_go
is '... the next run has them' "$(ran | sed 's/65/0/') $(bundles | sed 's/[1-9][0-9]*/N/')" '0 customs published N, market published 0'
# what has said how it ended, and its session has the lock for a moment more; and one that was killed in the middle of a statement
evening
ran pickup >/dev/null
put_day
run=$(sql -c "SELECT max(run_id) FROM hub.job_run WHERE job = 'pickup'")
holds job:pickup:LYPAY01 "landport run $run process $$ born $(sed 's/.*) //' "/proc/$$/stat" | cut -d' ' -f20)"
is 'a process that has ended its part, but not its session: it is waited for' "$(ran pickup)" 75
is '... what it said stands' "$(sql -c "SELECT outcome, at_work FROM hub.visit WHERE job = 'pickup' AND party = 'LYPAY01'")" 'well|f'
let_go
holds job:pickup:LYPAY01 "landport run $run process 1 born 1"
is 'the session of a process that is gone is ended, and its part done' "$(ran | sed 's/65/0/') $(bundles | sed 's/[1-9][0-9]*/N/')" \
    '0 customs published N, market published 0'
wait
holds job:reconcile
is 'what is done for all parties together is done by one process' "$(ran reconcile)" 75
ok '... it is told too' grep -q 'reconcile is at work already, in another session' "$work/told"
let_go

done_testing
