#!/bin/sh
# When a file counts as complete: names that are never taken, the settle time, the partner's marker.
# No room in the spool: nothing is taken.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='100%'
export LANDPORT_NOW=2026-03-02T20:00:00Z
e2e_hub
"$landport" sample --orders 20 --seed 3 --date 20260302 --dir "$work/day" >/dev/null
order=$(basename "$work/day/LYPLAT01"/*)
in=$work/sftp/LYPLAT01/in
conf=$work/landport.conf

pickup() {
    status=0
    "$landport" -c "$conf" run pickup >>"$work/landport.log" 2>&1 || status=$?
    echo "$status"
}

batches() {
    sql -c "SELECT count(*), count(*) FILTER (WHERE moved) FROM hub.batch"
}

put() { # NAME
    cp "$work/day/LYPLAT01/$order" "$in/$1"
}

# --- names that are never taken ---
for name in .hidden a.part a.tmp a.filepart a.uploading a.swp; do put "$name"; done
is 'names of unfinished files: nothing to do' "$(pickup)" 0
is 'none was registered' "$(batches)" '0|0'
is 'all are left where they lie' "$(find "$in" -type f | wc -l)" 6
rm -f "$in"/.hidden "$in"/*

# --- settle: listed twice with the same size, that far apart ---
sed -i 's/settle = "0s"/settle = "60s"/' "$conf"
put "$order"
is 'a new file waits' "$(pickup)" 0
is 'it is not registered at its first sight' "$(batches)" '0|0'
LANDPORT_NOW=2026-03-02T20:00:30Z
printf '\n' >>"$in/$order"
pickup >/dev/null
LANDPORT_NOW=2026-03-02T20:01:10Z
pickup >/dev/null
is 'it has grown after 30 s: 40 s later it still waits' "$(batches)" '0|0'
LANDPORT_NOW=2026-03-02T20:02:20Z
pickup >/dev/null
is 'unchanged for longer than settle: taken and moved' "$(batches)" '1|1'
sed -i 's/settle = "60s"/settle = "0s"/' "$conf"

# --- marker ---
sed -i 's/settle = "0s"/settle = "0s"  ready = "marker"/' "$conf"
put second.csv
pickup >/dev/null
is 'without its marker a file waits' "$(batches)" '1|1'
: >"$in/second.csv.ok"
pickup >/dev/null
is 'with it, it is taken' "$(batches)" '2|2'
is 'file and marker are gone from in/' "$(find "$in" -type f | wc -l)" 0
: >"$in/nothing.csv.ok"
is 'a marker alone is no file' "$(pickup) $(batches)" '0 2|2'

# a run killed when it had taken the marker away and not yet the file
put third.csv
: >"$in/third.csv.ok"
pickup >/dev/null
sql -c "UPDATE hub.batch SET moved = false WHERE name = 'third.csv'" >/dev/null
mv "$work/sftp/LYPLAT01/done/third.csv" "$in/.taken.third.csv"
pickup >/dev/null
is 'the next run moves the file without a marker, and registers it once' "$(batches)" '3|3'

# --- a full disk ---
sed -i 's/min-free = "64MiB"/min-free = "1000000GiB"/' "$conf"
put fourth.csv
: >"$in/fourth.csv.ok"
is 'less free than spool.min-free: try again later' "$(pickup)" 75
is 'the file lies where it was' "$(find "$in" -name fourth.csv | wc -l) $(batches)" '1 3|3'
ok 'the log says how much is missing' grep -q 'spool.min-free asks for' "$work/landport.log"

done_testing
