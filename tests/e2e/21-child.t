#!/bin/sh
# The process that reads an upload: what it may do, and what it costs when it is killed or hangs: one
# more try, then a hold. Its neighbours in the same run are loaded. And the one that talks to a drop box.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
E2E_ED25519=1 # what a key's private half looks like in memory is known
e2e_hub
sed -i 's/^database /schedule { quiet = "2s" }\ndatabase /' "$work/landport.conf"
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/plain.csv"
in=$work/sftp/LYPAY01/in
# long enough to be caught at work: the same rows under numbers of their own
awk -F, -v OFS=, 'NR == 1 { print; next } { row[NR] = $0 }
    END { for (i = 0; i < 10000; i++) for (r = 2; r <= NR; r++) { $0 = row[r]; $3 = $3 "X" i; print } }' \
    "$work/plain.csv" >"$in/PAYMENT_big.csv"
# files are taken by their time, and those of one second by their names
touch -d '2026-03-02 19:00:02 UTC' "$in/PAYMENT_big.csv"
rows=$(($(wc -l <"$in/PAYMENT_big.csv") - 1))

# good NAME: one row of its own
good() {
    sed -n "1p; ${2}p" "$work/plain.csv" >"$in/$1"
}

# reader PID: the process below it that has the large file and no connection, as soon as there is one
reader() {
    for _ in $(seq 1000); do
        for child in $(descendants "$1"); do
            if [ -n "$(find -L "/proc/$child/fd" -type f -size +1M 2>/dev/null)" ] &&
                [ -z "$(find "/proc/$child/fd" -lname 'socket:*' 2>/dev/null)" ] &&
                { [ -n "${SAN-}" ] || grep -q '^Seccomp:[[:space:]]*2' "/proc/$child/status"; }; then
                echo "$child"
                return
            fi
        done
        sleep 0.01
    done
    die 'no reader was seen'
}
descendants() {
    tr ' ' '\n' 2>/dev/null <"/proc/$1/task/$1/children" | while read -r pid; do
        echo "$pid"
        descendants "$pid"
    done
}

# holds KEY PID…: is it in their memory, the key of personal data or the private half of an ssh key?
holds() {
    python3 - "$@" <<'END'
import base64, re, struct, sys
text = open(sys.argv[1], "rb").read().strip()


def strings(data):
    while len(data) >= 4:
        n = struct.unpack(">I", data[:4])[0]
        yield data[4:4 + n]
        data = data[4 + n:]


if text.startswith(b"-----"):
    whole = base64.b64decode(b"".join(text.splitlines()[1:-1]))[15:]
    named = sum(4 + len(s) for s in list(strings(whole))[:3])
    secret = list(strings(whole[named + 4:]))[1]
    wanted = [text[100:200], list(strings(secret[8:]))[2][:32]]
else:
    wanted = [text, bytes.fromhex(text.decode())]


def found(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            begin, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
            if rights[:2] != "rw":
                continue
            try:
                mem.seek(int(begin, 16))
                block = mem.read(int(end, 16) - int(begin, 16))
            except OSError:
                continue
            if any(w in block for w in wanted):
                return "yes"
    return "no"


print(*[found(pid) for pid in sys.argv[2:]])
END
}

parent() {
    awk '{ print $4 }' "/proc/$1/stat"
}

# disturbed SIGNAL: an ingest whose reader gets that signal; its exit status
disturbed() {
    hub run ingest >>"$work/run.out" 2>>"$work/landport.log" &
    run=$!
    child=$(reader "$run")
    for fd in "/proc/$child/fd"/*; do
        [ "${fd##*/}" -le 2 ] || readlink "$fd" || :
    done >"$work/descriptors" 2>/dev/null
    grep -E '^(NoNewPrivs|Seccomp):' "/proc/$child/status" >"$work/privileges" || :
    for fd in 0 1 2; do readlink "/proc/$child/fd/$fd"; done | sort -u >"$work/standard" 2>&1
    tr '\0' ' ' <"/proc/$child/environ" >"$work/environment" 2>&1
    awk '/^Uid:/ { print $2, $3, $4 }' "/proc/$child/status" >"$work/account"
    server=$(parent "$child")
    asker=$(parent "$server")
    kill "-$1" "$child"
    # at once: who asked waits for no more than `quiet`
    [ "$1" != STOP ] || [ -n "${SAN-}" ] || holds "$work/personal.key" "$child" "$server" "$asker" >"$work/holds" 2>&1 || :
    result=0
    wait "$run" || result=$?
    echo "$child" >"$work/reader"
    echo "$result"
}

