#!/bin/sh
# Bytes at rest that are not what they were: none of them is believed, what can be fetched or written again is,
# what cannot waits and is told; others go on.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
reject_limit=50%
e2e_hub
"$landport" sample --orders 30 --seed 5 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
for party in LYPLAT01 LYPAY01 LYLOGI01; do
    for file in "$work/day/$party"/*; do
        cp "$file" "$work/sftp/$party/in/"
    done
done

spool_of() { # PARTY: the path of its first file
    id=$(sql -c "SELECT file_id FROM hub.batch WHERE party = '$1' ORDER BY batch_id LIMIT 1")
    echo "$work/spool/$(echo "$id" | cut -c1-2)/$id"
}
flip() { # FILE [OFFSET]: one bit, anywhere
    python3 -c '
import random, sys
with open(sys.argv[1], "r+b") as f:
    n = f.seek(0, 2)
    at = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(n)
    f.seek(at); b = f.read(1)
    f.seek(at); f.write(bytes([b[0] ^ 1 << random.randrange(8)]))
    print("#", sys.argv[1][-8:], "byte", at, "of", n)' "$@"
}
run() { # JOB…: its exit status
    result=0
    hub run "$@" >>"$work/run.out" 2>>"$work/landport.log" || result=$?
    echo "$result"
}
states() {
    sql -c "SELECT string_agg(party || ' ' || state || ' ' || coalesce(code, '-'), ', ' ORDER BY party) FROM hub.batch"
}

# --- found again in done/ ---
is 'picked up' "$(run pickup)" 0
flip "$(spool_of LYPLAT01)"
printf 'payCode,payName,payNo\nX,Y,1\n' >"$(spool_of LYPAY01)"
cp "$(spool_of LYPLAT01)" "$(spool_of LYLOGI01)"
is 'check looks at what the spool must have' "$(hub check --json 2>>"$work/landport.log" | jq -r '.[] | select(.what == "spool files") | .state + " " + .detail' | sed 's/ B0.*//')" \
    'wrong 3 of the 3 files it must have are gone or damaged:'
is 'a byte that flipped, a plain file in the place of a sealed one, a file under the name of another: all are loaded as they came' \
    "$(run ingest)" 0
is '...' "$(states)" 'LYLOGI01 loaded -, LYPAY01 loaded -, LYPLAT01 loaded -'
is '... and it is told' "$(grep -c 'fetched again from .*/done/' "$work/landport.log")" 3
is '... check too is content' "$(hub check --json 2>>"$work/landport.log" | jq -r '.[] | select(.what == "spool files") | .state + " " + .detail')" \
    'ok 6 files that are needed are in it and whole'
is '... with all their rows' "$(sql -c 'SELECT sum(rejected), sum(accepted) = sum(rows) FROM hub.batch')" '0|t'

