#!/bin/sh
# What a night reads does not grow with the archive: on one of a hundred nights it reads as many rows of each table as on one
# of a single night, and not those of the others. Counted by PostgreSQL, so that no clock has a say.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

trades=400
e2e_hub
# night N: uploads, bundles, agencies' answers, feedback
night_of() {
    hub sample --orders $trades --seed "$1" --date "2026112$1" --dir "$work/day$1" >/dev/null
    upload_day "$work/day$1"
    night >>"$work/run.out" 2>>"$work/landport.log" || die "night $1 ended with $?"
    rm -rf "$work/bundle"
    mkdir "$work/bundle"
    mv "$work"/sftp/customs/out/* "$work/bundle"
    hub sample receipts --from "$work/bundle" --into "$work/receipts$1" --unread 0% --later 0% >/dev/null
    mv "$work/receipts$1"/*.xml "$work/sftp/customs/in/"
    night >>"$work/run.out" 2>>"$work/landport.log" || die "answers of night $1 ended with $?"
    night reconcile publish >>"$work/run.out" 2>>"$work/landport.log" || die "what is left of night $1 ended with $?"
}
tables='trade_order,order_item,payment,waybill,trade,document,receipt'
# Rows read of each table since the figures were set to nothing, whatever the way to them.
rows_read() {
    sql -F ' ' -c "SELECT t.relname, t.seq_tup_read + greatest(t.idx_tup_fetch, (SELECT sum(i.idx_tup_read) FROM pg_stat_user_indexes i
                          JOIN pg_index x USING (indexrelid) JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
                          WHERE i.relid = t.relid AND a.amname = 'btree'))
                   FROM pg_stat_user_tables t WHERE t.schemaname = 'hub' AND t.relname = ANY ('{$tables}') ORDER BY 1"
}
count() {
    sql -F ' ' -c "SELECT count(*) FROM hub.$1"
}

sql -c "SELECT pg_stat_reset()" >/dev/null
night_of 1
rows_read >"$work/read1"
documents=$(count document) receipts=$(count receipt)
sql -v nights=100 -f tests/spread.sql >/dev/null
is 'a hundred nights more' "$(count document) $(count receipt)" "$((documents * 101)) $((receipts * 101))"
sql -c "SELECT pg_stat_reset()" >/dev/null
night_of 2
rows_read >"$work/read2"
paste -d ' ' "$work/read1" "$work/read2" | while read -r table first _ second; do
    printf '%s %s %s %s\n' "$table" "$first" "$second" "$(count "$table")"
done >"$work/read"
note 'rows read by the first night, by the one after a hundred, rows there are:'
note "$(cat "$work/read")"
while read -r table first second all; do
    ok "$table is not read through" test "$second" -le $((first * 3 + all / 4))
done <"$work/read"
is 'each matched trade went out' "$(sql -c "SELECT count(*) FROM hub.document
    WHERE kind = 'CEB603' AND bundle_id = (SELECT max(bundle_id) FROM hub.bundle)")" \
    "$(jq '[.orders[] | select(.verdict == "matched")] | length' "$work/day2/expected.json")"
is '... and was answered' "$(sql -c "SELECT count(*) FROM hub.document WHERE state IS NULL")" 0

# imports and whatever else there is, of which no statistics know
sed -i 's/messages = {\([^}]*\)}/messages = {\1, "CEB311", "CEB411", "CEB511", "CEB621", "CEB507", "CEB509", "CEB607", "CEB213", "CEB215", "CEB711"}/
    s/feeds = {"order"}/feeds = {"order", "goods", "importorder", "return"}/
    s/feeds = {"payment"}/feeds = {"payment", "importpayment"}/
    s/feeds = {"logistics"}/feeds = {"logistics", "importlogistics", "departure", "entry", "tally"}/' "$work/landport.conf"
for x in LYPLAT01:goods LYPLAT01:importorder LYPAY01:importpayment LYLOGI01:importlogistics LYPLAT01:return LYLOGI01:departure \
    LYLOGI01:tally LYLOGI01:entry; do
    hub sample feed "${x#*:}" --rows $trades -o "$(inbox "${x%:*}" "${x#*:}" 3)" >/dev/null
done
sql -c "SELECT pg_stat_reset()" >/dev/null
night >>"$work/run.out" 2>>"$work/landport.log" || die "night 3 ended with $?"
rows_read >"$work/read3"
note 'rows read by a night of imports:'
note "$(cat "$work/read3")"
is 'each import went out' "$(sql -c "SELECT count(*) FROM hub.document WHERE kind = 'CEB621'")" $trades
while read -r table rows; do
    ok "$table is not read again and again for imports" test "$rows" -le $(($(count "$table") * 2))
done <"$work/read3"
done_testing
