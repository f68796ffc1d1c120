#!/bin/sh
# Reports of a period, as files of a site folder: told once it is over, said anew as the file's heading says when a figure differs,
# nothing when none does; after an outage, of a report that cannot be asked, killed in the middle; every bundle made again.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
e2e_fault

# --- an agency with a monthly report per seller, once for each way to correct it ---
mkdir -p "$work/site/formats/tax" "$work/site/sql/extract/tax" "$work/sftp/tax/in" "$work/sftp/tax/out" "$work/sftp/tax/done"
leaf() { # NAME TYPE
    echo "<xs:element name=\"$1\" type=\"$2\"><xs:annotation><xs:documentation>$1</xs:documentation></xs:annotation></xs:element>"
}
# report KIND HEADING
report_file() {
    name=$(echo "$1" | tr '[:upper:]' '[:lower:]')
    printf '<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:lp="urn:landport:format">
<xs:element name="%s"><xs:annotation><xs:documentation>%s</xs:documentation><xs:appinfo><lp:written as="csv" header="names"/></xs:appinfo></xs:annotation>
<xs:complexType><xs:sequence><xs:element name="Sales" maxOccurs="100"><xs:annotation><xs:documentation>Sales</xs:documentation></xs:annotation><xs:complexType><xs:sequence>%s</xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>\n' "$1" "$1" "$(leaf seller xs:string)$(leaf month xs:string)$(leaf appType xs:string)$(
        leaf version xs:integer)$(leaf orders xs:integer)$(leaf amount xs:decimal)" >"$work/site/formats/tax/$name.xsd"
    cat >"$work/site/sql/extract/tax/$name.sql" <<END
-- $1: what each seller sold.

-- report: $2
SELECT o.ebc_code AS issuer, jsonb_build_object('orders', count(*), 'amount', sum(o.goods_value)) AS said
FROM hub.trade_order o
WHERE o.current AND o.app_type <> '3' AND left(o.order_time, 8) >= (SELECT current_setting('hub.period_from'))
  AND left(o.order_time, 8) < (SELECT current_setting('hub.period_until'))
GROUP BY o.ebc_code

-- level: Sales
SELECT d.doc_no, r.issuer AS seller, r.period AS month, d.app_type, r.version, n.sign * (r.said ->> 'orders')::int AS orders,
       n.sign * (r.said ->> 'amount')::numeric AS amount
FROM hub.document d
JOIN hub.report r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row
CROSS JOIN LATERAL (SELECT CASE WHEN r.takes_back AND d.app_type <> '3' THEN -1 ELSE 1 END AS sign) n
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = '$1'
ORDER BY d.doc_no
END
}
report_file ONCE 'month after 14 days'
report_file CHANGE 'month after 14 days, again: change'
report_file ANEW 'month after 14 days, again: anew, back: 3'
report_file NEGATIVE 'month after 14 days, again: negative'
report_file WHOLE 'month after 14 days, again: whole'
report_file HALF 'half after 40 days, again: change, since: 20260101'
sed -i "s/^SELECT o.ebc_code AS issuer/&, 'sales' AS number/" "$work/site/sql/extract/tax/half.sql"
# it answers by our keys
printf 'kind\tanswers\tfound_by\tdecides\tnames_cop\tcodes\tvalid_from\tsource\nBACK\tNEGATIVE\tkey\tyes\tno\tshared\t2020-01-01\tsite\n' >"$work/site/formats/tax/receipt_kind.tsv"
printf 'kind\tfirst_code\tlast_code\tname_zh\tmeaning_en\tdirection\tvalid_from\tsource\n\tOK\tOK\t好\ttaken\tsuccess\t2020-01-01\tsite\n' >"$work/site/formats/tax/return_code.tsv"
kinds='"ONCE", "CHANGE", "ANEW", "NEGATIVE", "WHOLE", "HALF"'
sed -n '/^agency "customs"/,/^}/p' "$work/landport.conf" | sed "s/agency \"customs\"/agency \"tax\"/
    s/messages = {[^}]*}/messages = {$kinds}/; s,sftp/customs/,sftp/tax/,g" >"$work/tax"
cat "$work/tax" >>"$work/landport.conf"
sed -i '1i formats { site = "site" }' "$work/landport.conf"
ok 'init takes its answers in' hub init
ok 'check takes them' hub check

