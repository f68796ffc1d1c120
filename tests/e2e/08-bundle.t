#!/bin/sh
# An agency's bundles day by day: empty and signed when nothing was traded, numbered without a gap,
# packed as the configuration says, each the same again whatever it says later.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

out=$work/sftp/customs/out
signed() { # DIR
    openssl cms -verify -binary -inform DER -in "$1/manifest.xml.p7s" -content "$1/manifest.xml" \
        -CAfile "$work/keys/zone.crt" -purpose any -out /dev/null
}
rows() { # BUNDLE: files in it
    bsdtar -tf "$out/$1" | wc -l
}
bundles() {
    sql -c 'SELECT string_agg(name, chr(10) ORDER BY bundle_id) FROM hub.bundle'
}
container() {
    sed -i "s/container = \"[a-z.]*\"/container = \"$1\"/" "$work/landport.conf"
}

# The certificate is made now, so the nights are those to come. day N FORMAT
day() {
    date -u -d "$1 days" "+$2"
}
at_night() { # N: nine in the morning over there, after the cut-off
    LANDPORT_NOW=$(day "$1" %Y-%m-%d)T01:00:00Z
    export LANDPORT_NOW
}
first=CUSTOMS_LY_$(day 2 %Y%m%d)_000001
second=CUSTOMS_LY_$(day 3 %Y%m%d)_000002
third=CUSTOMS_LY_$(day 3 %Y%m%d)_000003
fourth=CUSTOMS_LY_$(day 4 %Y%m%d)_000004

e2e_hub
container tar.zst
ok 'check takes tar.zst' hub check

# --- a day without trades ---
at_night 1
is 'a night without files: 0' "$(night_status)" 0
is 'there is one bundle for the day' "$(bundles)" "$first.tar.zst"
ok 'it lies in the out/ of the agency' test -s "$out/$first.tar.zst"
is 'it holds a manifest and its signature' "$(rows "$first.tar.zst")" 2
ok 'it is extracted' hub bundle show "$first" --extract "$work/empty"
ok 'it is signed' signed "$work/empty"
is 'the manifest says so: no documents, none before' \
    "$(grep -oE '<documents>[^<]*|<previousSha256>' "$work/empty/manifest.xml")" '<documents>0'
is 'a second night of the day' "$(night_status)" 0
is 'closes no other' "$(bundles)" "$first.tar.zst"

# --- a day with trades ---
at_night 2
is 'the next night without files' "$(night_status)" 0
"$landport" sample --orders 120 --seed 3 --dir "$work/day" >/dev/null
upload_day "$work/day"
is 'files that came later: rows were rejected' "$(night_status)" 65
is 'what came later is in another bundle of the day; no number is left out' "$(bundles)" \
    "$first.tar.zst
$second.tar.zst
$third.tar.zst"
mkdir "$work/bundle"
ok 'bsdtar finds it whole' bsdtar -xf "$out/$third.tar.zst" -C "$work/bundle"
ok 'it is signed' signed "$work/bundle"
is 'every message is in the manifest' "$(grep -c '<name>messages/' "$work/bundle/manifest.xml")" \
    "$(find "$work/bundle/messages" -type f | wc -l)"
is 'it names the bundle before it' \
    "$(sed -n 's/.*<previousSha256>\([0-9a-f]*\).*/\1/p' "$work/bundle/manifest.xml")" \
    "$(sha256sum <"$out/$second.tar.zst" | cut -d' ' -f1)"
ok 'verify by name' hub bundle verify "$third.tar.zst"
ok 'verify without extension' hub bundle verify "$third"
ok 'verify the file' hub bundle verify "$out/$third.tar.zst" --cert "$work/keys/zone.crt"
mkdir -p "$work/keys/old"
mv "$work/keys/zone.crt" "$work/keys/zone.key" "$work/keys/old/"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=new -days 3650 -keyout "$work/keys/zone.key" -out "$work/keys/zone.crt" 2>/dev/null
status=0
hub bundle verify "$third.tar.zst" >"$work/said" 2>&1 || status=$?
is 'after a change of keys an old bundle says what helps' \
    "$status $(grep -c 'signature *BAD *not made with certificate .*zone.crt; .*--cert FILE' "$work/said") $(grep -c 'other side' "$work/said")" '1 1 0'
