#!/bin/sh
# A night that finds an archive of one night, of the same partners and the same buyers, takes no longer than the first did: what
# PostgreSQL expects of tables that hold one batch has made statements go through all rows for each.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

e2e_hub
sed -i 's/messages = {[^}]*}/messages = {"CEB311", "CEB411", "CEB511", "CEB621"}/
    s/feeds = {"order"}/feeds = {"order", "goods", "importorder"}/
    s/feeds = {"payment"}/feeds = {"payment", "importpayment"}/
    s/feeds = {"logistics"}/feeds = {"logistics", "importlogistics", "status", "departure"}/' "$work/landport.conf"
for feed in goods importorder importpayment importlogistics; do
    hub sample feed $feed --rows 12000 -o "$work/$feed.csv" >/dev/null
done
# send N NAME MORE PARTY:FEED…: the sample's trades under the numbers of night N, by sed's commands MORE as well
send() {
    night=$1 name=$2 more=$3
    shift 3
    for x; do
        sed "s/SAMPLE/NIGHT${night}N/g; s/LX\([0-9]*\)CN/LX\1C$night/g; $more" "$work/${x#*:}.csv" >"$(inbox "${x%:*}" "${x#*:}" "$name")"
    done
}
trade_feeds='LYPLAT01:importorder LYPAY01:importpayment LYLOGI01:importlogistics'
# night N: the same trades under other numbers
night_of() {
    # shellcheck disable=SC2086 # words
    send "$1" "$1" '' LYPLAT01:goods $trade_feeds
    LANDPORT_NOW=2026-03-0$1T20:00:00Z
    export LANDPORT_NOW
    hub run --json >"$work/night$1.json" 2>>"$work/landport.log" || die "night $1 ended with $?"
}
night_of 1
night_of 2
is 'all trades of both nights went to customs' "$(sql -c "SELECT kind, count(*) FROM hub.document GROUP BY 1 ORDER BY 1" | tr '\n' ' ')" \
    'CEB311|24000 CEB411|24000 CEB511|24000 CEB621|24000 '
is '... and each buyer has two in his quota' "$(sql -c "SELECT count(DISTINCT person), count(*) FROM hub.quota_ledger")" '12000|24000'
seconds() {
    jq ".jobs[] | select(.job == \"$2\") | .seconds" "$work/night$1.json"
}
for job in ingest reconcile declare publish archive; do
    first=$(seconds 1 "$job") second=$(seconds 2 "$job")
    note "$job: $first s, then $second s"
    ok "$job takes as long as before" awk -v a="$first" -v b="$second" 'BEGIN { exit !(b <= 5 * a + 1) }'
done

# each order, payment and waybill changed, then changed once more in the same words
for turn in changed again; do
    # shellcheck disable=SC2086 # words
    send 2 "$turn" "s/^1,/2,/; s/有限公司/公司/g; \$s/公司/公司 $turn/" $trade_feeds
    hub run pickup >>"$work/run.out" 2>>"$work/landport.log"
    hub run ingest --json >"$work/night$turn.json" 2>>"$work/landport.log" || die "$turn ended with $?"
    first=$(seconds 1 ingest) second=$(seconds "$turn" ingest)
    note "$turn: $second s"
    ok "rows that are $turn take as long as new ones" awk -v a="$first" -v b="$second" 'BEGIN { exit !(b <= 5 * a + 1) }'
done
is 'all were changed, then all but one of each file known' "$(sql -c "SELECT sum(accepted), sum(repeated) FROM hub.batch
    WHERE name LIKE '%_changed.csv' UNION ALL SELECT sum(accepted), sum(repeated) FROM hub.batch WHERE name LIKE '%_again.csv'" | tr '\n' ' ')" \
    '36000|0 3|35997 '

# one plane with 12,000 parcels, and as many rows that are each a thing of their own
for feed in status departure; do
    hub sample feed $feed --rows 12000 -o "$(inbox LYLOGI01 $feed 1)" >/dev/null
    hub run pickup >>"$work/run.out" 2>>"$work/landport.log"
    hub run ingest --json >"$work/night$feed.json" 2>>"$work/landport.log" || die "$feed ended with $?"
done
first=$(seconds status ingest) second=$(seconds departure ingest)
note "12,000 things: $first s, one of 12,000 lines: $second s"
ok 'a thing of many lines takes as long as many things' awk -v a="$first" -v b="$second" 'BEGIN { exit !(b <= 5 * a + 1) }'
done_testing
