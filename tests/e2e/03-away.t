#!/bin/sh
# Server or database away: the run says "later", nothing is lost, the next one goes on. One party
# that cannot be served stops nobody else. A bundle's name that is taken is left alone.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='20%'
export LANDPORT_NOW=
e2e_hub

# day ORDERS SEED DATE: that evening each partner's file lies in in/, put there without sftp.
day() {
    rm -rf "$work/day"
    "$landport" sample --orders "$1" --seed "$2" --date "$3" --dir "$work/day" >/dev/null
    LANDPORT_NOW=$(printf '%s' "$3" | sed 's/\(....\)\(..\)\(..\)/\1-\2-\3T20:00:00Z/')
    for party in LYPLAT01 LYPAY01 LYLOGI01; do
        cp -p "$work/day/$party"/* "$work/sftp/$party/in/"
    done
}

# night_ends: how a night ends; with refused rows it still ends well.
night_ends() {
    night_status | sed 's/^0$/well/; s/^65$/well/'
}

in_boxes() {
    find "$work"/sftp/*/in -type f | wc -l
}

# logged PATTERN: a line of the log since `mark` matches it.
mark() {
    marked=$(wc -l <"$work/landport.log")
}
logged() {
    tail -n +$((marked + 1)) "$work/landport.log" | grep -E -- "$1"
}

batches() {
    sql -c "SELECT party, state, moved FROM hub.batch ORDER BY party, batch_id"
}

# a night's end: all loaded, moved and answered
loaded='LYLOGI01|loaded|t
LYPAY01|loaded|t
LYPLAT01|loaded|t'

conf=$work/landport.conf

# --- the sftp server is away from the start ---
day 60 11 20260302
stop_sshd
mark
is 'no sftp server: try again later' "$(night_status)" 75
ok 'the log names partner and reason' logged 'partner=LYPLAT01.*E1009'
is 'every file still lies in in/' "$(in_boxes)" 3
is 'no batch is registered' "$(batches)" ''
is 'nobody could say a word: that is no empty day, and nothing is signed' "$(sql -c 'SELECT count(*) FROM hub.bundle')" 0
ok '... run says what it waits for' grep -q "customs waits: no partner's drop box could be reached" "$work/run.out"
ok '... and status' sh -c '"$@" | grep -q "could be reached"' - "$landport" -c "$conf" status
ok '... with who is away' sh -c '"$@" | grep -A3 LYPLAT01 | grep -q "over there"' - "$landport" -c "$conf" status
restart_sshd
is 'with the server back the night is whole' "$(night_ends)" well
is 'every file is loaded' "$(batches)" "$loaded"
is 'in/ is empty' "$(in_boxes)" 0
is 'the bundle is published' "$(sql -c "SELECT seq, state, documents > 0 FROM hub.bundle")" '1|published|t'
ok '... and nothing waits' sh -c '! "$@" | grep -q "could be reached"' - "$landport" -c "$conf" status
got_verdicts >"$work/got"
wanted_verdicts "$work/day/expected.json" >"$work/want"
same 'every verdict is as if nothing had happened' "$work/got" "$work/want"

# --- the server goes away between pickup and publish ---
day 60 12 20260303
hub run pickup ingest reconcile declare >>"$work/run.out" 2>>"$work/landport.log" || [ $? -eq 65 ] ||
    die "the first half of the night ended with $?"
stop_sshd
is 'publish cannot reach the server: later' "$(night_status)" 75
is 'answers and bundle wait' "$(sql -c "SELECT DISTINCT state FROM hub.answer
    WHERE name ~ '20260303' UNION ALL SELECT state FROM hub.bundle WHERE seq = 2")" 'ready
closed'
restart_sshd
is 'the next run publishes them' "$(night_ends)" well
is 'nothing waits any more' "$(sql -c "SELECT (SELECT count(*) FROM hub.answer WHERE state = 'ready')
    + (SELECT count(*) FROM hub.bundle WHERE state <> 'published')")" 0
is 'two bundles lie in the out/ of the agency' "$(find "$work/sftp/customs/out" -type f | wc -l)" 2

# --- the database is away ---
day 60 13 20260304
cp "$conf" "$work/landport.conf.good"
# a private cluster would be started again: this one is somebody else's, by its socket
sockets=$(socket_folder)
sed -i "s|^database .*|database { conninfo = \"host=$sockets user=$pg_account dbname=landport\" }|" "$conf"
is 'the same database by its address' "$(night_ends)" well