is 'periods' "$(sql -F ' ' -c "SELECT hub.period_name(u, day), to_char(hub.period_begin(u, day), 'YYYYMMDD'), hub.period_name(u, (hub.period_begin(u, day) + hub.period_step(u))::date)
    FROM unnest('{day,month,quarter,half,year}'::text[]) u CROSS JOIN (VALUES (date '2024-02-29'), ('2026-12-31')) d (day) ORDER BY day, length(hub.period_name(u, day)) DESC, 1")" \
    '20240229 20240229 20240301
202402 20240201 202403
2024H1 20240101 2024H2
2024Q1 20240101 2024Q2
2024 20240101 2025
20261231 20261231 20270101
202612 20261201 202701
2026H2 20260701 2027H1
2026Q4 20261001 2027Q1
2026 20260101 2027'

# wrong SAID FILE SED: with that change check says so
wrong() {
    cp "$2" "$work/kept.file"
    sed -i "$3" "$2"
    hub check >"$work/heard" 2>&1 || :
    cp "$work/kept.file" "$2"
    ok "check: $1" grep -q -- "$1" "$work/heard"
}
change=$work/site/sql/extract/tax/change.sql
wrong "change.sql:3: report: 'week', expected day, month, quarter, half or year" "$change" 's/report: month/report: week/'
wrong "change.sql:3: report: 'sometimes', expected once, change, anew, negative or whole" "$change" 's/again: change/again: sometimes/'
wrong 'change.sql:3: report: its query gives no column said' "$change" 's/AS said/AS told/'
wrong 'change.sql:3: report: database: 42P01' "$change" 's/hub.trade_order/hub.nowhere/'

# told SEQ KIND: what the bundle says, a line a document, sellers in order
told() {
    rm -rf "$work/b"
    mkdir "$work/b"
    unzip -q "$work/sftp/tax/out/TAX_LY_*_$(printf %06d "$1").zip" -d "$work/b"
    cat "$work/b/messages/$2"_*.csv 2>/dev/null | tr -d '\r' | grep -v '^seller' | LC_ALL=C sort -s -t , -k 1,1
}
last() {
    sql -c "SELECT max(seq) FROM hub.bundle WHERE agency = 'tax'"
}
documents() { # SEQ: of each kind
    sql -c "SELECT coalesce(string_agg(kind || ' ' || n, ', ' ORDER BY kind), '') FROM (SELECT kind, count(*) AS n FROM hub.document d
            JOIN hub.bundle b USING (bundle_id) WHERE b.agency = 'tax' AND b.seq = $1 GROUP BY kind) k"
}

# --- March, as it was first told ---
"$landport" sample --orders 60 --seed 5 --date 20260302 --dir "$work/day" >/dev/null
upload_day "$work/day"
night=$(night_status)
ok "a night ($night)" test "$night" -eq 0 -o "$night" -eq 65
sql -c "UPDATE hub.trade_order o SET ebc_code = 'S' || n.nth % 8, order_time = '20260301120000'
        FROM (SELECT subject_hash, row_id, row_number() OVER (ORDER BY order_no) AS nth FROM hub.trade_order) n
        WHERE o.subject_hash = n.subject_hash AND o.row_id = n.row_id"
LANDPORT_NOW=2026-04-10T20:00:00Z
is 'ten days after March nothing is told of it' "$(night_status) $(sql -c 'SELECT count(*) FROM hub.report')" '0 0'
LANDPORT_NOW=2026-04-15T20:00:00Z
is 'after 14 days it is' "$(night_status) $(documents "$(last)")" '0 ANEW 8, CHANGE 8, NEGATIVE 8, ONCE 8, WHOLE 8'
first=$(last)
figures() { # SELLER: month, orders, amount
    sql -F , -c "SELECT ebc_code, '202603', count(*), sum(goods_value) FROM hub.trade_order WHERE current AND app_type <> '3' AND ebc_code ~ '$1' GROUP BY 1 ORDER BY 1"
}
is '... what they sold, as new' "$(told "$first" CHANGE | cut -d , -f 1,2,5,6)" "$(figures .)"
is '... in the first version' "$(told "$first" CHANGE | cut -d , -f 3,4 | sort -u)" '1,1'
is '... and nobody else hears of it' "$(sql -c "SELECT string_agg(DISTINCT agency, ',') FROM hub.report")" tax
LANDPORT_NOW=2026-04-16T20:00:00Z
is 'nothing differs: nothing is told' "$(night_status) $(documents "$(last)")" '0 '

