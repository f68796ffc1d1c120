#!/bin/sh
# xmlw_bench.sh [COUNT] - the writer against xmllint reading the same bytes with the same schema.
# The contract is five times its speed. BENCH names the built xmlw_bench.
set -eu
cd "$(dirname "$0")/../.."
count=${1:-60000} bench=${BENCH:-build/tests/bench/xmlw_bench}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sed 's/\(ref="ceb:Inventory"\) maxOccurs="100"/\1 maxOccurs="unbounded"/' formats/customs/ceb603.xsd >"$dir/one.xsd"
"$bench" "$count" "$dir/one.xml" "$dir/one.xsd" >/dev/null
"$bench" "$count" /dev/null "$dir/one.xsd" | tee "$dir/figures"
start=$(date +%s%N)
xmllint --stream --noout --schema "$dir/one.xsd" "$dir/one.xml" 2>/dev/null
end=$(date +%s%N)
awk -v ns=$((end - start)) '{
    xmllint = $4 / (ns / 1e9)
    printf "xmllint   MB/s %.0f\nratio     %.1f\n", xmllint, $8 / xmllint
    exit $8 < 5 * xmllint
}' "$dir/figures"
