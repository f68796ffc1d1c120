#!/bin/sh
# xmlw_bench.sh [COUNT] - the writer against xmllint reading the same bytes with the same schema.
# The contract is five times its speed. BENCH names a built xmlw_bench; without it one is made with
# the library that make left in build/.
set -eu
cd "$(dirname "$0")/../.."
count=${1:-60000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bench=${BENCH:-$dir/xmlw_bench}
if [ -z "${BENCH-}" ]; then
    # shellcheck disable=SC2046
    ${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -O2 -Iformats -Ijobs/base -o "$bench" tests/bench/xmlw_bench.c \
        build/liblandport.a $(pkg-config --cflags --libs libxml-2.0 libcrypto)
fi
mkdir "$dir/common"
cp formats/customs/common/*.xsd "$dir/common"
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