# --- S1 is corrected, S2 has sold nothing, S8 comes late ---
keep told
was1=$(figures S1) was2=$(figures S2)
correct() {
    sql -c "UPDATE hub.trade_order SET goods_value = goods_value + 0.5 WHERE ebc_code = 'S1'" \
        -c "UPDATE hub.trade_order SET current = false WHERE ebc_code = 'S2'" \
        -c "UPDATE hub.trade_order SET ebc_code = 'S8' WHERE ebc_code = 'S7' AND subject_hash = (SELECT min(subject_hash) FROM hub.trade_order WHERE ebc_code = 'S7')"
}
correct
LANDPORT_NOW=2026-04-17T20:00:00Z
is 'figures differ: each says so in its way' "$(night_status) $(documents "$(last)")" '0 ANEW 6, CHANGE 4, NEGATIVE 6, WHOLE 8'
second=$(last)
line() { # FIGURES APPTYPE VERSION [SIGN]
    echo "$1" | awk -F , -v OFS=, -v type="$2" -v version="$3" -v sign="${4-}" '{ print $1, $2, type, version, sign $3, sign $4 }'
}
was7=$(told "$first" CHANGE | grep '^S7' | cut -d , -f 1,2,5,6)
is 'change: one document with appType 2, one that ends, one that is new' "$(told "$second" CHANGE)" "$(line "$(figures S1)" 2 2)
$(line "$was2" 3 2)
$(line "$(figures S7)" 2 2)
$(line "$(figures S8)" 1 1)"
is '... of the same document' "$(sql -c "SELECT count(DISTINCT coalesce(first_guid, guid)), count(*) FROM hub.document WHERE kind = 'CHANGE'")" '9|12'
is '... by its number' "$(sql -c "SELECT bool_and((cop_guid IS NOT NULL) = (app_type <> '1')) FROM hub.document WHERE kind = 'CHANGE'")" t
is 'anew: what was said is void, and said anew' "$(told "$second" ANEW)" "$(line "$was1" 3 2)
$(line "$(figures S1)" 1 2)
$(line "$was2" 3 2)
$(line "$was7" 3 2)
$(line "$(figures S7)" 1 2)
$(line "$(figures S8)" 1 1)"
is 'negative: a line takes back' "$(told "$second" NEGATIVE)" "$(line "$was1" 1 2 -)
$(line "$(figures S1)" 1 2)
$(line "$was2" 1 2 -)
$(line "$was7" 1 2 -)
$(line "$(figures S7)" 1 2)
$(line "$(figures S8)" 1 1)"
is '... and all lines together are what is so' "$( (told "$first" NEGATIVE && told "$second" NEGATIVE) | awk -F , '{ n += $5; a += $6 } END { printf "%d %.2f", n, a }')" \
    "$(sql -F ' ' -c "SELECT count(*), round(sum(goods_value), 2) FROM hub.trade_order WHERE current AND app_type <> '3'")"
# a key says no more than whom it is about: the last that was sent by then is meant
printf 'issuer,number,returnStatus,returnTime\nS1,202603,OK,20260418100000\nS7,202603,OK,20260416100000\n' >"$work/sftp/tax/in/back_1.csv"
LANDPORT_NOW=2026-04-18T03:00:00Z
is '... an answer by key' "$(night_status) $(sql -c "SELECT count(*) FROM hub.receipt WHERE effect = 'held'")" '0 0'
is '... is of what was sent last before it' "$(sql -c "SELECT r.issuer, r.version, r.part_no, r.takes_back FROM hub.document d
    JOIN hub.report r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row WHERE d.kind = 'NEGATIVE' AND d.state = 'accepted' ORDER BY 1")" 'S1|2|2|f
S7|1|0|f'
is 'whole: all that are there, as the next version' "$(told "$second" WHOLE)" "$(figures . | while read -r one; do line "$one" 1 2; done)"
is 'once: nothing more of a period that was told' "$(told "$second" ONCE)" ''
LANDPORT_NOW=2026-04-18T20:00:00Z
is 'and then nothing' "$(night_status) $(documents "$(last)")" '0 '