# --- a server of somebody else's: as whom jobs log in there ---
by_address() { # KEYWORDS [OPTIONS]
    sed "s|^database .*|database { conninfo = \"host=$sockets $1\" ${2-} }|" "$work/landport.conf.good" >"$conf"
}
roles_say() {
    hub check | sed -n 's/^roles  *//p'
}
by_address "user=$pg_account dbname=landport"
ok 'a superuser is warned of, with what to do' eval "roles_say | grep 'warning.*$pg_account, who is a superuser.*landport_job LOGIN'"
by_address "user=landport_owner dbname=landport"
ok '... so is who owns the tables' eval "roles_say | grep 'warning.*landport_owner, who has or may take on'"
by_address "user=landport_job dbname=landport" "owner = \"host=$sockets user=landport_owner dbname=landport\""
ok 'the role itself is well' eval "roles_say | grep '^ok.*landport_job'"
ok 'init logs in as the owner' hub init
is '... and jobs as theirs' "$(night_ends)" well

# a second zone in the same server, whose owner may make no roles
sql -c "CREATE ROLE zone2_owner" -c "CREATE DATABASE zone2 OWNER zone2_owner"
zone2="user=$pg_account dbname=zone2 options='-c role=zone2_owner'"
by_address "$zone2" 'job-role = "zone2_worker"'
ok 'init says which role an administrator makes' eval "! hub init 2>'$work/said.init' && grep 'CREATE ROLE zone2_worker LOGIN' '$work/said.init'"
sql -c "CREATE ROLE zone2_worker" -c "CREATE ROLE zone2_reader"
ok '... and goes on with it' hub init
is "... which is this zone's alone" "$(sql -d zone2 -c "SELECT string_agg(r.rolname, ' ' ORDER BY r.rolname) FROM pg_roles r
    WHERE has_database_privilege(r.oid, 'zone2', 'CONNECT') AND NOT r.rolsuper AND r.rolname ~ '^(landport|zone2)'")" \
    'zone2_owner zone2_reader zone2_worker'
by_address "user=landport_reader dbname=landport"
mark
is 'who is neither is told whom jobs are' "$(hub run declare >/dev/null 2>>"$work/landport.log" || echo $?)" 1

# a private cluster that runs since before there were roles: everybody in, a table of the superuser's
cp "$work/landport.conf.good" "$conf"
sql -c "ALTER TABLE hub.batch OWNER TO $pg_account" -c "REVOKE ALL ON hub.batch FROM landport_job"
for file in pg_hba.conf:'local all all trust' pg_ident.conf:; do
    echo "${file#*:}" | as_pg tee "$work/pg/data/${file%%:*}" >/dev/null
done
sql -c "SELECT pg_reload_conf()" >/dev/null
is 'commands say what it lacks' "$(hub status 2>&1 >/dev/null | grep -c 'made by an earlier landport.*run landport init')" 1
ok '... init brings it up' hub init
is '... to whose it is, and who comes in' "$(sql -c "SELECT tableowner FROM pg_tables WHERE tablename = 'batch'") $(night_ends)
$(sql -U landport_job -d postgres -c 'SELECT 1' 2>&1 | grep -c 'no pg_hba.conf entry')" 'landport_owner well
1'
by_address "user=$pg_account dbname=landport"
stop_cluster
day 60 14 20260305
mark
is 'no database: try again later' "$(night_status)" 75
ok 'the log says so' logged 'E1007'
is 'no file was taken' "$(in_boxes)" 3
cp "$work/landport.conf.good" "$conf"
is 'a private cluster comes up with the run' "$(night_ends)" well
is 'and every file is loaded' "$(sql -c "SELECT count(*) FROM hub.batch
    WHERE name ~ '20260305' AND state = 'loaded' AND moved")" 3

# the database goes away in the middle of a job
day 3000 15 20260306
hub run pickup >>"$work/run.out" 2>>"$work/landport.log" || die "pickup ended with $?"
sed -i "s|^database .*|database { conninfo = \"host=$sockets user=$pg_account dbname=landport\" }|" "$conf"
"$landport" -c "$conf" run ingest >>"$work/run.out" 2>>"$work/landport.log" &
run=$!
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'stage_' AND pid <> pg_backend_pid()")" -eq 0 ] || break
    sleep 0.02
done
stop_cluster
run_status=0
wait "$run" || run_status=$?
is "the database goes away in the middle of ingest ($try): later" "$run_status" 75
cp "$work/landport.conf.good" "$conf"
is 'the next run loads everything' "$(night_ends)" well
is 'once' "$(sql -c "SELECT state, attempts, count(*) FROM hub.batch
    WHERE name ~ '20260306' GROUP BY 1, 2")" 'loaded|0|3'
