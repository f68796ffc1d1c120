#!/bin/sh
# Sample rows of any feed: taken as they are, and those of imports fit together into trades that go to customs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

e2e_hub
sed -i 's/messages = {[^}]*}/messages = {"CEB311", "CEB411", "CEB511", "CEB513", "CEB621", "CEB711"}/
    s/feeds = {"order"}/feeds = {"order", "goods", "return", "importorder"}/
    s/feeds = {"payment"}/feeds = {"payment", "importpayment"}/
    s/feeds = {"logistics"}/feeds = {"logistics", "departure", "entry", "tally", "status", "importlogistics"}/' \
    "$work/landport.conf"
LANDPORT_NOW=2026-03-01T20:00:00Z
export LANDPORT_NOW

# rows PARTY FEED N: into that partner's in/
rows() {
    hub sample feed "$2" --rows "$3" -o "$(inbox "$1" "$2" 1)" >/dev/null
}
for feed in goods return importorder; do rows LYPLAT01 "$feed" 250; done
rows LYPAY01 importpayment 250
for feed in departure entry tally status importlogistics; do rows LYLOGI01 "$feed" 250; done
is 'a night with every feed' "$(night_status)" 0
is 'all rows are taken' "$(sql -c "SELECT count(*), bool_and(state = 'loaded' AND accepted = 250 AND rejected = 0) FROM hub.batch")" '9|t'
is 'imports fit together' "$(sql -c "SELECT verdict, count(*) FROM hub.trade GROUP BY 1")" 'matched|250'
is '... and go to customs' "$(sql -c "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind)
    FROM (SELECT kind, count(*) AS n FROM hub.document GROUP BY kind) k")" \
    'CEB311 250, CEB411 250, CEB511 250, CEB513 250, CEB621 250, CEB711 1'
is '... in the names of as many buyers' "$(sql -c "SELECT count(DISTINCT person) FROM hub.quota_ledger")" 250
hub sample feed importorder --rows 3 >"$work/three"
hub sample feed importorder --rows 3 >"$work/again"
same 'the same rows again' "$work/three" "$work/again"
is 'a header and three rows' "$(wc -l <"$work/three")" 4
result=0
hub sample feed importorder --rows 0 >"$work/said" 2>&1 || result=$?
is 'no rows are a wrong usage' "$result" 64
result=0
hub sample feed nothing >"$work/said" 2>&1 || result=$?
ok 'nor is a feed that is not there' test "$result" -ne 0
done_testing
