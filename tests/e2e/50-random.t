#!/bin/sh
# Uploads at random, a few of each kind with a seed that does not change, through whole nights: each is told what came of
# it, every row is counted, nothing that is known to be wrong is loaded, nobody's name is told, and a second run does nothing.
#     RANDOM_SEED=7 RANDOM_COUNT=200 RANDOM_KINDS=text sh tests/e2e/50-random.t
#     RANDOM_SEED=7 RANDOM_COUNT=200 RANDOM_KINDS= RANDOM_PLAYS='grow correct servers' sh tests/e2e/50-random.t
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='100%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
seed=${RANDOM_SEED:-1} count=${RANDOM_COUNT:-8} played=${RANDOM_COUNT:-4}
e2e_hub
sed -i '/^partner "LYPAY01"/,/^}/s/roles = /codes = {"91350800MA36H4PB09"}  &/' "$work/landport.conf"
in=$work/sftp/LYPAY01/in
out=$work/sftp/LYPAY01/out

# What came of it: batches, what is loaded, what was told, but for the partner's own rows.
state() {
    sql -c "SELECT json_build_object(
        'batches', (SELECT json_agg(json_build_object('name', name, 'party', party, 'sha256', file_id, 'state', state, 'code', code, 'seen', seen, 'rows', rows,
            'accepted', accepted, 'repeated', repeated, 'rejected', rejected)) FROM hub.batch),
        'delivered', (SELECT json_agg(d) FROM (SELECT party, name, file_id AS sha256, state FROM hub.answer WHERE state <> 'replaced'
            UNION ALL SELECT agency, name, file_id, state FROM hub.bundle) d),
        'acks', (SELECT json_agg(json_build_object('name', b.name)) FROM hub.answer a JOIN hub.batch b USING (batch_id)
            WHERE a.kind = 'ack' AND a.state = 'published'),
        'payments', (SELECT json_agg(pay_no) FROM hub.payment WHERE current),
        'charges', (SELECT json_object_agg(pay_no, charge::text) FROM hub.payment WHERE current),
        'told', (SELECT json_agg(t) FROM (
            SELECT seen FROM hub.reject WHERE seen IS NOT NULL UNION ALL SELECT want FROM hub.reject WHERE want IS NOT NULL
            UNION ALL SELECT concat_ws(' ', seen, want, notices, entry) FROM hub.batch) t (t)))" >"$work/state.json"
    for told in "$work/landport.log" "$work/run.out" "$out"/*.ack.xml "$out"/notice-*; do
        [ -e "$told" ] && jq -R -s . "$told"
    done | jq -s '{told: .}' >"$work/told.json"
    jq -s '.[0] as $s | .[1].told as $t | $s | .told += $t' "$work/state.json" "$work/told.json" >"$1"
}

mkdir -p "$work/made/in"
echo '[]' >"$work/made/expected.json"
for kind in ${RANDOM_KINDS-text book shift names archive}; do
    python3 tests/e2e/random.py make "$kind" "$seed" "$count" "$work/made/in"
done
find "$work/made/in" -type f -exec cp {} "$in/" \;
began=$(date +%s)
case $(night_status) in
0 | 65) report 0 'the night ends well' ;;
*) report 1 'the night ends well' ;;
esac
took=$(($(date +%s) - began))
ok "... in $took s" test "$took" -lt $((60 + count))
batches=$(sql -c 'SELECT count(*) FROM hub.batch')
night_status >/dev/null
is 'a second run finds nothing' "$(sql -c 'SELECT count(*) FROM hub.batch')" "$batches"
state "$work/state"
python3 tests/e2e/random.py check "$work/made" "$work/state" >"$work/wrong" 2>&1 || echo 'the check failed' >>"$work/wrong"
is 'all come out as they should' "$(head -n 40 "$work/wrong")" ''
# --- over several nights ---
for kind in ${RANDOM_PLAYS-servers}; do
    rm -rf "$work/made"
    mkdir "$work/made"
    evening
    sed -i 's/reject-limit = "100%"/reject-limit = "10%"/' "$work/landport.conf"
    case $kind in servers) sed -i 's/settle = "0s"/settle = "0s"  idle = "2s"/' "$work/landport.conf" ;; esac
    python3 tests/e2e/random.py play "$kind" "$seed" "$played" "$work/sftp/LYPAY01" "$work/made" "$landport" -c "$work/landport.conf" run \
        >"$work/wrong" 2>>"$work/landport.log"
    state "$work/state"
    python3 tests/e2e/random.py check "$work/made" "$work/state" >>"$work/wrong" 2>&1 || echo 'the check failed' >>"$work/wrong"
    is "$kind: all come out as they should" "$(head -n 40 "$work/wrong")" ''
done
is 'no process of ours broke' "$(grep -cE ' panic |signal|runtime error|Sanitizer|parsing process' "$work/landport.log")" 0

done_testing
