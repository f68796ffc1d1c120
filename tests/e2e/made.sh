#!/bin/sh
# What each scenario would make anew: keys/, and data/, a stopped cluster after `landport init` with the databases landport
# and landport_empty.
#
#   tests/e2e/made.sh DIR     the program is the one in LANDPORT, else the build's
set -eu
made=$1
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

work=$(mktemp -d "${E2E_ROOT:-/var/tmp}/landport-made.XXXXXX")
trap 'stop_cluster; rm -rf "$work" "$made.new"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
work_open "$work"
port=1
key_type=ecdsa
make_keys
write_conf
hub init >"$work/run.out" 2>"$work/landport.log" || die "landport init ended with $?: $(cat "$work/landport.log")"
# each hub makes a key of its own
sql -c 'DELETE FROM hub.personal_key' -c 'VACUUM ANALYZE'
# no scenario cuts the machine's power, so none waits for the disk
sql -d postgres -c 'CREATE DATABASE landport_empty TEMPLATE landport' -c 'ALTER SYSTEM SET fsync = off' \
    -c 'ALTER SYSTEM SET full_page_writes = off' -c "ALTER SYSTEM SET shared_buffers = '16MB'"
stop_cluster
rm -rf "$made" "$made.new"
mkdir -m 700 "$made.new"
cp -a "$work/pg/data" "$work/keys" "$made.new"
mv "$made.new" "$made"