# --- corrected twice before anybody was told, back again, and once more ---
sql -c "UPDATE hub.trade_order SET goods_value = goods_value + 1 WHERE ebc_code = 'S3'"
hub run reconcile >>"$work/run.out" 2>>"$work/landport.log"
sql -c "UPDATE hub.trade_order SET goods_value = goods_value + 1 WHERE ebc_code = 'S3'" \
    -c "UPDATE hub.trade_order SET current = true WHERE ebc_code = 'S2'"
LANDPORT_NOW=2026-04-19T20:00:00Z
is 'two corrections before a bundle are one version' "$(night_status) $(documents "$(last)")" '0 ANEW 3, CHANGE 2, NEGATIVE 3, WHOLE 9'
is '... what is there again is new' "$(told "$(last)" CHANGE)" "$(line "$(figures S2)" 1 3)
$(line "$(figures S3)" 2 2)"
is '... of the table too only versions that were told count' "$(told "$(last)" WHOLE | cut -d , -f 4 | sort -u)" 3

# --- a report that cannot be asked costs only itself ---
cp "$change" "$work/change.sql"
sed -i 's/sum(o.goods_value)/sum(1 \/ (o.goods_value - o.goods_value))/' "$change"
sql -c "UPDATE hub.trade_order SET goods_value = goods_value + 1 WHERE ebc_code = 'S4'"
LANDPORT_NOW=2026-04-20T20:00:00Z
is 'one of them fails' "$(night_status) $(documents "$(last)")" '65 ANEW 2, NEGATIVE 2, WHOLE 9'
is '... status says which and why' "$(hub --json status | jq -rc '.reports[] | [.kind, .period, .state, (.note | test("division by zero"))]')" \
    '["CHANGE","202603","failed",true]'
cp "$work/change.sql" "$change"
LANDPORT_NOW=2026-04-21T20:00:00Z
is '... and it goes on by itself' "$(night_status) $(documents "$(last)") $(hub --json status | jq -c .reports)" '0 CHANGE 1 []'

# --- what was refused is not there to be taken back: it is said in its place; as it is it goes out again ---
sql -c "UPDATE hub.document SET state = 'refused' WHERE kind IN ('CHANGE', 'ANEW', 'NEGATIVE')
            AND source_row IN (SELECT row_id FROM hub.report WHERE issuer = 'S3' AND current AND NOT takes_back)" \
    -c "UPDATE hub.document SET state = 'refused' WHERE kind = 'CHANGE' AND source_row IN (SELECT row_id FROM hub.report WHERE issuer = 'S3')" \
    -c "UPDATE hub.document SET state = 'refused' WHERE kind = 'CHANGE' AND source_row IN (SELECT row_id FROM hub.report WHERE issuer = 'S0')" \
    -c "INSERT INTO hub.attention SELECT DISTINCT subject_hash FROM hub.report WHERE issuer = 'S0'"
sql -c "UPDATE hub.trade_order SET goods_value = goods_value + 1 WHERE ebc_code = 'S3'"
name=$(sql -c "SELECT name FROM hub.bundle WHERE agency = 'tax' AND seq = $first")
is 'status says what helps' "$(hub --json status | jq -r '.unsettled[].next')" \
    "correct what it is made of, then landport run; as it is: landport bundle resend S0/202603 --kind CHANGE --reason \"…\""
ok '... which can be done, of one seller' hub bundle resend S0/202603 --kind CHANGE --reason test
is '... and of no other' "$(sql -c "SELECT string_agg(r.issuer, ',') FROM hub.document d JOIN hub.report r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row
    WHERE d.resend")" S0
is '... a month is that of several' "$(hub bundle resend 202603 --kind CHANGE --reason test 2>&1 | grep -o '202603 leads to [0-9]* things, S0/202603 and others')" \
    "202603 leads to $(sql -c "SELECT count(DISTINCT issuer) FROM hub.report WHERE number = '202603'") things, S0/202603 and others"