batch() {
    sql -c "SELECT state || ' ' || attempts || ' ' || coalesce(code, '-') FROM hub.batch WHERE name = '$1'"
}

good PAYMENT_a.csv 2
touch -d '2026-03-02 19:00:01 UTC' "$in/PAYMENT_a.csv"
good PAYMENT_c.csv 3
touch -d '2026-03-02 19:00:03 UTC' "$in/PAYMENT_c.csv"
hub run pickup >>"$work/run.out" 2>>"$work/landport.log"
is 'killed: later' "$(disturbed KILL)" 75
is '... the file waits for another try' "$(batch PAYMENT_big.csv)" 'received 1 E1020'
is '... what came before it is loaded, what came after it waits behind it' \
    "$(batch PAYMENT_a.csv), $(batch PAYMENT_c.csv)" 'loaded 0 -, received 0 -'
is 'it had the upload, a pipe, files without a name, and nothing else' \
    "$(sed 's|^/.* (deleted)$|nameless|; s|.*/spool/.*|upload|; s/^pipe:.*/pipe/' "$work/descriptors" | sort -u | tr '\n' ' ')" \
    'nameless pipe upload '
# a program with sanitizers has no filter (jobs/base/confine.h)
[ -n "${SAN-}" ] || is '... a filter of system calls, and no way to more rights' \
    "$(tr -d '\t ' <"$work/privileges" | tr '\n' ' ')" 'NoNewPrivs:1 Seccomp:2 '
is '... nothing to hear or to say beside it, and nothing of our environment' \
    "$(cat "$work/standard" "$work/environment")" /dev/null
[ "$(id -u)" -ne 0 ] || is '... and is nobody' "$(cat "$work/account")" "$(id -u nobody) $(id -u nobody) $(id -u nobody)"
good PAYMENT_d.csv 4
hub run pickup >>"$work/run.out" 2>>"$work/landport.log"
began=$(date +%s)
is 'hanging: it is ended and the file is held' "$(disturbed STOP)" 65
# sanitizers map terabytes; who is not root may look into no such process
[ -n "${SAN-}" ] || [ "$(id -u)" -ne 0 ] ||
    is '... neither it nor the process it was made by has the key, who asked for it has' \
        "$(cat "$work/holds")" 'no no yes'
ok '... within seconds' test $(($(date +%s) - began)) -lt 60
is '... with its reason' "$(batch PAYMENT_big.csv)" 'held 2 E1020'
is '... and what waited behind it is loaded' "$(batch PAYMENT_c.csv), $(batch PAYMENT_d.csv)" 'loaded 0 -, loaded 0 -'
ok '... nothing of it is left' test ! -e "/proc/$(cat "$work/reader")"
is '... and no row' "$(sql -c 'SELECT count(*) FROM hub.payment')" 3
hub run publish >>"$work/run.out" 2>>"$work/landport.log"
ok '... the ack says why' test -n \
    "$(xmllint --xpath "string(/*/*[local-name() = 'messageZh'])" "$work/sftp/LYPAY01/out/PAYMENT_big.csv.ack.xml")"
hub batch rerun "$(sql -c "SELECT 'B' || lpad(batch_id::text, 6, '0') FROM hub.batch WHERE name = 'PAYMENT_big.csv'")" \
    --reason 'the reader was disturbed' >>"$work/run.out" 2>>"$work/landport.log"
hub run ingest >>"$work/run.out" 2>>"$work/landport.log"
is 'left alone it is loaded' "$(sql -c "SELECT state, accepted + repeated FROM hub.batch WHERE name = 'PAYMENT_big.csv'")" "loaded|$rows"

# --- an agency's files go into one transaction: a reader killed then costs nothing but a second reading of all ---
receipts() { # FIRST LAST
    awk -v from="$1" -v to="$2" 'BEGIN {
        print "kind,ebpCode,orderNo,returnStatus,returnTime"
        for (i = from; i <= to; i++) printf "CEB304,91350800MA35C2LA3Q,NOBODYS%d,2,20260302120000\n", i }'
}
receipts 1 2 >"$work/sftp/customs/in/1.csv"
receipts 10 200000 >"$work/sftp/customs/in/2.csv"
receipts 3 4 >"$work/sftp/customs/in/3.csv"
hub run pickup >>"$work/run.out" 2>>"$work/landport.log"
is 'killed among others: each is taken, alone' "$(disturbed KILL)" 65
is '... once' "$(sql -c "SELECT string_agg(name || ' ' || state || ' ' || rows || ' ' || attempts, ', ' ORDER BY name),
    count(DISTINCT xmin::text), (SELECT count(*) FROM hub.receipt) FROM hub.batch WHERE party = 'customs'")" \
    '1.csv loaded 2 0, 2.csv loaded 199991 0, 3.csv loaded 2 0|3|199995'
ok '... and the log says so' grep -q 'agency=customs.*3 files together.*one by one' "$work/landport.log"

# --- what talks to a drop box whose server keeps it waiting in the middle of a file ---
# its_connection PID: the number of its socket to our sshd
its_connection() {
    awk -v port="$(printf ':%04X' "$port")" 'NR > 1 && index($3, port) && $4 == "01" { print $10 }' /proc/net/tcp |
        while read -r inode; do
            [ -z "$(find "/proc/$1/fd" -lname "socket:\[$inode\]" 2>/dev/null)" ] || echo "$inode"
        done
}
# as_it_is PID: what that process has
as_it_is() {
    for fd in "/proc/$1/fd"/*; do
        echo "${fd##*/} $(readlink "$fd")"
    done | sed "s/\[$(its_connection "$1")\]/ to the server/; s/\[[0-9]*\]//" | tr '\n' ';'
    tr '\0' ' ' <"/proc/$1/environ"
    [ -n "${SAN-}" ] || grep -E '^(NoNewPrivs|Seccomp):' "/proc/$1/status" | tr -d '\t ' | tr '\n' ' '
}
talker() {
    for _ in $(seq 1000); do
        for child in $(descendants "$1"); do
            if tr '\0' ' ' 2>/dev/null <"/proc/$child/cmdline" | grep -q '^landport fetch $' &&
                [ -e "$in/.taken.PAYMENT_e.csv" ] && [ -n "$(its_connection "$child")" ]; then
                echo "$child"
                return
            fi
        done
        sleep 0.02
    done
    die 'nobody talks to the drop box'
}
cp "$work/authorized_keys" "$work/keys.good"
cat >"$work/waits" <<END
#!/bin/sh
echo \$\$ >$work/waits.pid
exec python3 $PWD/tests/e2e/odd_sftp.py $work/sftp/LYPAY01 answers=100
END
chmod +x "$work/waits"
awk -v key="$(cut -d' ' -f2 "$work/keys/hub_LYPAY01.pub")" \
    -v line="command=\"$work/waits\",restrict $(cat "$work/keys/hub_LYPAY01.pub")" \
    'index($0, key) { print line; next } { print }' "$work/keys.good" >"$work/authorized_keys"
