#!/bin/sh
# Servers that take the connection and then say nothing: more of them than drop boxes are served at
# a time, and before all others. The others' files come in all the same.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

silent_end() {
    [ ! -s "$work/silent.pid" ] || kill -CONT "$(cat "$work/silent.pid")" 2>/dev/null || :
    [ ! -s "$work/silent.pid" ] || kill "$(cat "$work/silent.pid")" 2>/dev/null || :
}
trap 'silent_end; e2e_end' EXIT

e2e_hub
good_port=$port
free_port
silent_port=$port port=$good_port
sed "s/^Port .*/Port $silent_port/; s|^PidFile .*|PidFile $work/silent.pid|" "$work/sshd_config" >"$work/silent_config"
/usr/sbin/sshd -f "$work/silent_config" -E "$work/silent.log"
until [ -s "$work/silent.pid" ]; do sleep 0.1; done
printf '[127.0.0.1]:%s %s\n' "$silent_port" "$(cut -d' ' -f1,2 "$work/keys/host.pub")" >>"$work/known_hosts"

# they stand first in the configuration
for n in 1 2 3 4 5 6; do
    mkdir -p "$work/sftp/SILENT$n/in" "$work/sftp/SILENT$n/out" "$work/sftp/SILENT$n/done"
    cat <<END
partner "SILENT$n" {
    name = "silent"  roles = {"platform"}  feeds = {"order"}
    dropbox { url = "sftp://$(id -un)@127.0.0.1:$silent_port"  key = "keys/hub_LYPLAT01"  known-hosts = "known_hosts"
              in = "$work/sftp/SILENT$n/in"  out = "$work/sftp/SILENT$n/out"  done = "$work/sftp/SILENT$n/done"
              settle = "0s"  idle = "120s" }
}
END
done >"$work/silent.conf"
awk -v add="$work/silent.conf" '/^partner "LYPLAT01"/ { while ((getline line < add) > 0) print line } { print }' \
    "$work/landport.conf" >"$work/landport.conf.new"
mv "$work/landport.conf.new" "$work/landport.conf"
ok 'all boxes answer' hub check

"$landport" sample --orders 20 --seed 1 --dir "$work/day" >/dev/null
upload_day "$work/day"
kill -STOP "$(cat "$work/silent.pid")"
hub run pickup >>"$work/run.out" 2>>"$work/landport.log" &
pickup=$!
for second in $(seq 60); do
    [ "$(sql -c 'SELECT count(*) FROM hub.batch WHERE moved')" -lt 3 ] || break
    sleep 1
done
note "after $second s"
is 'the files of all others are taken and moved' "$(sql -c 'SELECT count(*) FROM hub.batch WHERE moved')" 3
ok 'while the silent ones are still waited for' kill -0 "$pickup"

# --- another run meanwhile: it has what nobody is at, and says who is at the rest ---
first=$(sql -c 'SELECT max(run_id) FROM hub.job_run')
"$landport" sample --orders 5 --seed 2 --date 20261126 --dir "$work/more" >/dev/null
upload_day "$work/more"
status=0
hub run pickup >>"$work/run.out" 2>"$work/second.log" || status=$?
cat "$work/second.log" >>"$work/landport.log"
is 'another run takes what came since, and ends' "$status $(sql -c 'SELECT count(*) > 3 FROM hub.batch WHERE moved')" '75 t'
ok '... while the first is still at work' kill -0 "$pickup"
ok '... whose partners it passes by, and says which run has them' grep -q \
    "partner=SILENT1 E1016 pickup of SILENT1 is at work already, in run $first, process [0-9]* of $(uname -n), since 2" "$work/second.log"
is '... it is no failure of theirs' "$(sql -c "SELECT count(*) FROM hub.visit WHERE at_work AND outcome IS NULL AND run_id = $first AND party LIKE 'SILENT%'")" 6
is '... the first run is not called dead' "$(sql -c "SELECT state FROM hub.job_run WHERE run_id = $first")" running
kill -CONT "$(cat "$work/silent.pid")"
status=0
wait "$pickup" || status=$?
is 'who speaks again is served' "$status" 0
is '... and nobody is at work any more' "$(sql -c 'SELECT count(*) FROM hub.visit WHERE at_work OR outcome IS NULL')" 0

# --- runs whose process is gone are ended, by host, number and birth; what cannot be known is left as it is ---
sql -c "UPDATE hub.job_run SET state = 'running' WHERE run_id = $first" # as if it had been killed: its process is gone
born=$(sed 's/.*) //' "/proc/$$/stat" | cut -d' ' -f20)
for row in "$$, host, system, $born" "$$, host, system, $born + 1" "$$, host || 'x', system, 1" "1, host, 'x' || system, 1" \
    "1, host, split_part(system, ' ', 1) || ' before ' || split_part(system, ' ', 3), 1"; do
    sql -c "INSERT INTO hub.job_run (job, pid, host, system, born) SELECT 'pickup', $row FROM hub.job_run WHERE run_id = $first"
done
is 'a run after a killed one' "$(night_status | sed 's/65/0/')" 0
is '... ends it; one that lives, is elsewhere or cannot be seen goes on; what had its number, or was before the machine started, is dead' \
    "$(sql -c "SELECT string_agg(state, ' ' ORDER BY run_id) FROM hub.job_run WHERE run_id = $first OR finished_at IS NULL OR state = 'killed'")" \
    'killed running killed running running killed'
ok '... and is told' grep -q "run $first, process [0-9]* of $(uname -n), was killed" "$work/landport.log"

done_testing