is '... trace tells them apart' "$(hub trace S0/202603 --json | jq -r '([.reports[].report] + [.documents[].of]) | unique | .[]') $(
    hub trace 202603 --json | jq -r '[.documents[].of] | unique | length')" "S0/202603 $(sql -c "SELECT count(DISTINCT issuer) FROM hub.report WHERE number = '202603'")"
ok '... all of a bundle go too' hub bundle resend "$name" --kind CHANGE --reason test --yes
LANDPORT_NOW=2026-04-22T20:00:00Z
is 'a figure of what was refused differs' "$(night_status) $(documents "$(last)")" '0 ANEW 1, CHANGE 4, NEGATIVE 1, WHOLE 9'
new=$(last)
is '... change: it is new' "$(told "$new" CHANGE | grep '^S3')" "$(line "$(figures S3)" 1 3)"
is '... anew: no void of it' "$(told "$new" ANEW)" "$(line "$(figures S3)" 1 3)"
is '... negative: nothing is taken back' "$(told "$new" NEGATIVE)" "$(line "$(figures S3)" 1 3)"
is '... and what was refused and is as it was goes out once more' "$(told "$new" CHANGE | grep '^S0')" "$(line "$(figures S0)" 1 1)"

# --- what is to be said presumes what was answered when it was asked: what is not so any more when it is declared waits, and is thought about anew ---
# documents of a seller that said something, and what became of them
said() { # SELLER STATE
    sql -c "UPDATE hub.document d SET state = $2 FROM hub.report r WHERE d.kind IN ('ANEW', 'NEGATIVE', 'CHANGE') AND r.subject_hash = d.subject_hash
                AND r.row_id = d.source_row AND r.issuer = '$1' AND NOT r.takes_back"
}
correct_more() { # SELLER
    sql -c "UPDATE hub.trade_order SET goods_value = goods_value + 1 WHERE ebc_code = '$1'"
}
LANDPORT_NOW=2026-04-23T20:00:00Z
night_status >"$work/status"
was0=$(figures S0) was6=$(figures S6)
correct_more S0 # stands when it is asked
correct_more S6 # was refused
said S6 "'refused'"
LANDPORT_NOW=2026-04-24T20:00:00Z
hub run pickup ingest reconcile >>"$work/run.out" 2>>"$work/landport.log"
said S0 "'refused'"
said S6 "'accepted'"
hub run declare publish >>"$work/run.out" 2>>"$work/landport.log"
asked=$(last)
is 'refused meanwhile, stands after all: neither is told as if it were otherwise' "$(documents "$asked")" 'CHANGE 2, WHOLE 9'
is '... a change is what the agency has of it by then' "$(told "$asked" CHANGE | cut -d , -f 1,3)" 'S0,1
S6,2'
is '... reports wait to be asked anew' "$(sql -c "SELECT string_agg(what || ' ' || n, ', ' ORDER BY what) FROM (SELECT what, count(*) AS n FROM hub.ready
    WHERE agency = 'tax' AND held GROUP BY 1) r")" 'report ANEW 3, report NEGATIVE 3'
LANDPORT_NOW=2026-04-25T20:00:00Z
is 'the next run says what is so' "$(night_status) $(documents "$(last)")" '0 ANEW 3, NEGATIVE 3'
is '... negative: only what stands is taken back' "$(told "$(last)" NEGATIVE)" "$(line "$(figures S0)" 1 2)
$(line "$was6" 1 2 -)
$(line "$(figures S6)" 1 2)"
is '... anew: only that is void' "$(told "$(last)" ANEW)" "$(line "$(figures S0)" 1 2)
$(line "$was6" 3 2)
$(line "$(figures S6)" 1 2)"
is '... nothing waits' "$(sql -c "SELECT count(*) FROM hub.ready WHERE agency = 'tax'")" 0

