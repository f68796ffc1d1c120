#!/bin/sh
# Messages signed one by one, bundles sealed with SM2, keys behind a program, and the transport
# message around each message; checked by xmlsec1, openssl and the published schemas.
. tests/e2e/lib.sh
e2e_hub

{
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=declarant \
        -keyout "$work/keys/rsa.key" -out "$work/keys/rsa.crt"
    openssl genpkey -algorithm SM2 -out "$work/keys/sm2.key"
    openssl req -x509 -new -key "$work/keys/sm2.key" -sm3 -sigopt distid:1234567812345678 -days 30 \
        -subj /CN=declarant -out "$work/keys/sm2.crt"
} 2>"$work/openssl.log"
chmod 600 "$work"/keys/*.key
cp "$work/landport.conf" "$work/plain.conf"

# conf SIGN [LINES]: the agency's seal, and what else it has to say.
conf() {
    awk -v sign="$1" -v lines="${2-}" '/^ *sign / { print "sign { " sign " }"; print lines; next } { print }' \
        "$work/plain.conf" >"$work/landport.conf"
}
zone_key='key = "keys/zone.key" cert = "keys/zone.crt"'

# day SEED: uploads a day's files.
day() {
    rm -rf "$work/day"
    "$landport" sample --orders 40 --seed "$1" --dir "$work/day" >/dev/null
    for party in LYPLAT01 LYPAY01 LYLOGI01; do
        upload "$party" "$work"/day/"$party"/*
    done
}

# bundle: unpacks the newest into $work/b.
bundle() {
    name=$(sql -c "SELECT name FROM hub.bundle ORDER BY bundle_id DESC LIMIT 1")
    rm -rf "$work/b"
    mkdir "$work/b"
    unzip -q "$work/sftp/customs/out/$name" -d "$work/b"
}

# all NAME COMMAND…: of every message of that name, which is added to the command.
all() {
    pattern=$1
    shift
    # shellcheck disable=SC2231 # a pattern
    for message in "$work"/b/messages/$pattern; do
        "$@" "$message" >/dev/null 2>&1 || echo "${message##*/}"
    done
}

official=${LANDPORT_OFFICIAL:-../shared/official}

# --- RSA in every inventory list ---
conf "$zone_key" 'message-sign { messages = {"CEB603"} method = "rsa-sha1"
    key = "keys/rsa.key" cert = "keys/rsa.crt" key-name = "01691fe9" }'
ok 'check knows the key' hub check
day 1
is 'a night with rejects' "$(night_status)" 65
bundle
ok 'there are inventory lists' ls "$work"/b/messages/CEB603_*
is 'xmlsec1 verifies each of them' \
    "$(all 'CEB603_*' xmlsec1 --verify --pubkey-cert-pem "$work/keys/rsa.crt")" ''
is '... and no other message is signed' "$(grep -l 'ds:Signature' "$work"/b/messages/* |
    grep -v CEB603 || :)" ''
is '... they fit our format' \
    "$(all 'CEB603_*' xmllint --noout --nonet --schema formats/customs/ceb603.xsd)" ''
if [ -f "$official/exp22.xsd" ]; then
    is '... and the published one' \
        "$(all 'CEB603_*' xmllint --noout --nonet --schema "$official/exp22.xsd")" ''
fi
is 'a changed one does not verify' "$(for message in "$work"/b/messages/CEB603_*; do
    sed -i 's/<ceb:appType>1/<ceb:appType>2/' "$message"
    xmlsec1 --verify --pubkey-cert-pem "$work/keys/rsa.crt" "$message" >/dev/null 2>&1 && echo "$message"
done)" ''
ok 'the bundle verifies' hub bundle verify "$name"
ok 'built anew it is the same' hub bundle rebuild --verify "$name"

# --- SM2 for both, under the names of the field, in envelopes ---
conf 'method = "sm2-sm3" key = "keys/sm2.key" cert = "keys/sm2.crt"' 'message-sign {
    messages = {"CEB303", "CEB603"} method = "sm2-sm3" key = "keys/sm2.key" cert = "keys/sm2.crt"
    digest = "sha1" signature-method = "http://www.w3.org/2000/09/xmldsig#sm2-sm3"
    digest-method = "http://www.w3.org/2000/09/xmldsig#sha1" }
    envelope { format = "dxpmsg" sender = "DXPENT0000012345" receivers = {"DXPEDCCEB0000003", "DXPEDCCEB0000002"} }'