# --- any byte of it ---
(cd "$work/day/LYPAY01" && python3 -m zipfile -c "$work/sftp/LYPAY01/in/PAYMENT_again.zip" ./*)
is 'another file of the same rows' "$(run pickup)" 0
id=$(sql -c "SELECT file_id FROM hub.batch WHERE name = 'PAYMENT_again.zip'")
again=$work/spool/$(echo "$id" | cut -c1-2)/$id
cp "$again" "$work/sealed"
for at in 0 9 17 31 32 200 end; do
    [ "$at" != end ] || at=$(($(wc -c <"$again") - 1))
    cp "$work/sealed" "$again"
    sql -c "UPDATE hub.batch SET state = 'received' WHERE name = 'PAYMENT_again.zip'" >/dev/null
    before=$(grep -c 'fetched again' "$work/landport.log")
    flip "$again" "$at"
    run ingest >/dev/null
    is "byte $at: fetched again" "$(($(grep -c 'fetched again' "$work/landport.log") - before)) $(sql -c "SELECT state FROM hub.batch WHERE name = 'PAYMENT_again.zip'")" '1 loaded'
done
sql -c "UPDATE hub.batch SET state = 'received' WHERE name = 'PAYMENT_again.zip'" >/dev/null
head -c 100 "$work/sealed" >"$again"
run ingest >/dev/null
is 'cut off: fetched again' "$(sql -c "SELECT state FROM hub.batch WHERE name = 'PAYMENT_again.zip'")" loaded

# --- found nowhere ---
sql -c "UPDATE hub.batch SET state = 'received' WHERE name = 'PAYMENT_again.zip'" >/dev/null
mv "$work/sftp/LYPAY01/done/PAYMENT_again.zip" "$work/kept"
flip "$again" 50
cp "$work/day/LYPLAT01"/* "$work/sftp/LYPLAT01/in/ORDER_again.csv"
echo >>"$work/sftp/LYPLAT01/in/ORDER_again.csv"
run pickup >/dev/null
run ingest >/dev/null
is 'what is found nowhere waits, with its reason; others are loaded' \
    "$(sql -c "SELECT string_agg(name || ' ' || state || ' ' || coalesce(code, '-'), ', ' ORDER BY name) FROM hub.batch WHERE name LIKE '%again%'")" \
    'ORDER_again.csv loaded -, PAYMENT_again.zip received E1005'
ok '... status says so, and what to do' sh -c "'$landport' -c '$work/landport.conf' status | grep 'PAYMENT_again.zip.*E1005.*LYPAY01 uploads it again, unchanged; or landport batch discard'"
mv "$work/kept" "$work/sftp/LYPAY01/done/PAYMENT_again.zip"
run pickup >/dev/null
run ingest >/dev/null
is 'put back over there it is found by the next run' \
    "$(sql -c "SELECT state, (SELECT count(*) FROM hub.damaged_file) FROM hub.batch WHERE name = 'PAYMENT_again.zip'")" 'loaded|0'

# --- answers that no partner has yet ---
# damaged NAME…: one bit of each, which is to be made again; what it was is in $work/were
damaged() {
    for name; do
        id=$(sql -c "SELECT file_id FROM hub.answer WHERE name = '$name' AND state = 'ready'")
        flip "$work/spool/$(echo "$id" | cut -c1-2)/$id"
        echo "$id  $name"
    done | tee -a "$work/were" | grep '^#' | sed 's/^/ /' || :
    sed -i '/^#/d' "$work/were"
}
: >"$work/were"
bad() { # NEW: the day's orders under other numbers, two of them refused
    LC_ALL=C sed "s/LY2026/$1/; 3s/,9610,/,96l0,/; 9s/,9610,/,96l0,/" "$work/day/LYPLAT01"/ORDER_*
}
bad LA >"$work/sftp/LYPLAT01/in/ORDER_bad.csv"
bad LB >"$work/sftp/LYPLAT01/in/ORDER_worse.csv"
bad LC >"$work/bad_book.csv"
python3 -c '
import csv, sys, zipfile
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8-sig", newline="")))
ns = "http://schemas.openxmlformats.org"
esc = lambda s: s.replace("&", "&amp;").replace("<", "&lt;")
sheet = "".join("<row>%s</row>" % "".join("<c t=\"inlineStr\"><is><t>%s</t></is></c>" % esc(c) for c in r) for r in rows)
z = zipfile.ZipFile(sys.argv[2], "w")
z.writestr("[Content_Types].xml", f"<Types xmlns=\"{ns}/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>")
z.writestr("_rels/.rels", f"<Relationships xmlns=\"{ns}/package/2006/relationships\"><Relationship Id=\"r\" Type=\"{ns}/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>")
z.writestr("xl/workbook.xml", f"<workbook xmlns=\"{ns}/spreadsheetml/2006/main\" xmlns:r=\"{ns}/officeDocument/2006/relationships\"><sheets><sheet name=\"S1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>")
z.writestr("xl/_rels/workbook.xml.rels", f"<Relationships xmlns=\"{ns}/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{ns}/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>")
z.writestr("xl/worksheets/sheet1.xml", f"<worksheet xmlns=\"{ns}/spreadsheetml/2006/main\"><sheetData>{sheet}</sheetData></worksheet>")
z.close()' "$work/bad_book.csv" "$work/sftp/LYPLAT01/in/ORDER_book.xlsx"
for part in d e; do bad "L$part" >"$work/ORDER_$part.csv"; done
(cd "$work" && python3 -m zipfile -c "$work/sftp/LYPLAT01/in/ORDER_two.zip" ORDER_d.csv ORDER_e.csv)
mkdir "$work/sftp/LYPLAT01/in/a folder"
run pickup >/dev/null
is 'files with refused rows' "$(run ingest) $(sql -c "SELECT string_agg(name || ' ' || state || ' ' || rejected, ', ' ORDER BY name)
    FROM hub.batch WHERE name IN ('ORDER_bad.csv', 'ORDER_worse.csv', 'ORDER_book.xlsx')")" '65 ORDER_bad.csv loaded 6, ORDER_book.xlsx loaded 6, ORDER_worse.csv loaded 6'
stop_sshd
is 'a notice is made, and nothing can be delivered' "$(run publish)" 75
notice=$(sql -c "SELECT name FROM hub.answer WHERE kind = 'notice'")
damaged ORDER_bad.csv.ack.xml ORDER_bad.csv.rejects.csv ORDER_book.xlsx.rejects.xlsx ORDER_two.zip.ORDER_e.csv.rejects.csv "$notice"
restart_sshd
# of this one the upload is gone too
damaged ORDER_worse.csv.rejects.csv >/dev/null
worse=$(sql -c "SELECT file_id FROM hub.batch WHERE name = 'ORDER_worse.csv'")
worse=$work/spool/$(echo "$worse" | cut -c1-2)/$worse
mv "$worse" "$work/worse.sealed"
mv "$work/sftp/LYPLAT01/done/ORDER_worse.csv" "$work/worse.csv"
is 'all are published' "$(run publish)" 0
mv "$work/worse.sealed" "$worse"
mv "$work/worse.csv" "$work/sftp/LYPLAT01/done/ORDER_worse.csv"
grep -v worse "$work/were" >"$work/want"
(cd "$work/sftp/LYPLAT01/out" && sed 's/^.*  //' "$work/want" | while read -r name; do sha256sum "$name"; done) >"$work/got"
same '... what could be made again has the bytes it had' "$work/got" "$work/want"
sed '1s/^\xef\xbb\xbf//; s/,\(E[0-9]*\),.*/,\1/; s/\r//' "$work/sftp/LYPLAT01/out/ORDER_worse.csv.rejects.csv" >"$work/got"
sql -F, -c "SELECT line, column_name, r.code FROM hub.reject r JOIN hub.batch USING (batch_id) WHERE name = 'ORDER_worse.csv' ORDER BY line" |
    sed '1i _line,_column,_code,_message' >"$work/want"
same '... without the upload the lines and their reasons' "$work/got" "$work/want"
is '... and it is told' "$(grep -c 'ORDER_worse.csv.rejects.csv: its upload is nowhere any more' "$work/landport.log")" 1
run pickup >/dev/null
is '... until that is found again' "$(sql -c 'SELECT count(*) FROM hub.damaged_file')" 0
rmdir "$work/sftp/LYPLAT01/in/a folder"

# --- a bundle ---
is 'declared' "$(run reconcile declare)" 0
bundle=$(sql -c 'SELECT name FROM hub.bundle')
id=$(sql -c 'SELECT file_id FROM hub.bundle')
flip "$work/spool/$(echo "$id" | cut -c1-2)/$id"
is 'a bundle that was damaged is written again' "$(run publish)" 0
is '... with its bytes' "$(sha256sum <"$work/sftp/customs/out/$bundle" | cut -d' ' -f1)" "$id"

# --- the archive ---
flip "$(spool_of LYPLAT01)"
is 'one damaged file is no reason not to archive others' "$(run archive)" 75
is '...' "$(sql -c "SELECT count(*) FILTER (WHERE archived), count(*) FILTER (WHERE NOT archived) FROM hub.batch WHERE moved")" '9|1'
run pickup >/dev/null
is '... the next run finds it again and archives it' "$(run archive), $(sql -c 'SELECT count(*) FROM hub.batch WHERE NOT archived')" '0, 0'
batch=$(sql -c "SELECT hub.batch_name(min(batch_id)) FROM hub.batch WHERE party = 'LYPAY01'")
flip "$(spool_of LYPAY01)"
ok 'an original whose copy in the spool is damaged comes out of the archive' hub batch show "$batch" --original -o "$work/original"
same '... byte for byte' "$work/original" "$(find "$work/day/LYPAY01" -type f)"
rm "$(spool_of LYPAY01)"
id=$(sql -c "SELECT file_id FROM hub.batch WHERE party = 'LYPAY01' ORDER BY batch_id LIMIT 1")
for change in "data = set_byte(data, length(data) / 2, 255 - get_byte(data, length(data) / 2))" \
    "salt = (SELECT salt FROM hub.archive_file WHERE file_id <> '$id' LIMIT 1), data = (SELECT data FROM hub.archive_file WHERE file_id <> '$id' ORDER BY salt LIMIT 1)" \
    "last = NOT last" "chunk = 1" "bytes = bytes - 1"; do
    sql -c "CREATE TABLE kept AS SELECT * FROM hub.archive_file WHERE file_id = '$id'; UPDATE hub.archive_file SET $change WHERE file_id = '$id'" >/dev/null
    result=0
    hub batch show "$batch" --original >"$work/original" 2>"$work/said" || result=$?
    is "an archived piece with ${change%% =*} changed gives nothing" "$result $(wc -c <"$work/original")" '1 0'
    sql -c "DELETE FROM hub.archive_file WHERE file_id = '$id'; INSERT INTO hub.archive_file SELECT * FROM kept; DROP TABLE kept" >/dev/null
done
ok 'put right it is there' hub batch show "$batch" --original -o "$work/original"
same '... byte for byte' "$work/original" "$(find "$work/day/LYPAY01" -type f)"

# --- what a person settles of a damaged file is settled ---
arrives() { # NAME: another payment file of the same rows is picked up
    lines=$((${lines:-0} + 1))
    cp "$work/day/LYPAY01"/* "$work/sftp/LYPAY01/in/$1"
    for _ in $(seq "$lines"); do echo >>"$work/sftp/LYPAY01/in/$1"; done
    cp "$work/sftp/LYPAY01/in/$1" "$work/bytes.$1"
    run pickup >/dev/null
    of_file "$1"
}
of_file() { # NAME: its batch and its file in the spool
    no=$(sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE name = '$1'")
    file=$(sql -c "SELECT '$work/spool/' || left(file_id, 2) || '/' || file_id FROM hub.batch WHERE name = '$1'")
}
lose() { # NAME…: nobody has its bytes any more
    for name; do
        of_file "$name"
        rm -f "$file" "$work/sftp/LYPAY01/done/$name"
    done
}
refused() { # COMMAND…: that it fails, and what it says
    result=0
    hub "$@" >"$work/told" 2>&1 || result=$?
    echo "$result"
}
held() { # what status says of files held, without headings
    hub status --json 2>/dev/null | python3 -c '
import json, sys
for row in json.load(sys.stdin)["holds"]: print(row["batch"], row["code"], row["seen"], row["next"], sep="|")'
}
arrives PAYMENT_held.csv
hub batch hold "$no" --reason 'looked at' >/dev/null 2>&1
rm "$file"
is 'a held file that is damaged is not released' "$(refused batch release "$no" --reason 'go on')" 1
ok '... which says who looks for it' grep -q "E1005.*$no: .*pickup looks for it in the drop box" "$work/told"
run pickup >/dev/null
ok '... found in done/ it is' hub batch release "$no" --reason 'go on'
is '... and loaded' "$(run ingest) $(sql -c "SELECT state FROM hub.batch WHERE name = 'PAYMENT_held.csv'")" '0 loaded'

arrives PAYMENT_lost.csv
lose PAYMENT_lost.csv
is 'damaged, it waits' "$(run ingest)" 75
is '... the log has its hash once' "$(grep 'E1005 PAYMENT_lost.csv' "$work/landport.log" | grep -o '[0-9a-f]\{64\}' | wc -l)" 1
hub batch hold "$no" --reason 'looked at' >/dev/null 2>&1
is '... held, status has the cause and what helps' "$(held)" \
    "$no|E1005|not in the spool; whole neither in the archive nor the drop box|LYPAY01 uploads it again, unchanged; or landport batch discard $no --reason \"…\""
hub batch show "$no" >"$work/told" 2>&1
ok '... batch show too' grep -q '^damaged *not in the spool' "$work/told"
is '... and not what cannot be done' "$(grep -c 'batch release\|batch rerun' "$work/told")" 0
is '... nor does release' "$(refused batch release "$no" --reason 'go on')" 1
ok '... which says why' grep -q 'its bytes are not in the spool' "$work/told"
cp "$work/bytes.PAYMENT_lost.csv" "$work/sftp/LYPAY01/in/PAYMENT_same.csv"
run pickup >/dev/null
ok 'the same bytes uploaded again heal it' hub batch release "$no" --reason 'it came again'
is '...' "$(run ingest) $(sql -c "SELECT string_agg(state, ' ' ORDER BY batch_id) FROM hub.batch WHERE name IN ('PAYMENT_lost.csv', 'PAYMENT_same.csv')")" '0 loaded duplicate'

lose PAYMENT_lost.csv PAYMENT_same.csv
is 'loaded, and lost before it was archived' "$(run archive)" 75
ok '... status says what ends that' sh -c "'$landport' -c '$work/landport.conf' status | grep 'PAYMENT_lost.csv.*uploads it again, unchanged; or landport batch close'"
of_file PAYMENT_lost.csv
lost=$no
of_file PAYMENT_same.csv
ok '... by hand' hub batch close "$lost" "$no" --yes --reason 'nobody has it'
is '... then nothing asks for it' "$(run pickup archive) $(held) $(sql -c 'SELECT count(*) FROM hub.damaged_file')" '0  0'

arrives PAYMENT_gone.csv
lose PAYMENT_gone.csv
is 'damaged, and discarded' "$(run ingest) $(refused batch discard "$no" --reason 'the disk lost it')" '75 0'
is '... it is settled' "$(run pickup ingest archive) $(held) $(sql -c 'SELECT count(*) FROM hub.damaged_file')" '0  0'
arrives PAYMENT_late.csv
hub batch discard "$no" --reason 'not theirs' >/dev/null 2>&1
lose PAYMENT_late.csv
is 'discarded, and damaged after that: nobody asks for it either' "$(run pickup archive) $(held)" '0 '

# --- the database is put back from a backup that is older than the spool ---
night() { # N: a night in which some more orders came
    "$landport" sample --orders 3 --seed "$1" --faults 0% --date 2026022"$1" --dir "$work/day$1" >/dev/null
    for party in LYPLAT01 LYPAY01 LYLOGI01; do
        for from in "$work/day$1/$party"/*; do
            cp "$from" "$work/sftp/$party/in/night$1.${from##*/}"
        done
    done
    run
}
newest() {
    sql -c "SELECT max(seq), (SELECT max(batch_id) FROM hub.batch) FROM hub.bundle"
}
tables() { # pg_dump's words, as the superuser
    as_pg "$(pg_tool pg_dump)" -h "$work/pg/run" -d landport -n hub
}
mkdir -p "$work/site/formats/customs"
{ cat formats/customs/agency.conf && echo 'package = "{AGENCY}_{zone}_{date}_{nth:3}"'; } >"$work/site/formats/customs/agency.conf"
echo 'formats { site = "site" }' >>"$work/landport.conf"
is 'a night, whose bundle is named by its date' "$(night 3)" 0
tables >"$work/backup.sql" 2>>"$work/run.out"
is 'another, which the backup does not have' "$(night 4)" 0
was=$(newest)
told=$(sql -c "SELECT string_agg(guid::text, ',' ORDER BY guid) FROM hub.document WHERE bundle_id = (SELECT max(bundle_id) FROM hub.bundle)")
ok '... which told something' test -n "$told"
last=$(sql -c 'SELECT name FROM hub.bundle ORDER BY seq DESC LIMIT 1')
sha256=$(sql -c 'SELECT file_id FROM hub.bundle ORDER BY seq DESC LIMIT 1')
sql -c 'SET client_min_messages = error; DROP SCHEMA hub CASCADE'
sql -f "$work/backup.sql" >/dev/null 2>>"$work/run.out"
sql -c "INSERT INTO hub.bundle (agency, seq, name, business_date, app_time, created_at, test, settings, kinds)
        SELECT agency, seq + 1, '$last', business_date, to_char(app_time::bigint + 1, 'FM00000000000000'), created_at, test, settings, kinds
        FROM hub.bundle WHERE state = 'published' ORDER BY seq DESC LIMIT 1" # one is begun in it
