#!/bin/sh
# A whole night: what became of every order and every row is what expected.json says; the bundle
# is whole, signed and valid; every partner is answered; a second run changes nothing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# every kind of fault in 400 orders is near the usual limit
reject_limit='20%'
e2e_hub
ok 'check finds nothing wrong' hub check
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
    "$(sql -c "SELECT count(*) FROM hub.payment p JOIN hub.trade t USING (trade_hash, key_code, order_no)
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

done_testing
