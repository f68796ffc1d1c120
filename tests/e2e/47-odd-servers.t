#!/bin/sh
# Servers that misbehave cost nobody but themselves: names that are not there, files that cannot be renamed, a byte every
# now and then, a folder where an answer should go; and what they only say was done is not taken for done.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
sed -i 's/settle = "0s"/settle = "0s"  idle = "2s"/' "$work/landport.conf"
cp "$work/authorized_keys" "$work/keys.good"
"$landport" sample --orders 20 --seed 3 --date 20260302 --dir "$work/day" >/dev/null
find "$work/day" -type f -exec touch -d '2026-03-02 19:00:00 UTC' {} +
order=$(ls "$work/day/LYPLAT01") payment=$(ls "$work/day/LYPAY01")

# odd PARTY WORD…: the hub meets that server there (odd_sftp.py)
odd() {
    party=$1
    shift
    awk -v key="$(cut -d' ' -f2 "$work/keys/hub_$party.pub")" \
        -v line="command=\"python3 $PWD/tests/e2e/odd_sftp.py $work/sftp/$party $*\",restrict $(cat "$work/keys/hub_$party.pub")" \
        'index($0, key) { print line; next } { print }' "$work/keys.good" >"$work/authorized_keys"
}
# a key's server may only be read
read_only() {
    awk -v key="$(cut -d' ' -f2 "$work/keys/hub_$1.pub")" 'index($0, key) { sub(/internal-sftp/, "& -R") } { print }' \
        "$work/keys.good" >"$work/authorized_keys"
}
good() {
    cp "$work/keys.good" "$work/authorized_keys"
}
# anew: an evening after whatever the servers left in the boxes
anew() {
    rm -rf "$work"/sftp/*/*
    for party in $parties; do mkdir "$work/sftp/$party/in" "$work/sftp/$party/out" "$work/sftp/$party/done"; done
    evening_with "$work/day"
}
# ran JOB…: its exit status; what it printed and logged in $work/told, its seconds in $work/seconds
ran() {
    result=0 began=$(date +%s)
    hub run "$@" >"$work/told" 2>&1 || result=$?
    echo $(($(date +%s) - began)) >"$work/seconds"
    cat "$work/told" >>"$work/landport.log"
    echo "$result"
}
within() {
    note "$(cat "$work/seconds") s"
    test "$(cat "$work/seconds")" -lt "$1"
}
loaded() {
    sql -c "SELECT string_agg(party, ' ' ORDER BY party) FROM hub.batch WHERE state = 'loaded'"
}
bundle() {
    sql -c "SELECT state FROM hub.bundle"
}
status_says() {
    hub status >"$work/status" 2>&1
    grep -q -- "$1" "$work/status"
}

# --- a box that can be read and not written: said before publish meets it ---
checked() { # PARTY: its lines
    hub check --json 2>>"$work/landport.log" | jq -r --arg what "$1" '.[] | select(.what == $what) | .state + " " + .detail'
}
read_only LYPAY01
ok 'check says of a drop box that it cannot be written' eval "checked 'partner LYPAY01' | grep '^wrong folder .*/out can be listed, not written: .*permission denied'"
read_only customs
ok "... an agency's, too" eval "checked 'agency customs' | grep '^wrong folder .*/out can be listed, not written: .*permission denied'"
good
ok 'it is content with others' eval "checked 'partner LYPAY01' | grep '^ok drop box answers'"
is '... and leaves nothing there' "$(find "$work/sftp" -name '*landport*')" ''

# --- names that are not there ---
anew
odd LYPAY01 ghosts=90000
ran >/dev/null
ok '90,000 names that are not there take seconds' within 60
is '... the others are loaded and declared' "$(loaded | sed 's/LYPAY01 //') $(bundle)" 'LYLOGI01 LYPLAT01 published'
ok '... the log does not name each' test "$(grep -c GHOST "$work/told")" -lt 50
ok '... but says how many' grep -q 'files could not be taken, of which 20 are named above' "$work/told"
odd LYPAY01 ghosts=300
ran >/dev/null
is '... and what is there is found among them' "$(sql -c "SELECT count(*) FROM hub.batch WHERE name = '$payment' AND moved")" 1
good

# --- a file that cannot be renamed, before others ---
anew
echo x >"$work/sftp/LYPLAT01/in/BAD.csv"
touch -d '2026-03-02 18:00:00 UTC' "$work/sftp/LYPLAT01/in/BAD.csv"
odd LYPLAT01 rename=no:BAD
is 'a file that cannot be renamed is a failure' "$(ran)" 1
is '... of that file: what came after it is loaded, and declared' "$(loaded) $(bundle)" 'LYLOGI01 LYPAY01 LYPLAT01 published'
ok '... and told' grep -q 'partner=LYPLAT01.*BAD.csv.*rename' "$work/told"
is '... once, and status has it' "$(grep -c 'error pickup partner=LYPLAT01 E1008' "$work/told") $(hub status --json | jq -r '.odd[] | [.partner, .name, .why] | join(" ")')" \
    '1 LYPLAT01 BAD.csv not taken at 1 visit'
ok '... by status as well' status_says 'BAD.csv'
good
ran >/dev/null
is '... until it can' "$(sql -c "SELECT moved FROM hub.batch WHERE name = 'BAD.csv'")" t

# --- a folder where an answer should go ---
anew
mkdir "$work/sftp/LYPLAT01/out/$order.ack.xml"
is 'a folder named like an answer is a failure' "$(ran)" 1
is '... of that answer' "$(sql -c "SELECT string_agg(name, ' ') FROM hub.answer WHERE state = 'ready'")" "$order.ack.xml"
ok '... the others are there' test -s "$work/sftp/LYPLAT01/out/$order.rejects.csv"
rmdir "$work/sftp/LYPLAT01/out/$order.ack.xml"
ran >/dev/null
is '... until it is gone' "$(sql -c "SELECT count(*) FROM hub.answer WHERE state = 'ready'")" 0

# --- what is only said to be done ---
anew
odd customs rename=lies
is 'a rename that did not happen is a failure' "$(ran)" 1
is '... and no delivery' "$(bundle) $(find "$work/sftp/customs/out" -type f | sed 's/.*zip//')" 'closed .part'
ok '... which says so' grep -q 'agency=customs E1018 .*although the rename was acknowledged' "$work/told"
good
ran >/dev/null
is '... until it happens' "$(bundle) $(find "$work/sftp/customs/out" -type f | sed 's/.*zip/zip/')" 'published zip'
anew
odd LYPAY01 rename=lies
ran >/dev/null
is 'a file that was only said to be renamed is not taken' "$(loaded) $(ls "$work/sftp/LYPAY01/in")" "LYLOGI01 LYPLAT01 $payment"
good

# --- a byte every now and then ---
for words in answers=0.5 'answers=0.5 piece=256'; do
    anew
    # shellcheck disable=SC2086 # several words
    odd LYPAY01 $words
    is "$words: later" "$(ran)" 75
    ok '... after seconds' within 30
    is '... the others are loaded and declared' "$(loaded) $(bundle)" 'LYLOGI01 LYPLAT01 published'
    ok '... and it is told' grep -q 'partner=LYPAY01 E1067 .*fewer than 4096 bytes a second' "$work/told"
    ok '... by status as well' status_says LYPAY01
done
good
ran >/dev/null
is 'a better day' "$(loaded)" 'LYLOGI01 LYPAY01 LYPLAT01'
anew
odd LYPLAT01 swallow=0.5
ran pickup ingest reconcile declare >/dev/null
is 'what takes a byte every now and then: later' "$(ran publish)" 75
ok '... after seconds' within 30
is '... the others have theirs' "$(sql -c "SELECT string_agg(DISTINCT party, ' ') FROM hub.answer WHERE state = 'ready'") $(bundle)" 'LYPLAT01 published'
# quick enough for its rate, but no end
anew
sed 's/idle = "2s"/idle = "2s"  rate = "0"  visit = "3s"/' "$work/landport.conf" >"$work/visit.conf"
odd LYPAY01 answers=0.5
cp "$work/landport.conf" "$work/landport.conf.good"
cp "$work/visit.conf" "$work/landport.conf"
is 'a visit has its time' "$(ran pickup)" 75
ok '... and no more' within 15
ok '... which is told' grep -q 'LYPAY01: no end after 3 s' "$work/told"

done_testing
