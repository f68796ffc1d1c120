#!/bin/sh
# An agency that answers: `landport sample receipts` reads published bundles and answers each document, some refused, late,
# twice, out of order, some messages not read at all; what landport makes of it is what was meant.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-11-26T14:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 400 --seed 42 --dir "$work/day" >/dev/null
upload_day "$work/day"
is 'a night' "$(night_status)" 65
out=$work/sftp/customs/out
ok 'an agency answers' "$landport" sample receipts --from "$out" --into "$work/r" --seed 4 --refuse 10% --later 10% --unread 15%
"$landport" sample receipts --from "$out" --into "$work/r2" --seed 4 --refuse 10% --later 10% --unread 15% >/dev/null
ok 'the same seed answers the same' diff -r "$work/r" "$work/r2"
is 'each document has its line' "$(wc -l <"$work/r/expected.tsv")" "$(sql -c 'SELECT count(*) FROM hub.document')"
ok 'some messages are not read' test -e "$work/r/ceb900_000001.xml"
for kind in ceb304 ceb404 ceb506 ceb604 ceb900; do
    ok "$kind fits its format" xmllint --noout --schema "formats/customs/$kind.xsd" "$work/r/${kind}_000001.xml"
    official=${LANDPORT_OFFICIAL:-../shared/official}/exp22.xsd
    [ "$kind" = ceb900 ] || [ ! -f "$official" ] || ok "... and the published one" xmllint --noout --schema "$official" "$work/r/${kind}_000001.xml"
done

got() {
    sql -F '	' -c "SELECT upper(guid::text), kind, coalesce(nullif(state, 'progress'), '') FROM hub.document" | LC_ALL=C sort
}
wanted() { # COLUMN
    awk -F'\t' -v c="$1" '{ print toupper($1) "\t" $2 "\t" $c }' "$work/r/expected.tsv" | LC_ALL=C sort
}
cp "$work"/r/*.xml "$work/sftp/customs/in/"
LANDPORT_NOW=2026-11-26T14:30:00Z
is 'messages that were not read are held' "$(night_status)" 65
got >"$work/got"
wanted 3 >"$work/wanted"
same 'each document is what was meant' "$work/got" "$work/wanted"
is 'held: what was not read, nothing else' "$(sql -c "SELECT string_agg(DISTINCT kind || ' ' || code, ', ') FROM hub.receipt WHERE effect = 'held'")" 'CEB900 E6002'
is '... and it is known which message' "$(sql -c "SELECT bool_and(message_guid IS NOT NULL) FROM hub.receipt WHERE kind = 'CEB900'")" t
cp "$work"/r/later/*.xml "$work/sftp/customs/in/"
LANDPORT_NOW=2026-11-26T15:00:00Z
is 'the late ones' "$(night_status)" 0
got >"$work/got"
wanted 4 >"$work/wanted"
same 'each document is what was meant in the end' "$work/got" "$work/wanted"
ok 'each partner was told' test -s "$work/sftp/LYPLAT01/out/feedback-20261126-02.csv"
is 'all that decided was told' "$(sql -c "SELECT count(*) FROM hub.receipt WHERE effect = 'applied' AND told IS NULL")" 0
done_testing
