#!/bin/sh
# Personal data at rest: none of the sample's numbers, names and addresses stands open in the database, its dump, its files and
# log, in the spool or in what commands show; agencies and partners get them as they came. Without the key nothing runs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

e2e_hub
ok 'init makes a key only its owner reads' test "$(stat -c %a "$work/personal.key")" = 600
ok 'check knows it' hub check
"$landport" sample --orders 60 --seed 7 --faults 10% --dir "$work/day" >/dev/null
# a file with rejects in it, a workbook and an archive: each leaves its own traces
upload_day "$work/day"
(cd "$work/day/LYPLAT01" && zip -q "$work/ORDER_again.zip" ./*.csv)
upload LYPLAT01 "$work/ORDER_again.zip"
status=$(night_status)
ok 'a night' test "$status" = 65 -o "$status" = 0
result=0
hub run >/dev/null 2>>"$work/landport.log" || result=$?

# --- what is looked for: each value of a personal column that is long enough to be nobody else's ---
columns() { # FEED: titles and names of its personal columns
    xmllint --xpath "//*[local-name()='element'][.//*[local-name()='personal']]/@name" "formats/feed/$1.xsd" |
        sed 's/.*"\(.*\)"/\1/'
}
values() { # FEED FILE
    columns "$1" >"$work/personal"
    case $2 in
    *.zip) unzip -p "$2" ;;
    *) cat "$2" ;;
    esac | python3 -c '
import csv, io, sys, subprocess
data = sys.stdin.buffer.read()
try:
    text = data.decode("utf-8-sig")
except UnicodeDecodeError:
    text = data.decode("gb18030", "replace")
names = open(sys.argv[1]).read().split()
titles = dict(line.rstrip("\n").split("\t") for line in open(sys.argv[2]))
rows = csv.reader(io.StringIO(text))
header = [titles.get(h.strip(), h.strip()) for h in next(rows)]
at = [i for i, h in enumerate(header) if h in names]
for row in rows:
    for i in at:
        if i < len(row) and len(row[i].encode()) >= 9:
            print(row[i])
' "$work/personal" "$work/titles"
}
titles() { # FEED: title, tab, name
    for name in $(xmllint --xpath '//*[local-name()="sequence"]/*[local-name()="element"]/@name' "formats/feed/$1.xsd" |
        sed 's/.*"\(.*\)"/\1/'); do
        printf '%s\t%s\n' "$(xmllint --xpath "string(//*[@name='$name']//*[local-name()='documentation'][1])" \
            "formats/feed/$1.xsd" | sed 's/-.*//')" "$name"
    done
}
: >"$work/secrets"
for feed in order payment logistics; do
    case $feed in order) party=LYPLAT01 ;; payment) party=LYPAY01 ;; *) party=LYLOGI01 ;; esac
    titles "$feed" >"$work/titles"
    for file in "$work/day/$party"/*; do
        values "$feed" "$file" >>"$work/secrets"
    done
done
sort -u "$work/secrets" -o "$work/secrets"
iconv -f UTF-8 -t GB18030 "$work/secrets" | LC_ALL=C sort -u >"$work/secrets.gb"
cat "$work/secrets.gb" >>"$work/secrets"
ok 'there is something to look for' test "$(wc -l <"$work/secrets")" -gt 100
# found FILE|FOLDER…: which of them hold one, in any bytes
found() {
    LC_ALL=C grep -RlaF -f "$work/secrets" "$@" 2>/dev/null | head -n 5
}
is 'it would be found' "$(found "$work/day/LYPAY01" | wc -l)" 1

# --- nowhere at rest ---
"$(pg_tool pg_dump)" -h "$(socket_folder)" -U "$pg_account" landport >"$work/dump.sql"
is 'not in the dump' "$(found "$work/dump.sql")" ''
ok '... which has the rows' grep -q 'COPY hub.trade_order' "$work/dump.sql"
sql -c CHECKPOINT >/dev/null
is 'not in the files of the database, nor in its log' "$(found "$work/pg")" ''
is 'not in the spool' "$(found "$work/spool")" ''
is 'not in the logs' "$(found "$work/landport.log" "$work/run.out")" ''
is 'of what is archived no two pieces are under one key' "$(sql -c "SELECT count(*) = count(DISTINCT salt) FROM hub.archive_file")" t

# --- not on screens ---
{
    hub status
    hub status --json
    hub batch list
    hub bundle list
    for order in $(sql -c "SELECT order_no FROM hub.trade LIMIT 5"); do
        hub trace "$order"
        hub trace "$order" --json
    done
    for batch in $(hub batch list --json | jq -r '.batches[].batch' 2>/dev/null); do hub batch show "$batch"; done
} >"$work/shown" 2>&1
is 'not on the screen' "$(found "$work/shown")" ''
for party in LYPLAT01 LYPAY01 LYLOGI01; do
    is "$party: not in acks" "$(found "$work/sftp/$party/out" | grep -v '\.rejects\.csv$' || :)" ''
done

# --- whole where they belong ---
bundle=$(sql -c 'SELECT name FROM hub.bundle ORDER BY seq LIMIT 1')
mkdir "$work/opened"
unzip -q "$work/sftp/customs/out/$bundle" -d "$work/opened"
is 'messages have no sealed value in them' "$(grep -rlE '>[*]1[A-Za-z0-9+/]{24}' "$work/opened" | head -n 3)" ''
file=$(find "$work/day/LYPAY01" -type f)
batch=$(sql -c "SELECT 'B' || lpad(batch_id::text, 6, '0') FROM hub.batch WHERE name = '${file##*/}'")
ok 'an original comes back' hub batch show "$batch" --original -o "$work/original"
same '... byte for byte' "$work/original" "$file"
find "$work/spool" -type f ! -path '*/tmp/*' -delete
ok 'out of the archive alone' hub batch show "$batch" --original -o "$work/archived"
same '... byte for byte' "$work/archived" "$file"
ok 'a bundle, too' hub bundle verify "$bundle" --cert "$work/keys/zone.crt"
ok 'it is made again with the same bytes' hub bundle rebuild "$bundle" --verify

