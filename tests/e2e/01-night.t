#!/bin/sh
# A whole night: what became of every order and every row is what expected.json says; the bundle
# is whole, signed and valid; every partner is answered; a second run changes nothing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# every kind of fault in 400 orders is near the usual limit
reject_limit='20%'
# from nothing, where the others begin with a copy
E2E_FRESH=1
e2e_hub
# who logs in from here on stands in the server's log; the owner could not
sql -c "ALTER SYSTEM SET log_connections = on" -c "SELECT pg_reload_conf()" -c "ALTER ROLE landport_owner NOLOGIN" >/dev/null
is 'check finds nothing wrong' "$(hub check >"$work/checked" || cat "$work/checked")" ''
ok '... and jobs own nothing' grep -q '^roles  *ok  *jobs log in as landport_job, which owns nothing' "$work/checked"
"$landport" sample --orders 400 --seed 42 --dir "$work/day" >/dev/null
expected=$work/day/expected.json
upload_day "$work/day"

is 'the night ends with 65: rows were rejected' "$(night_status)" 65

# --- verdicts and rejects, row for row ---
got_verdicts >"$work/got"
wanted_verdicts "$expected" >"$work/want"
same 'the verdict of every order' "$work/got" "$work/want"
is 'no order is left out' "$(wc -l <"$work/got")" 400
got_rejects >"$work/got"
wanted_rejects "$expected" >"$work/want"
same 'the reject of every bad row' "$work/got" "$work/want"
sql -c "SELECT feed, rows, rejected, repeated FROM hub.batch ORDER BY feed" >"$work/got"
jq -r '.counts as $c | "logistics", "order", "payment"
    | [., $c[.].rows, $c[.].rejected, $c[.].repeated] | join("|")' "$expected" >"$work/want"
same 'rows, rejects and repeats of every file' "$work/got" "$work/want"

# --- the drop boxes ---
for file in "$work"/day/*/*.*; do
    name=${file##*/}
    box=$work/sftp/$(basename "$(dirname "$file")")
    ok "$name is in done/, as it was uploaded" cmp "$file" "$box/done/$name"
    ok "$name is not in in/" test ! -e "$box/in/$name"
    ok "$name has an ack that fits its format" \
        xmllint --noout --nonet --schema formats/feed/ack.xsd "$box/out/$name.ack.xml"
    is "$name: one line back for every refused row" \
        "$(wc -l <"$box/out/$name.rejects.csv")" \
        "$(($(jq --arg name "$name" '[.rejects[] | select(.file == $name)] | length' "$expected") + 1))"
    ok "$name: the rejects say line, column, code and message" \
        grep -a -q '_line.*_column.*_code.*_message' "$box/out/$name.rejects.csv"
done

# --- the bundle ---
bundle=$(sql -c "SELECT name FROM hub.bundle WHERE state = 'published'")
is 'one bundle is published' "$(printf '%s\n' "$bundle" | wc -l)" 1
is 'its name is agency, zone, date and sequence' \
    "$(printf '%s\n' "$bundle" | sed -E 's/^customs_LY_[0-9]{8}_000001\.zip$/good/I')" good
file=$work/sftp/customs/out/$bundle
ok 'it lies in the out/ of the agency' test -f "$file"
is 'nothing else lies there' "$(ls "$work/sftp/customs/out")" "$bundle"
ok 'unzip finds it whole' unzip -tq "$file"
mkdir "$work/bundle"
unzip -q "$file" -d "$work/bundle"
ok 'the signature is the zone'"'"'s, over this manifest' openssl cms -verify -binary -inform DER \
    -in "$work/bundle/manifest.xml.p7s" -content "$work/bundle/manifest.xml" \
    -CAfile "$work/keys/zone.crt" -purpose any -out /dev/null
ok 'the manifest fits its format' \
    xmllint --noout --nonet --schema formats/bundle/manifest.xsd "$work/bundle/manifest.xml"
sed -i 's/LY/XX/' "$work/bundle/manifest.xml"
ok 'a changed manifest does not verify' sh -c '! "$@"' - openssl cms -verify -binary -inform DER \
    -in "$work/bundle/manifest.xml.p7s" -content "$work/bundle/manifest.xml" \
    -CAfile "$work/keys/zone.crt" -purpose any -out /dev/null

official=${LANDPORT_OFFICIAL:-../shared/official}/exp22.xsd
[ -f "$official" ] || note "no published schema at hand, only our own is asked: $official"
for kind in CEB303 CEB403 CEB505 CEB603; do
    schema=formats/customs/$(printf '%s' "$kind" | tr '[:upper:]' '[:lower:]').xsd
    set -- "$work"/bundle/messages/"$kind"_*.xml
    ok "$kind: every message fits our schema" xmllint --noout --nonet --schema "$schema" "$@"
    [ ! -f "$official" ] ||
        ok "$kind: every message fits the published schema" \
            xmllint --noout --nonet --schema "$official" "$@"
    for message; do
        grep -q "$(sha256sum <"$message" | cut -d' ' -f1)" "$work/bundle/manifest.xml" ||
            echo "${message##*/}"
    done >"$work/unlisted"
    is "$kind: the manifest has the hash of every message" "$(cat "$work/unlisted")" ''