ok '... and it does' hub bundle verify "$third.tar.zst" --cert "$work/keys/old/zone.crt"
mv "$work/keys/old/zone.crt" "$work/keys/old/zone.key" "$work/keys/"
here=$PWD
program=$(cd "$(dirname "$landport")" && pwd)/${landport##*/}
mkdir "$work/agency"
cd "$work/agency" || exit
ok 'an agency verifies it, without a configuration' \
    sh -c "env -u LANDPORT_CONF '$program' bundle verify '$out/$third.tar.zst' --cert '$work/keys/zone.crt' >'$work/heard'"
ok '... but the chain, which only the hub knows' grep -q 'chain *not checked' "$work/heard"
status=0
env -u LANDPORT_CONF "$program" bundle list >"$work/heard" 2>&1 || status=$?
is '... the rest wants one, and says so' "$status $(grep -c 'name the file with -c' "$work/heard")" '64 1'
cd "$here" || exit
cp "$out/$third.tar.zst" "$work/damaged"
printf 'x' | dd of="$work/damaged" bs=1 seek=4000 conv=notrunc 2>/dev/null
status=0
hub bundle verify "$work/damaged" --cert "$work/keys/zone.crt" >"$work/said" 2>&1 || status=$?
is 'a damaged one fails' "$status" 1
head -c 300 "$out/$third.tar.zst" >"$work/damaged"
ok '... one that is cut off too, and says whom to ask' sh -c '"$@" 2>&1 | grep -q "E1018 .*damaged: .*call the other side"' - \
    env "$landport" -c "$work/landport.conf" bundle verify "$work/damaged" --cert "$work/keys/zone.crt"

# --- another container from now on ---
container zip
ok 'what was sent is rebuilt as it was sent' hub bundle rebuild --verify "$third.tar.zst"
is '... to where it says' "$(hub bundle rebuild "$third" -o "$work/rebuilt")" "$third.tar.zst is in $work/rebuilt"
ok '... byte for byte' cmp "$work/rebuilt" "$out/$third.tar.zst"
at_night 3
is 'the night after' "$(night_status)" 0
ok 'has a zip' unzip -tq "$out/$fourth.zip"
ok 'whose chain goes on from the tar' hub bundle verify "$fourth"

# --- two agencies: whose business date a file gets is not for their order in the configuration to say ---
sed -n '/^agency "customs"/,/^}/p' "$work/landport.conf" | sed "s/agency \"customs\" {/agency \"early\" {\n    formats = \"customs\"/
    s/messages = {[^}]*}/messages = {\"CEB701\"}/; s/cutoff = \"06:00\"/cutoff = \"10:30\"/; s,sftp/customs/,sftp/early/,g" >"$work/early"
mkdir -p "$work/sftp/early/in" "$work/sftp/early/out" "$work/sftp/early/done"
cp "$work/landport.conf" "$work/one.conf"
for order in behind before; do
    case $order in
    behind) cat "$work/one.conf" "$work/early" ;;
    before) { sed '/^agency "customs"/,$d' "$work/one.conf" && cat "$work/early" &&
        sed -n '/^agency "customs"/,$p' "$work/one.conf"; } ;;
    esac >"$work/landport.conf"
    { cat "$work/day/LYPAY01"/PAYMENT_* && echo && echo "$order"; } >"$(inbox LYPAY01 payment "$order")"
    night pickup ingest >>"$work/run.out" 2>>"$work/landport.log"
done
is 'payments are of the day of the agency they go to, not of the first' "$(sql -c "SELECT DISTINCT business_date, next_cutoff > '$LANDPORT_NOW'
    FROM hub.batch WHERE name ~ 'be(hind|fore)'" | sort)" "$(day 4 %Y%m%d)|t"
done_testing
