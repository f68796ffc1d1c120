#!/bin/sh
# Each bench measures what it says, however small the night is. How fast anything is has no say here.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# measured PATH…: the bench before it gave a figure above nothing for each
measured() {
    for path in "$@"; do
        ok "... $path" jq -e "[$path] | length > 0 and all(. > 0)" "$work/figures"
    done
}
bench() {
    LANDPORT=$landport LANDPORT_WORK=$work/bench scripts/bench "$@" --json >"$work/figures" 2>"$work/log" ||
        { cat "$work/log" && return 1; }
}

ok 'a night against the floor' bench --orders 1000
measured .night.seconds .floor.seconds '.aims[].value'
ok 'a file against psql' bench --ingest --feed payment --mb 1 --turns 1 --faults 1%
measured '.feeds[] | .rows, .accepted, .rejected, .copy_seconds, .ingest_seconds, .kept_seconds, .ratio'
ok 'receipts against psql' bench --receipts --number 2000 --per-message 500
measured .receipts .applied .ingest_seconds .copy_seconds .kept_seconds .ratio
ok 'a large archive against none' bench --archive --orders 2000 --nights 2
measured .trades .all.ratio '[.jobs[] | select(.what == "answers") | .large_seconds] | add'
ok 'the XML writer against xmllint' bench --xml --documents 500 --turns 1
measured .write_seconds .xmllint_seconds .ratio
ok 'rows as text and as workbook' bench --xlsx --mb 1 --turns 1 --alone
measured .rows '.figures[] | .seconds, .kib'
ok 'what it does not know it says' sh -c "! scripts/bench --nothing 2>'$work/usage' && grep -q '^usage: scripts/bench' '$work/usage'"
ok '... of each' sh -c "! scripts/bench --xml --orders 2 2>'$work/usage' && grep -q 'scripts/bench --xml' '$work/usage'"
done_testing