# --- declare is at the first, reconcile finds another figure meanwhile: it waits until it is known what was told ---
correct_more S0
LANDPORT_NOW=2026-04-26T20:00:00Z
hub run pickup ingest reconcile >>"$work/run.out" 2>>"$work/landport.log"
was0=$(figures S0)
# seen SQL: until it is so
seen() {
    try=0
    until [ "$(sql -c "SELECT EXISTS ($1)")" = t ] || [ "$try" -ge 200 ]; do
        try=$((try + 1))
        sleep 0.05
    done
}
mkfifo "$work/hold"
sql <"$work/hold" >/dev/null &
holder=$!
exec 9>"$work/hold"
echo "BEGIN; SELECT FROM hub.ready WHERE agency = 'tax' FOR UPDATE;" >&9
seen "SELECT 1 FROM pg_locks WHERE relation = 'hub.ready'::regclass AND mode = 'RowShareLock' AND granted"
hub run declare >>"$work/run.out" 2>>"$work/landport.log" 9>&- &
declare=$!
seen "SELECT 1 FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
correct_more S0
hub run reconcile >>"$work/run.out" 2>>"$work/landport.log" 9>&- &
reconcile=$!
seen "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
is 'declare is at its documents, reconcile waits for it' "$(sql -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")" 1
echo 'ROLLBACK;' >&9
exec 9>&-
wait "$declare" || : # 75 where it looked for more while reconcile was at work still
ok '... reconcile ends' wait "$reconcile"
wait "$holder"
hub run publish >>"$work/run.out" 2>>"$work/landport.log"
is '... what declare took was told' "$(told "$(last)" CHANGE)" "$(line "$was0" 2 3)"
LANDPORT_NOW=2026-04-27T20:00:00Z
is '... and then what is so now' "$(night_status) $(told "$(last)" CHANGE)" "0 $(line "$(figures S0)" 2 4)"
is '... which takes back what was told' "$(told "$(last)" NEGATIVE)" "$(line "$was0" 1 4 -)
$(line "$(figures S0)" 1 4)"

# --- what takes back cannot be written: what is said in its place stays with it, and goes with it ---
anew=$work/site/sql/extract/tax/anew.sql
cp "$anew" "$work/anew.sql"
sed -i "s/n.sign \* (r.said ->> 'amount')::numeric AS amount/CASE WHEN r.takes_back THEN 'much' ELSE r.said ->> 'amount' END AS amount/" "$anew"
was0=$(figures S0)
correct_more S0
LANDPORT_NOW=2026-04-28T20:00:00Z
is 'neither of the two is told' "$(night_status) $(documents "$(last)")" '65 CHANGE 1, NEGATIVE 2, WHOLE 9'
is '... status, a list and trace say whose they are' "$(hub status --json | jq -r '[.aside[].number] | unique | .[]') $(
    hub bundle aside --json | jq -r '[.[] | .next] | unique | .[]') $(hub trace S0/202603 --json | jq -r '[.aside[].of] | unique | .[]')" \
    'S0/202603 landport bundle retry S0/202603 --kind ANEW --reason "…" S0/202603'
is '... both wait for a person' "$(sql -c "SELECT count(*), count(DISTINCT subject_hash) FROM hub.aside WHERE kind = 'ANEW' AND state = 'aside'")" '2|1'
sql -c "INSERT INTO hub.aside (subject_hash, agency, kind, bundle_id, what, issuer, number, state, code, reason, since)
    SELECT 9, agency, kind, bundle_id, what, 'S9', number, state, code, reason, since FROM hub.aside WHERE state = 'aside' LIMIT 1"
refused=0
hub bundle give-up 202603 --reason 'whose?' >"$work/heard" 2>&1 || refused=$?
is '... a month alone says not whose is given up' "$refused $(grep -o '202603 leads to 2 things, S0/202603 and others' "$work/heard")" \
    '1 202603 leads to 2 things, S0/202603 and others'
sql -c "DELETE FROM hub.aside WHERE subject_hash = 9"
cp "$work/anew.sql" "$anew"
hub bundle retry --kind ANEW S0/202603 --reason 'mended' >>"$work/run.out" 2>>"$work/landport.log"
LANDPORT_NOW=2026-04-29T20:00:00Z
is '... and go together' "$(night_status) $(told "$(last)" ANEW)" "0 $(line "$was0" 3 5)
$(line "$(figures S0)" 1 5)"