sed -i '/hub_LYPAY01/,/settle/s/settle = "0s"/settle = "0s"  idle = "100s"/' "$work/landport.conf"
good PAYMENT_e.csv 5
cp "$work"/day/LYLOGI01/* "$work/sftp/LYLOGI01/in/"
hub run pickup >>"$work/run.out" 2>"$work/told" &
run=$!
child=$(talker "$run")
until [ "$(sql -c "SELECT count(*) FROM hub.batch WHERE party = 'LYLOGI01' AND moved")" -eq 1 ]; do sleep 0.1; done
is 'what talks to a server has its connection and its parent, no database, no environment, and a filter' "$(as_it_is "$child")" \
    "0 /dev/null;1 /dev/null;2 /dev/null;3 socket:;4 socket: to the server;$([ -n "${SAN-}" ] || echo 'NoNewPrivs:1 Seccomp:2 ')"
[ "$(id -u)" -ne 0 ] || is '... and is nobody' "$(awk '/^Uid:/ { print $2, $3, $4 }' "/proc/$child/status")" \
    "$(id -u nobody) $(id -u nobody) $(id -u nobody)"
[ -n "${SAN-}" ] || [ "$(id -u)" -ne 0 ] ||
    is '... and has neither the login key nor that of personal data; its parent has' \
        "$(holds "$work/keys/hub_LYPAY01" "$child") $(holds "$work/personal.key" "$child" "$(parent "$child")")" 'no no yes'
kill -KILL "$child"
result=0
wait "$run" || result=$?
is '... killed: later' "$result" 75
ok '... told with its partner' grep -q 'partner=LYPAY01 E1102 .*ended by signal 9' "$work/told"
is '... and the others were served' \
    "$(sql -c "SELECT string_agg(party || ' ' || outcome, ', ' ORDER BY party) FROM hub.visit WHERE job = 'pickup'")" \
    'LYLOGI01 well, LYPAY01 broken, LYPLAT01 well, customs well'
kill "$(cat "$work/waits.pid")" 2>/dev/null || :
cp "$work/keys.good" "$work/authorized_keys"
hub run pickup >>"$work/run.out" 2>>"$work/landport.log"
is '... and the next run has the file' "$(sql -c "SELECT moved FROM hub.batch WHERE name = 'PAYMENT_e.csv'")" t

done_testing