sql -c "SELECT t.issuer, t.order_no, t.verdict, array_to_string(t.waiting_for, ','),
        coalesce((SELECT string_agg(b.code, ',' ORDER BY b.code) FROM hub.trade_break b
                  WHERE b.issuer = t.issuer AND b.order_no = t.order_no), '')
    FROM hub.trade t WHERE (issuer, order_no) IN
        (SELECT issuer, order_no FROM hub.trade_order JOIN hub.batch b USING (batch_id)
         WHERE b.name ~ '20260306' UNION
         SELECT issuer, order_no FROM hub.payment JOIN hub.batch b USING (batch_id)
         WHERE b.name ~ '20260306' UNION
         SELECT issuer, order_no FROM hub.waybill JOIN hub.batch b USING (batch_id)
         WHERE b.name ~ '20260306')" | LC_ALL=C sort >"$work/got"
wanted_verdicts "$work/day/expected.json" >"$work/want"
same 'with the right verdicts' "$work/got" "$work/want"

# --- one partner cannot be served ---
day 60 16 20260307
cp "$work/keys/hub_LYPAY01" "$work/keys/hub_LYPAY01.good"
ssh-keygen -q -t ed25519 -N '' -f "$work/keys/refused"
cp "$work/keys/refused" "$work/keys/hub_LYPAY01"
mark
is 'a refused key: failed' "$(night_status)" 1
ok 'the log names partner and reason' logged 'partner=LYPAY01.*E1011'
is 'the others are loaded and moved' "$(sql -c "SELECT party, state, moved FROM hub.batch
    WHERE name ~ '20260307' ORDER BY 1")" 'LYLOGI01|loaded|t
LYPLAT01|loaded|t'
is 'and answered' "$(find "$work"/sftp/LYLOGI01/out "$work"/sftp/LYPLAT01/out -name '*20260307*.ack.xml' | wc -l)" 2
is 'its own file still lies in in/' "$(ls "$work/sftp/LYPAY01/in")" "$(ls "$work/day/LYPAY01")"
cp "$work/keys/hub_LYPAY01.good" "$work/keys/hub_LYPAY01"

# the pinned host key of one drop box is another one
printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$work/keys/refused.pub")" >"$work/known_other"
sed -i '/hub_LYPAY01/s/known_hosts"/known_other"/' "$conf"
mark
is 'a changed host key: failed' "$(night_status)" 1
ok 'the log names partner and reason' logged 'partner=LYPAY01.*E1010'
is 'its own file still lies in in/' "$(ls "$work/sftp/LYPAY01/in")" "$(ls "$work/day/LYPAY01")"
fault_of() { "$landport" -c "$conf" status --json | jq -r '.visits[] | select(.party == "LYPAY01" and .job == "pickup") | .fault + ": " + .error'; }
ok '... which side is wrong status cannot know' eval "fault_of | grep '^here or over there: '"
rm "$work/known_other"
hub run pickup >/dev/null 2>>"$work/landport.log" || :
ok 'a known_hosts that is not there is a fault of here, and said' eval "fault_of | grep '^here: .*known_hosts.*known_other.*No such file'"
cp "$work/landport.conf.good" "$conf"
is 'put right, its file is loaded' "$(night_ends)" well
is 'and nothing waits in in/' "$(in_boxes)" 0

# --- the name of the bundle is taken ---
day 60 17 20260308
hub run pickup ingest reconcile declare >>"$work/run.out" 2>>"$work/landport.log" || [ $? -eq 65 ] ||
    die "the first half of the night ended with $?"
bundle=$(sql -c "SELECT name FROM hub.bundle WHERE state = 'closed'")
is 'one bundle waits' "$(printf '%s\n' "$bundle" | wc -l)" 1
echo 'somebody else wrote this' >"$work/sftp/customs/out/$bundle"
mark
is 'its name is taken: failed' "$(night_status)" 1
ok 'the log names agency, file and reason' logged "agency=customs.*E1018.*$bundle"
is 'what lay there is untouched' "$(cat "$work/sftp/customs/out/$bundle")" 'somebody else wrote this'
is 'the bundle is not called published' \
    "$(sql -c "SELECT state FROM hub.bundle WHERE name = '$bundle'")" closed
is 'partners are answered all the same' \
    "$(sql -c "SELECT count(*) FROM hub.answer WHERE state = 'ready'")" 0
rm "$work/sftp/customs/out/$bundle"
is 'put right, it is published' "$(night_ends)" well
is 'with the bytes it was closed with' "$(sha256sum <"$work/sftp/customs/out/$bundle" | cut -d' ' -f1)" \
    "$(sql -c "SELECT file_id FROM hub.bundle WHERE name = '$bundle'")"
is 'numbers of bundles have no gap' \
    "$(sql -c "SELECT max(seq) - count(*), bool_and(state = 'published') FROM hub.bundle")" '0|t'

done_testing