ok 'check knows the SM2 keys' hub check
day 2
is 'the next night' "$(night_status)" 65
bundle
openssl x509 -in "$work/keys/sm2.crt" -pubkey -noout -out "$work/sm2.pub"
ok 'openssl verifies the seal' openssl pkeyutl -verify -pubin -inkey "$work/sm2.pub" -rawin -digest sm3 \
    -pkeyopt distid:1234567812345678 -sigfile "$work/b/manifest.xml.sig" -in "$work/b/manifest.xml"
is 'every envelope fits our format' \
    "$(all '*' xmllint --noout --nonet --schema formats/customs/dxpmsg.xsd)" ''
if [ -f "$official/term22.xsd" ]; then
    is '... and the published one' \
        "$(all '*' xmllint --noout --nonet --schema "$official/term22.xsd")" ''
fi
set -- "$work"/b/messages/CEB603_*
message=$1
field() {
    xmllint --xpath "string(//*[local-name() = '$1'])" "$message"
}
is 'it says what it carries' "$(field MsgType) $(field SenderId) $(field CopMsgId)" \
    "CEB603Message DXPENT0000012345 $(basename "$message" .xml | cut -d_ -f2)"
is '... and for whom' "$(grep -o 'ReceiverId>[A-Z0-9]\{1,\}' "$message" | cut -d'>' -f2 | tr '\n' ' ')" \
    'DXPEDCCEB0000003 DXPEDCCEB0000002 '
mkdir "$work/inside"
for message in "$work"/b/messages/*; do
    field Data | base64 -d >"$work/inside/${message##*/}"
done
is 'the message inside is whole' "$(for message in "$work"/inside/*; do
    kind=$(basename "$message" | cut -d_ -f1 | tr '[:upper:]' '[:lower:]')
    xmllint --noout --nonet --schema "formats/customs/$kind.xsd" "$message" >/dev/null 2>&1 || echo "$message"
done)" ''
is 'two kinds are signed' "$(grep -l 'ds:SignatureValue' "$work"/inside/* | sed 's|.*/||; s|_.*||' |
    sort -u | tr '\n' ' ')" 'CEB303 CEB603 '
ok 'the bundle verifies, counted inside of the envelopes' hub bundle verify "$name"
ok 'a stranger verifies it with the certificate alone' \
    hub bundle verify "$work/sftp/customs/out/$name" --cert "$work/keys/sm2.crt"
ok 'SM2 gives another value each time; built anew it is the same' hub bundle rebuild --verify "$name"
conf "$zone_key"
ok '... also when the agency has another key and signs nothing any more' hub bundle rebuild --verify "$name"

# --- a key behind a program ---
program() {
    printf '#!/bin/sh\n%s\n' "$1" >"$work/card"
    chmod 755 "$work/card"
}
program 'exec sleep 60'
conf 'method = "rsa-sha256" command = {"card", "seal"} deadline = "1s" cert = "keys/rsa.crt"'
day 3
is 'a program that does not answer: try again later' "$(night_status)" 75
is '... nothing new is published' "$(sql -c "SELECT state FROM hub.bundle ORDER BY bundle_id DESC LIMIT 1")" open
program 'exit 3'
is 'one that fails: the same' "$(hub run declare >/dev/null 2>&1 || echo $?)" 75
program "[ \"\$1\" = seal ] && openssl dgst -sha256 -sign '$work/keys/rsa.key' | base64"
ok 'it answers: the bundle goes out' hub run
bundle
openssl x509 -in "$work/keys/rsa.crt" -pubkey -noout -out "$work/rsa.pub"
ok '... sealed by the key behind it' openssl dgst -sha256 -verify "$work/rsa.pub" \
    -signature "$work/b/manifest.xml.sig" "$work/b/manifest.xml"
ok '... and verifies' hub bundle verify "$name"

# --- what the configuration may not say ---
conf "$zone_key" 'message-sign { messages = {"CEB999"} method = "md5" key = "keys/rsa.key" cert = "keys/rsa.crt" digest = "crc" }'
hub check >"$work/said" 2>&1 || :
is 'everything that is wrong is said' "$(grep -c 'message-sign/' "$work/said")" 3

done_testing
