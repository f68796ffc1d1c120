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
kill -CONT "$(cat "$work/silent.pid")"
status=0
wait "$pickup" || status=$?
is 'who speaks again is served' "$status" 0

done_testing