# --- an extract file is missing: nothing can be ready that asks for it, and that is told all the same; once it is back nothing is lost ---
mv "$work/site/sql/extract/tax/change.sql" "$work/change.sql"
correct_more S0
is 'without an extract file the others go out' "$(night_status) $(documents "$(last)")" '65 ANEW 2, NEGATIVE 2, WHOLE 9'
is '... and status says what is not in it, and what to do' "$(hub status --json | jq -r '.lacking[] | .bundle + " " + .kind + ": " + .code + " " + .reason + "; " + .next')" \
    "$(sql -c "SELECT name FROM hub.bundle WHERE agency = 'tax' ORDER BY seq DESC LIMIT 1") CHANGE: E1019 no extract file: there is no sql/extract/tax/change.sql below $work/site or $PWD; put it right (landport check), then landport run; what the kind has to tell comes with the next bundle"
mv "$work/change.sql" "$work/site/sql/extract/tax/change.sql"
is '... back, it says what it had to' "$(night_status) $(documents "$(last)") $(told "$(last)" CHANGE | cut -d , -f 5,6)" "0 CHANGE 1 $(figures S0 | cut -d , -f 3,4)"
is '... and nothing is said of it any more' "$(hub status --json | jq -r '.lacking | length')" 0

# --- one whose query never ends is stopped, and stops nobody ---
cp "$work/site/sql/extract/tax/change.sql" "$work/change.sql"
sed -i "s/^WHERE o.current AND/WHERE pg_sleep(60) IS NOT NULL AND o.current AND/" "$work/site/sql/extract/tax/change.sql"
cp "$work/landport.conf" "$work/kept.conf"
echo 'schedule { deadline = "12s" }' >>"$work/landport.conf"
correct_more S0
LANDPORT_NOW=2026-04-30T20:00:00Z
: >"$work/landport.log"
is 'a report that never ends' "$(night_status) $(grep -q 'change.sql:.*not done within 3 s, stopped' "$work/landport.log" && echo stopped)" '65 stopped'
is '... the others are told' "$(documents "$(last)")" 'ANEW 2, NEGATIVE 2, WHOLE 9'
cp "$work/change.sql" "$work/site/sql/extract/tax/change.sql"
cp "$work/kept.conf" "$work/landport.conf"

# --- what became due while nothing ran comes too; halves of a year have their own time ---
sql -c "UPDATE hub.trade_order SET order_time = '20260' || 3 + substr(ebc_code, 2)::int % 4 || '15120000' WHERE ebc_code IN ('S5', 'S6', 'S8')"
LANDPORT_NOW=2026-08-20T20:00:00Z
is 'months and the half year after an outage' "$(night_status) $(sql -c "SELECT string_agg(kind || ' ' || period || ' ' || n, ', ' ORDER BY kind, period)
    FROM (SELECT kind, period, count(*) AS n FROM hub.report WHERE current AND kind IN ('ONCE', 'HALF') AND period <> '202603' GROUP BY 1, 2) r")" \
    '0 HALF 2026H1 9, ONCE 202604 1, ONCE 202605 1'
is 'a report may be about more than its issuer' "$(sql -c "SELECT DISTINCT number FROM hub.report WHERE kind = 'HALF'")" 'sales/2026H1'
is 'every period was looked at' "$(sql -c "SELECT string_agg(period, ' ' ORDER BY period) FROM hub.report_period WHERE kind = 'ONCE'")" \
    '202601 202602 202603 202604 202605 202606 202607'

seq=1
while [ "$seq" -le "$(last)" ]; do
    ok "bundle $seq is made again with the same bytes" hub bundle rebuild --verify "$(sql -c "SELECT name FROM hub.bundle WHERE agency = 'tax' AND seq = $seq")"
    seq=$((seq + 1))
done

# --- killed while reports are asked: the next run ends in the same bytes ---
LANDPORT_NOW=2026-04-17T20:00:00Z
for at in none report-asked:2 report-kept:5; do
    back told
    correct
    [ "$at" = none ] || {
        FAULT=$at "$fault" -c "$work/landport.conf" run >>"$work/run.out" 2>>"$work/landport.log" || :
        is "$at: killed" "$(sql -c "SELECT count(*) FROM hub.bundle WHERE state = 'published' AND agency = 'tax' AND seq = $second")" 0
    }
    night_status >"$work/status"
    sha256sum "$work"/sftp/tax/out/*_"$(printf %06d "$second")".zip >"$work/got"
    [ "$at" != none ] || cp "$work/got" "$work/want"
    same "$at: the same bundle" "$work/got" "$work/want"
done
done_testing
