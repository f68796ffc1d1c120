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

# --- a site's own formats: as many as it likes, the last as good as the first; none is left out without a word ---
mkdir -p "$work/site/formats/feed" "$work/site/sql/extract/customs"
for n in $(seq 1 150); do
    name=zz$(printf %03d "$n" | tr 0-9 a-j)
    sed "s/name=\"goods\"/name=\"$name\"/; s/<lp:feed name=\"$name\"/& rows=\"goods\"/" formats/feed/goods.xsd \
        >"$work/site/formats/feed/$name.xsd"
done
{ printf 'formats { site = "site" }\n' && sed 's/"goods", "return"/"zzbfa", &/' "$work/landport.conf"; } >"$work/site.conf"
mv "$work/site.conf" "$work/landport.conf"
is 'every format is listed' "$(hub --json format list 2>>"$work/landport.log" | jq length)" \
    "$(($(find formats -mindepth 2 -maxdepth 2 -name '*.xsd' | wc -l) + 150))"
hub sample feed zzbfa --rows 5 >"$work/five"
sed 's/GJ0/ZZ0/' "$work/five" >"$(inbox LYPLAT01 zzbfa 1)"
LANDPORT_NOW=2026-03-02T20:00:00Z
is 'a file of the last feed' "$(night_status)" 0
is "... is taken as such" "$(sql -c "SELECT feed, state, rows FROM hub.batch ORDER BY batch_id DESC LIMIT 1")" 'zzbfa|loaded|5'
cp sql/extract/customs/ceb513.sql "$work/site/sql/extract/customs/"
seq 1 9 | sed 's/.*/-- level: \/none&\nSELECT 1;/' >>"$work/site/sql/extract/customs/ceb513.sql"
sed -i 's/names="电商企业编码 /&itemNo /' "$work/site/formats/feed/zzbfa.xsd"
mkdir -p "$work/site/sql/reconcile/rules"
printf -- '-- code: X0001\n-- title zh: 一\n-- title en: one\n-- source: a test\n-- modes: 9610, 9999\n-- when\nfalse\n-- seen\n1\n-- want\n1\n' \
    >"$work/site/sql/reconcile/rules/X0001.sql"
hub check >"$work/heard" 2>>"$work/landport.log" || :
ok 'a word that is another column'"'"'s is told' grep -q 'feed zzbfa.*wrong.*zzbfa.xsd:[0-9]*: lp:alias itemNo of ebcCode is what itemNo goes by' "$work/heard"
ok '... and a mode that no order has' grep -q 'rule X0001.*wrong.*X0001.sql:5: modes names 9999' "$work/heard"
ok 'a message of too many levels is told' grep -q 'wrong.*ceb513.sql:[0-9]*: more than 8 sections' "$work/heard"
done_testing