ok 'the backup is older' test "$(newest)" != "$was"
is 'with it no job runs' "$(night 5)" 1
ok '... since the spool has seen more' grep -q "E1150 the spool has seen bundle $last (the database: CUSTOMS_" "$work/landport.log"
hub status >"$work/told" 2>&1
ok '... status says what to do' grep -q "bundle $last .*landport init --restored" "$work/told"
ok '... check too' sh -c "! '$landport' -c '$work/landport.conf' check | grep 'database *ok'"
ok 'a person goes on' hub init --restored --reason 'the disk of the database broke'
is '... who is asked why' "$(sql -c "SELECT DISTINCT what, reason FROM hub.audit WHERE what LIKE 'init%'")" 'init --restored|the disk of the database broke'
is '... what the backup does not know is listed' "$(hub batch unknown --json 2>/dev/null | grep -o "night4[^\"]*" | sort)" \
    "$(find "$work/day4"/LY* -type f -printf 'night4.%f\n' | sort)"
ok '... and taken back' hub batch unknown --take --reason 'they came after the backup'
is '... which is then all' "$(hub batch unknown --json 2>/dev/null)" '[]'
is 'the next night has these and what came since' "$(run)" 0
ok '... the number before stands' test "$(newest | cut -d'|' -f1)" -eq $((${was%%|*} + 1))
is '... nor does its name come twice, of that day or begun before' "$(sql -c "SELECT count(*) FILTER (WHERE name = '$last'),
    count(*) FILTER (WHERE state = 'begun') FROM hub.bundle")" '0|0'
ok '... no batch number comes twice' test "$(sql -c "SELECT min(batch_id) FROM hub.batch WHERE name LIKE 'night4%'")" -gt "${was##*|}"
is '... its bundle follows the one this database never had' "$(hub bundle show "$(sql -c 'SELECT name FROM hub.bundle ORDER BY seq DESC LIMIT 1')" --extract "$work/x" >/dev/null 2>&1
    grep -o '<previousSha256>[^<]*' "$work/x/manifest.xml")" "<previousSha256>$sha256"
is '... and tells again, under their old guids, what the lost one told' "$(sql -c "SELECT string_agg(guid::text, ',' ORDER BY guid)
    FROM hub.document WHERE guid::text = ANY (string_to_array('$told', ','))")" "$told"
done_testing
