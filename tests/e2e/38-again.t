#!/bin/sh
# Documents nobody answers: they show, and they may go out once more, a bundle whole or a document alone; nothing is
# declared twice.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

e2e_hub
sed -i 's/container = "zip"/&  receipt-within = "1d"/' "$work/landport.conf"
ok 'check takes receipt-within' hub check
# after the check: the keys made just now are not valid before this moment
LANDPORT_NOW=2026-11-26T14:00:00Z
export LANDPORT_NOW
"$landport" sample --orders 12 --seed 3 --faults 0% --dir "$work/day" >/dev/null
upload_day "$work/day"
is 'a night' "$(night_status)" 0
bundle=$(sql -c 'SELECT name FROM hub.bundle')
out=$work/sftp/customs/out
order=$(sql -c "SELECT order_no FROM hub.trade ORDER BY order_no LIMIT 1")
unanswered() {
    hub status --json | jq -r '[.unanswered[] | .kind + " " + (.documents | tostring)] | join(", ")'
}
# state_is KIND STATE: a receipt said so, of the order at hand
state_is() {
    sql -c "UPDATE hub.document d SET state = nullif('$2', ''), state_at = '20261127000000000' FROM hub.trade_order o
            WHERE o.subject_hash = d.subject_hash AND o.order_no = '$order' AND d.kind = '$1' AND NOT d.resend" >/dev/null
}
# sent KIND: versions and appTypes of the order's documents of that kind
sent() {
    sql -c "SELECT string_agg(d.version || ' ' || d.app_type, ', ' ORDER BY d.version) FROM hub.document d
            JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
            WHERE o.order_no = '$order' AND d.kind = '$1'"
}

# --- overdue ---
is 'nothing is overdue on the same day' "$(unanswered)" ''
LANDPORT_NOW=2026-11-27T15:00:00Z
hub run reconcile --json >"$work/run.json" 2>>"$work/landport.log" || :
is 'a day later all are' "$(unanswered)" 'CEB303 12, CEB403 12, CEB505 12, CEB603 12'
is 'and the run says how many' "$(jq '[.. | .unanswered? // empty] | first' "$work/run.json")" 48
ok 'and warns' grep -q '48 documents have had no answer' "$work/landport.log"
sql -c "UPDATE hub.document SET state = 'accepted', state_at = '20261127000000000' WHERE kind <> 'CEB603'" >/dev/null
hub run reconcile >/dev/null 2>&1 || :
is 'what was answered is not' "$(unanswered)" 'CEB603 12'
sql -c "UPDATE hub.document SET state = 'accepted', state_at = '20261127000000000'" >/dev/null
hub run reconcile >/dev/null 2>&1 || :
is 'a bundle with all its answers is not asked about again' "$(sql -c 'SELECT answered FROM hub.bundle WHERE seq = 1')" t

# --- a bundle once more ---
sum=$(sha256sum <"$out/$bundle")
rm "$out/$bundle"
result=0
hub bundle republish "$bundle" >"$work/said" 2>&1 || result=$?
is 'not without a reason' "$result" 64
ok 'with one' hub bundle republish "$bundle" --reason 'the agency lost it'
result=0
hub bundle republish "$bundle" --reason again >"$work/said" 2>&1 || result=$?
is 'not while it waits' "$result $(grep -c 'not published yet' "$work/said")" '1 1'
ok 'publish' hub run publish
is 'the same bytes' "$(sha256sum <"$out/$bundle")" "$sum"
is 'two deliveries, each with its proof' "$(sql -c "SELECT count(*), count(DISTINCT proof ->> 'sha256') FROM hub.delivery")" '2|1'
is 'it is in the audit' "$(sql -c "SELECT what, object, reason FROM hub.audit")" "bundle republish|$bundle|the agency lost it"

# --- a document once more ---
resend() {
    result=0
    hub bundle resend "$order" --reason test "$@" >"$work/said" 2>&1 || result=$?
    echo "$result"
}
is 'what is accepted is not sent again' "$(resend --kind CEB603) $(grep -c 'declared twice' "$work/said")" '1 1'
state_is CEB603 progress
is 'nor what is under way' "$(resend --kind CEB603)" 1
state_is CEB603 ''
state_is CEB303 refused
is 'of several it is first said which' "$(resend) $(grep -c 'would go' "$work/said")" '64 2'
is '... and nothing done' "$(sql -c 'SELECT count(*) FROM hub.document WHERE resend')" 0
is 'one without an answer goes' "$(resend --kind CEB603) $(grep -c 'goes into the next bundle' "$work/said")" '0 1'
is 'once' "$(resend --kind CEB603)" 1
ok 'the next bundle' hub run pickup ingest declare publish
is 'it is the same document, new as it was' "$(sent CEB603)" '1 1, 2 1'
is '... with a later time' "$(sql -c 'SELECT count(DISTINCT app_time) FROM hub.bundle')" "$(sql -c 'SELECT count(*) FROM hub.bundle')"
is '... alone' "$(sql -c "SELECT string_agg(kind, ',') FROM hub.document d JOIN hub.bundle b USING (bundle_id)
    WHERE b.seq = (SELECT max(seq) FROM hub.bundle)")" CEB603
ok 'no other goes with the next' hub run declare
is '... nothing' "$(sent CEB603) $(sent CEB303)" '1 1, 2 1 1 1'
is 'a refused one goes too' "$(resend --kind CEB303 --yes) $(hub run declare >/dev/null 2>&1; sent CEB303)" '0 1 1, 2 1'
is 'an order nobody knows' "$(order=NOBODY; resend)" 1
done_testing
