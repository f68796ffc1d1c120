# lib.sh - for end-to-end tests: TAP, and a hub of its own for each script (scripts/lib.sh).
#
#   . tests/e2e/lib.sh      changes to the checkout, makes the work folder, cleans up at the end
#   e2e_hub                 keys, sshd, configuration, database: ready for uploads
#   evening                 the state before a night: database, spool and boxes empty
#   evening_with DIR        the same with what lies in DIR/PARTY/ in the parties' in/
#   keep NAME, back NAME    remembers what database, spool and boxes hold; the same again
#   e2e_fault               $fault: the program with the named kill points (LANDPORT_FAULT, else made)
#   e2e_make NAME           $made: another program of the same build
#   ok NAME COMMAND…        is NAME GOT WANT        same NAME GOT_FILE WANT_FILE
#   done_testing            prints the plan; the script's exit status says whether all went well
#
# E2E_KEEP=1 keeps the work folder (the servers stop all the same).
#
# shellcheck shell=sh disable=SC2034
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

tests_run=0
tests_failed=0
planned=

note() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

report() { # STATUS NAME
    tests_run=$((tests_run + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tests_run - $2"
    else
        tests_failed=$((tests_failed + 1))
        echo "not ok $tests_run - $2"
    fi
}

ok() {
    test_name=$1
    shift
    test_status=0
    "$@" >"$work/said" 2>&1 || test_status=$?
    report "$test_status" "$test_name"
    [ "$test_status" -eq 0 ] || note "$* ended with $test_status: $(tail -n 20 "$work/said")"
}

is() {
    if [ "$2" = "$3" ]; then
        report 0 "$1"
    else
        report 1 "$1"
        note "got:    $2"
        note "wanted: $3"
    fi
}

same() {
    if diff -u "$3" "$2" >"$work/said"; then
        report 0 "$1"
    else
        report 1 "$1"
        note "- wanted, + got: $(head -n 40 "$work/said")"
    fi
}

done_testing() {
    planned=yes
    echo "1..$tests_run"
    [ "$tests_failed" -eq 0 ]
}

e2e_end() {
    status=$?
    trap - EXIT
    if [ "$status" -ne 0 ] && [ -s "$work/landport.log" ]; then
        note "the end of landport.log: $(tail -n 30 "$work/landport.log")"
    fi
    [ -n "$planned" ] || note "ended before its plan with status $status"
    stop_sshd || status=1
    stop_mode=immediate
    stop_cluster || status=1
    [ -n "${E2E_KEEP-}" ] || rm -rf "$work"
    exit "$status"
}

[ -x "$landport" ] || die "no program at $landport: make, or name it in LANDPORT"
# Has /dev/shm room for several clusters? What a scenario keeps is small files, and making and syncing those is what a disk
# is slow at. E2E_ROOT: another place.
e2e_root() {
    if [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $6 == "/dev/shm" { print ($4 > 2 * 1024 * 1024) }')" = 1 ]; then
        echo /dev/shm
    else
        echo /var/tmp
    fi
}
work=$(mktemp -d "${E2E_ROOT:-$(e2e_root)}/landport-e2e.XXXXXX")
trap e2e_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
work_open "$work"

# --- what each scenario would make anew: a cluster after `landport init`, and keys ---

# Beside the build they belong to; `make clean` takes them along. Nowhere for a program from elsewhere.
case $landport in */*) e2e_build=${landport%/*} ;; *) e2e_build=. ;; esac
e2e_made=$e2e_build/e2e-made

# Made once for all scenarios of a build; two that begin at the same time make it once.
e2e_prepare() {
    [ -e "$e2e_build/liblandport.a" ] && [ -w "$e2e_build" ] || return 0
    (
        flock 9
        [ -n "$(find "$e2e_made" -maxdepth 0 -newer "$landport" 2>/dev/null)" ] || sh tests/e2e/made.sh "$e2e_made"
    ) 9<"$e2e_build"
}

# OpenSSH reckons with ed25519 and curve25519 in plain C, with NIST's curve in OpenSSL's assembler, and starts itself anew for
# each connection: together half of its time. A scenario with E2E_FRESH=1, and unit/spool/sftp_test, have what a hub has.
# E2E_ED25519=1: only the keys are as there.
e2e_cheap_ssh() {
    sshd_options=-r
    key_exchange=ecdh-sha2-nistp256
    [ -z "${E2E_ED25519-}" ] || find "$work/keys" -type f ! -name 'zone.*' -delete
}

# e2e_copy: keys and cluster are there before anybody asks for them. E2E_FRESH=1: the scenario makes its own.
e2e_copy() {
    [ -z "${E2E_FRESH-}" ] || return 0
    e2e_prepare
    [ -d "$e2e_made" ] || return 0
    mkdir -m 711 "$work/pg"
    cp -a --reflink=auto "$e2e_made/data" "$work/pg/data"
    cp -a "$e2e_made/keys" "$work/keys"
    e2e_cheap_ssh
    [ "$(id -u)" -ne 0 ] || chown "$pg_account" "$work/pg"
}

e2e_init() {
    hub init >>"$work/run.out" 2>>"$work/landport.log" || die "landport init ended with $?"
}

e2e_hub() {
    e2e_copy
    make_keys
    start_sshd
    write_conf
    e2e_init
}

# Of a database that is copied its owner and what others may do with it are not: those are told again, as init does.
keep() {
    sql -d postgres -c "CREATE DATABASE kept_$1 TEMPLATE landport STRATEGY file_copy"
    mkdir -p "$work/kept/$1"
    cp -a "$work/spool" "$work/sftp" "$work/kept/$1"
}

back() {
    sql -d postgres -c 'DROP DATABASE IF EXISTS landport WITH (FORCE)' \
        -c "CREATE DATABASE landport TEMPLATE kept_$1 OWNER landport_owner STRATEGY file_copy" \
        -c 'REVOKE ALL ON DATABASE landport FROM PUBLIC' \
        -c 'GRANT CONNECT, TEMPORARY ON DATABASE landport TO landport_job' \
        -c 'GRANT CONNECT ON DATABASE landport TO landport_reader'
    rm -rf "$work/spool"
    cp -a "$work/kept/$1/spool" "$work/spool"
    find "$work/sftp" -type f -delete
    cp -a "$work/kept/$1/sftp/." "$work/sftp"
}

evening() {
    if [ -d "$work/kept/evening" ]; then
        back evening
        return
    fi
    if [ -d "$e2e_made" ] && [ -z "${E2E_FRESH-}" ]; then
        sql -d postgres -c 'DROP DATABASE IF EXISTS landport WITH (FORCE)' \
            -c 'CREATE DATABASE landport TEMPLATE landport_empty STRATEGY file_copy'
    else
        sql -c 'SET client_min_messages = error; DROP SCHEMA IF EXISTS hub CASCADE'
    fi
    rm -rf "$work/spool"
    find "$work/sftp" -type f -delete
    e2e_init
    keep evening
}

evening_with() {
    evening
    for folder in "$1"/*/; do
        folder=${folder%/}
        cp -p "$folder"/* "$work/sftp/${folder##*/}/in/"
    done
}

e2e_fault() {
    fault=${LANDPORT_FAULT-}
    [ -z "$fault" ] || return 0
    e2e_make landport-fault
    fault=$made
}

e2e_make() {
    build=build${SAN:+-san}
    [ ! -e "$e2e_build/liblandport.a" ] || build=${e2e_build#"$PWD"/}
    flock "$build" make -s -j2 BUILD="$build" "$build/$1" >"$work/make.log" 2>&1 ||
        die "make $build/$1: $(cat "$work/make.log")"
    made=$PWD/$build/$1
    case $build in /*) made=$build/$1 ;; esac
}

# inbox PARTY FEED N: where a party puts its nth file of a feed.
inbox() {
    echo "$work/sftp/$1/in/$(echo "$2" | tr '[:lower:]' '[:upper:]')_$3.csv"
}

# night_status: runs a night, prints its exit status.
night_status() {
    night_result=0
    hub run >>"$work/run.out" 2>>"$work/landport.log" || night_result=$?
    echo "$night_result"
}

# What the database says of every trade and of every refused row, as lines to compare.
got_verdicts() {
    sql -c "SELECT t.issuer, t.order_no, t.verdict, array_to_string(t.waiting_for, ','),
                   coalesce((SELECT string_agg(b.code, ',' ORDER BY b.code) FROM hub.trade_break b
                             WHERE b.issuer = t.issuer AND b.order_no = t.order_no), '')
            FROM hub.trade t" | LC_ALL=C sort
}

got_rejects() {
    sql -c "SELECT b.party, b.name, r.line, r.column_name, r.code
            FROM hub.reject r JOIN hub.batch b USING (batch_id)" | LC_ALL=C sort
}

# The same out of expected.json: wanted_verdicts FILE, wanted_rejects FILE.
wanted_verdicts() {
    jq -r '.orders[] | [.keyCode, .orderNo, .verdict, (.waiting | join(",")),
        (.breaks | sort | join(","))] | join("|")' "$1" | LC_ALL=C sort
}

wanted_rejects() {
    jq -r '{ORDER: "LYPLAT01", PAYMENT: "LYPAY01", LOGISTICS: "LYLOGI01"} as $party
        | .rejects[] | . as $row | .codes[]
        | [$party[$row.file | split("_")[0]], $row.file, ($row.line | tostring), .column, .code]
        | join("|")' "$1" | LC_ALL=C sort
}