# --- the key ---
fails() { # NAME WORDS COMMAND…
    name=$1 words=$2 result=0
    shift 2
    "$@" >"$work/said" 2>&1 || result=$?
    is "$name" "$([ "$result" -ne 0 ] && grep -q "$words" "$work/said" && echo yes)" yes
}
mv "$work/personal.key" "$work/kept.key"
fails 'without the key nothing runs' 'personal.key is not there, and this database.s data are under key .*: put it back from your backup' hub run
is '... which is said once in the log, and once beside the job' "$(grep -c 'personal.key is not there' "$work/said") $(grep -c 'not run' "$work/said")" '2 5'
fails '... check says so too' 'personal key *wrong.*put it back from your backup' hub check
fails '... and status' 'put it back from your backup' hub status
is '... which has the run that failed' "$(hub status --json 2>/dev/null | jq -r '.jobs[] | select(.job == "pickup") | .state + " " + .error' |
    grep -c '^failed .*put it back from your backup')" 1
fails 'init makes no second one for data that is there' 'from your backup' hub init
openssl rand -hex 32 >"$work/personal.key"
chmod 600 "$work/personal.key"
fails 'with another key nothing runs' 'put that one back' hub run
fails '... and check says so' 'put that one back' hub check
mv "$work/kept.key" "$work/personal.key"
chmod 640 "$work/personal.key"
fails 'nor with one that others read' 'chmod 600' hub run
chmod 600 "$work/personal.key"
ok 'with the right one it goes on' hub check

# --- nor with a database that another version has changed ---
sql -c "INSERT INTO hub.migration (version, name) VALUES (9999, 'future')"
fails 'a database that is newer is left alone' 'install the newer program' hub run
is '... and says that as often' "$(grep -c 'install the newer program' "$work/said") $(grep -c 'not run' "$work/said")" '2 5'
sql -c 'DELETE FROM hub.migration WHERE version = 9999'
done_testing