done
matched=$(jq '.counts.matched' "$expected")
for element in CEB303:OrderHead CEB505:Logistics CEB603:InventoryHead; do
    is "${element%:*}: one document a matched order" \
        "$(cat "$work"/bundle/messages/"${element%:*}"_*.xml | grep -o "<ceb:${element#*:}>" | wc -l)" \
        "$matched"
done
is 'CEB403: one document a payment of a matched order' \
    "$(cat "$work"/bundle/messages/CEB403_*.xml | grep -o '<ceb:Receipts>' | wc -l)" \
    "$(sql -c "SELECT count(*) FROM hub.payment p JOIN hub.trade t USING (subject_hash, issuer, order_no)
               WHERE p.current AND t.verdict = 'matched'")"

# --- once more ---
state() {
    find "$work/sftp" -type f -exec sha256sum {} + | LC_ALL=C sort
    for table in batch reject answer bundle message archive_file trade_order order_item payment \
        waybill trade trade_break ready document; do
        sql -c "SELECT '$table', count(*), md5(string_agg(t::text, ',' ORDER BY t::text))
                FROM hub.$table t"
    done
}
state >"$work/want"
is 'a second run ends with 0' "$(night_status)" 0
hub status >/dev/null
state >"$work/got"
same 'a second run changes nothing' "$work/got" "$work/want"
upload LYPLAT01 "$work"/day/LYPLAT01/ORDER_*.csv
is 'the same file again is no error' "$(night_status)" 0
is 'it is a duplicate of the first' \
    "$(sql -c "SELECT string_agg(state, ',' ORDER BY batch_id) FROM hub.batch WHERE feed = 'order'
               OR name LIKE 'ORDER%'")" 'loaded,duplicate'
got_verdicts >"$work/got"
wanted_verdicts "$expected" >"$work/want"
same 'and every verdict stands' "$work/got" "$work/want"

# --- as whom all that was done, and what that role may not ---
logins() { # of the program itself
    as_pg cat "$work/pg/log" | sed -n 's/.*connection authorized: user=\([a-z_]*\) .*application_name=landport.*/\1/p' | sort -u
}
is 'jobs log in as a role of their own, who only looks as another' "$(logins | tr '\n' ' ')" 'landport_job landport_reader '
# each refused for want of rights (42501), as ROLE: a statement a line
refused() {
    sed 's/.*/\\echo &\n&;/' >"$work/statements"
    sql -U "$1" -v ON_ERROR_STOP=0 -v VERBOSITY=sqlstate -f "$work/statements" 2>&1 |
        sed -e 's/^.*ERROR:  42501$/refused/' -e '/^refused$/d' >"$work/got"
    sed -n 's/^\\echo //p' "$work/statements" | tr -d "'" >"$work/want" # \echo takes quotes away
    [ "$(grep -c . "$work/want")" -gt 9 ] || die 'no statements'
}
refused landport_job <<'END'
DROP TABLE hub.batch
TRUNCATE hub.seen
ALTER TABLE hub.quota_ledger DISABLE TRIGGER ALL
CREATE TABLE hub.mine (i int)
CREATE TABLE public.mine (i int)
CREATE SCHEMA mine
CREATE FUNCTION hub.mine() RETURNS int LANGUAGE sql RETURN 1
CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql RETURN 1
CREATE OR REPLACE FUNCTION hub.refresh_statistics() RETURNS void LANGUAGE sql AS ''
CREATE INDEX ON hub.trade (since)
CREATE EXTENSION pgcrypto
COPY hub.seen TO PROGRAM 'cat'
COPY hub.seen FROM PROGRAM 'true'
COPY hub.seen TO '/tmp/landport-mine'
SELECT pg_read_file('/etc/passwd')
SELECT pg_ls_dir('/')
SELECT lo_import('/etc/passwd')
LOAD '/tmp/mine.so'
UPDATE hub.audit SET reason = ''
DELETE FROM hub.audit
UPDATE hub.quota_ledger SET amount = 1
DELETE FROM hub.delivery
UPDATE hub.archive_file SET data = ''
DELETE FROM hub.archive_file
DELETE FROM hub.bundle
UPDATE hub.bundle SET name = 'x'
UPDATE hub.document SET kind = 'x'
UPDATE hub.receipt SET effect = 'x'
DELETE FROM hub.batch
INSERT INTO hub.asked_message SELECT * FROM hub.asked_message
UPDATE hub.personal_key SET name = 'x'
DELETE FROM hub.migration
SET ROLE landport_owner
GRANT landport_owner TO landport_job
CREATE ROLE mine
ALTER ROLE landport_job SUPERUSER
ALTER SYSTEM SET fsync = off
SELECT pg_reload_conf()
ALTER DATABASE landport SET search_path = mine
END
same 'a job may change rows, and no more' "$work/got" "$work/want"
refused landport_reader <<'END'
SELECT buyer_name FROM hub.trade_order
SELECT * FROM hub.payment
SELECT consignee_address FROM hub.waybill
SELECT person FROM hub.quota_ledger
SELECT data FROM hub.archive_file
INSERT INTO hub.audit (who, what, object, reason) VALUES ('', '', '', '')
UPDATE hub.batch SET state = 'loaded'
DELETE FROM hub.seen
CREATE TEMP TABLE mine (i int)
SELECT hub.refresh_statistics()
SET ROLE landport_job
END
same 'a reader may look, but at no personal data' "$work/got" "$work/want"
is '... at the rest it may' "$(sql -U landport_reader -c 'SELECT count(*) > 0 FROM hub.trade_order JOIN hub.trade USING (subject_hash)')" t
ok 'neither reaches another database' sh -c '! "$@" >/dev/null 2>&1' - \
    "$(pg_tool psql)" -X -h "$(socket_folder)" -U landport_job -d postgres -c 'SELECT 1'
sql -c "ALTER ROLE landport_owner LOGIN"
ok 'init once more changes nothing' hub init
# what statements change, of the tables named in them, against what the role may: neither less nor more. Feeds' tables are named by data,
# and what runs as the owner needs no right.
sql -c "SELECT pg_get_functiondef(oid) || ';' FROM pg_proc WHERE pronamespace = 'hub'::regnamespace AND NOT prosecdef" >"$work/functions.sql"
find sql jobs \( -name '*.sql' -o -name '*.c' \) ! -path '*/migrations/*' ! -path '*/functions/*' ! -path '*/init/*' ! -path '*/roles/*' | python3 -c '
import re, sys
found = set()
for name in sys.stdin.read().split() + [sys.argv[1]]:
    text = re.sub(r"--.*|\"\n *\"", " ", open(name, encoding="utf-8").read())
    for what, table in re.findall(r"(INSERT INTO|COPY|UPDATE|DELETE FROM)\s+hub\.([a-z_]+)", text):
        found.add((what.split()[0].replace("COPY", "INSERT"), table))
    for table in re.findall(r"INSERT INTO\s+hub\.([a-z_]+)(?:(?!INSERT INTO)[^;])*DO UPDATE", text):
        found.add(("UPDATE", table))
for what, table in sorted(found):
    if table not in ("migration", "installed", "personal_key"):
        print(what, table)
' "$work/functions.sql" >"$work/want"
sql -F ' ' -c "SELECT r, c.relname FROM pg_class c CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) r
    WHERE relnamespace = 'hub'::regnamespace AND relkind IN ('r', 'p') AND CASE r WHEN 'DELETE' THEN has_table_privilege('landport_job', c.oid, r)
        ELSE has_any_column_privilege('landport_job', c.oid, r) END" | LC_ALL=C sort >"$work/got"
sql -c "SELECT table_name FROM hub.feed_table UNION SELECT 'goods'" | sed 's/.*/ &$/' >"$work/by_data"
grep -v -f "$work/by_data" "$work/want" >"$work/want2"
grep -v -f "$work/by_data" "$work/got" >"$work/got2"
same '... what it may change is what statements change (sql/roles/grants.sql)' "$work/got2" "$work/want2"
is '... and grants nothing more' "$(sql -c "SELECT string_agg(privilege_type, ',' ORDER BY 1)
    FROM information_schema.role_table_grants WHERE grantee = 'landport_job' AND table_name = 'audit'")" 'INSERT,SELECT'

# --- a version to come (tests/next), with a night's rows in the tables ---
e2e_make landport-next
next() { "$made" -c "$work/landport.conf" "$@"; }
dump() { "$(pg_tool pg_dump)" -s -h "$(socket_folder)" -U "$pg_account" landport | grep -v '^.\(un\)\{0,1\}restrict '; }
rows() { sql -c "SELECT (SELECT count(*) FROM hub.trade_order), (SELECT count(*) FROM hub.document), (SELECT sum(row_id) FROM hub.trade_order)"; }
refused_run() { ! "$@" run reconcile >"$work/next.out" 2>&1 && grep -o 'run landport init\|install the newer program' "$work/next.out" | sort -u; }
was=$(rows)
is 'a newer program runs on no older database' "$(refused_run next)" 'run landport init'
is '... its init brings it there' "$(next init 2>/dev/null | grep database)" 'database  from version 1 to 9001'
is '... with the rows that were there' "$(rows) $(sql -c 'SELECT bool_and(digits = length(order_no)) FROM hub.trade_order')" "$was t"
is '... where the older one runs no more' "$(refused_run hub)" 'install the newer program'
ok '... and the newer does' next run
is '... with the job that it has more (jobs/README.md, "Add a job")' "$(next run tally | sed 's/  */ /g; s/[0-9.]* s //')" \
    "tally done bundles=$(sql -c 'SELECT count(*) FROM hub.bundle')"
dump >"$work/upgraded"
sql -c 'SET client_min_messages = error; DROP SCHEMA hub CASCADE'
is 'an empty one is there at once' "$(next init 2>/dev/null | grep database) $(sql -c 'SELECT version, name FROM hub.migration')" 'database  from version 0 to 9001 9001|schema'
dump >"$work/new"
same '... and the same' "$work/upgraded" "$work/new"

done_testing
