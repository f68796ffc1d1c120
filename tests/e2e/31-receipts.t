#!/bin/sh
# What agencies answer: every kind of receipt, in any order, twice, late, in any dress; what nobody knows is held.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LANDPORT_NOW=2026-11-26T14:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 40 --seed 7 --dir "$work/day" >/dev/null
upload_day "$work/day"
is 'a night' "$(night_status)" 65

# shellcheck source=tests/e2e/receipts.sh
. tests/e2e/receipts.sh

# effects: of what was taken last
effects() {
    sql -c "SELECT string_agg(r, ', ' ORDER BY r) FROM (
                SELECT kind || ' ' || effect || coalesce(' ' || code, '') AS r FROM hub.receipt WHERE batch_id > $last) r"
}

# --- the course of an order, a payment, a waybill and a list ---
use 0
message CEB304 "<ceb:OrderReturn>$(tags guid=A "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" returnStatus=2 returnTime=20261127081500123 'returnInfo=新增申报成功')</ceb:OrderReturn>"
message CEB404 "<ceb:ReceiptsReturn>$(tags guid=A "ebcCode=$ebc" "orderNo=$order" "payNo=$pay_no" returnStatus=120 returnTime=20261127081500123 'returnInfo=入库')</ceb:ReceiptsReturn>"
message CEB506 "<ceb:LogisticsReturn>$(tags guid=A "logisticsCode=$carrier" "logisticsNo=$waybill" returnStatus=-504001 returnTime=20261127081500123 'returnInfo=处理异常')</ceb:LogisticsReturn>"
message CEB604 "<ceb:InventoryReturn>$(tags guid=A agentCode=3508960009 "copNo=$cop" preNo=B20261127000000001 "ebcCode=$ebc" "ebpCode=$ebp" "orderNo=$order" returnStatus=120 returnTime=20261127081600000 'returnInfo=[Code:1800;Desc:逻辑校验通过]')</ceb:InventoryReturn>"
taken
is 'each was matched' "$(effects)" 'CEB304 applied, CEB404 applied, CEB506 applied, CEB604 applied'
is 'an order the e-port took is accepted' "$(state CEB303)" 'accepted 20261127081500123'
is 'a payment, found by its number alone' "$(state CEB403)" 'accepted 20261127081500123'
is 'a negative status is a refusal' "$(state CEB505)" 'refused 20261127081500123'
is 'a stored list is under way' "$(state CEB603)" 'progress 20261127081600000'

# --- later, twice, late, at the same moment ---
list() { # STATUS TIME [TAG=VALUE]: a receipt of the list at hand
    status=$1 time=$2
    shift 2
    message CEB604 "<ceb:InventoryReturn>$(tags guid=A agentCode=3508960009 "copNo=$cop" "ebcCode=$ebc" "ebpCode=$ebp" "orderNo=$order" "$@" "returnStatus=$status" "returnTime=$time" returnInfo=x)</ceb:InventoryReturn>"
}
list 399 20261127090000000 invtNo=37062026E000000001
taken
is 'a reviewed list is accepted' "$(effects) $(state CEB603)" 'CEB604 applied accepted 20261127090000000'
is 'and has its numbers' "$(sql -c "SELECT pre_no || ' ' || invt_no FROM hub.document WHERE kind = 'CEB603' AND invt_no IS NOT NULL")" 'B20261127000000001 37062026E000000001'
list 120 20261127084500000
cp "$in/R$nth.xml" "$in/COPY.xml"
taken
is 'what is older changes nothing, the same file nothing at all' "$(effects) $(state CEB603)" 'CEB604 older accepted 20261127090000000'
is 'it is a duplicate' "$(sql -c "SELECT state FROM hub.batch ORDER BY batch_id DESC LIMIT 1")" duplicate
list 399 20261127090000000 invtNo=37062026E000000001
sed -i 's/<?xml.*?>/&<!-- sent again -->/' "$in/R$nth.xml"
taken
is 'the same receipt in another file is a repeat' "$(effects)" 'CEB604 repeat'
list 100 20261127090000000
taken
is 'at the same moment a refusal is for a person' "$(effects) $(state CEB603)" 'CEB604 held E6070 human 20261127090000000'
list 800 20261127090000000
list 500 20261127100000000
taken
is 'and so is release; inspection comes after' "$(effects) $(state CEB603)" 'CEB604 applied, CEB604 held E6070 human 20261127100000000'

# --- dress: no prefix, no namespace, gb2312, order, elements missing and unknown, several in one ---
use 1
printf '<?xml version="1.0" encoding="gb2312" standalone="yes"?>\n<CEB304Message xmlns="http://www.chinaport.gov.cn/ceb" guid="x" version="1.0"><OrderReturn><returnInfo>%s</returnInfo><returnTime>20261127081500</returnTime><returnStatus>100</returnStatus><orderNo>%s</orderNo><ebcCode>%s</ebcCode><ebpCode>%s</ebpCode><msgSeqNo>1</msgSeqNo></OrderReturn></CEB304Message>' \
    "$(printf '退单' | iconv -f UTF-8 -t gb2312)" "$order" "$ebc" "$ebp" >"$in/GB.xml"
printf '<CEB604Message><InventoryReturn><orderNo>%s</orderNo><ebpCode>%s</ebpCode><ebcCode>%s</ebcCode><returnStatus>899</returnStatus><returnTime>20261127081500001</returnTime></InventoryReturn><InventoryReturn><orderNo>%s</orderNo><returnStatus>3</returnStatus><returnTime>20261127081400000</returnTime></InventoryReturn></CEB604Message>' \
    "$order" "$ebc" "$ebp" "$order" >"$in/BARE.xml"
printf 'kind,ebpCode,ebcCode,orderNo,returnStatus,returnTime\nCEB404,,%s,%s,120,20261127081500001\n' "$ebc" "$order" >"$in/LIST.csv"
taken
is 'a receipt in gb2312, out of order, with an element nobody knows' "$(state CEB303)" 'refused 20261127081500000'
is 'its text came through' "$(sql -c "SELECT return_info FROM hub.receipt WHERE kind = 'CEB304' AND return_status = '100'")" 退单
is 'one with its codes in each other'\''s place, without a namespace' "$(state CEB603)" 'accepted 20261127081500001'
is 'one of a payment without its number' "$(state CEB403)" 'accepted 20261127081500001'
is 'of two in a message the newer decides' "$(effects)" 'CEB304 applied, CEB404 applied, CEB604 applied, CEB604 older'

# --- what says gb2312 and is UTF-8 ---
info='海关退单：申报要素不全'
for kind in CEB304:OrderReturn CEB604:InventoryReturn; do
    set -- "${kind%:*}" "${kind#*:}"
    printf '<?xml version="1.0" encoding="gb2312"?><%sMessage><%s><orderNo>%s</orderNo><ebpCode>%s</ebpCode><ebcCode>%s</ebcCode><returnStatus>4</returnStatus><returnTime>20261127060000000</returnTime><returnInfo>%s</returnInfo></%s></%sMessage>' \
        "$1" "$2" "$order" "$ebp" "$ebc" "$info" "$2" "$1" >"$in/UTF8-$1.xml"
done
taken
is 'one that says gb2312 and is UTF-8 keeps its words' "$(sql -c "SELECT string_agg(kind, ' ' ORDER BY kind) FROM hub.receipt WHERE return_info = '$info'")" \
    'CEB304 CEB604'

# --- inside of a transport message: prefix and none, blanks in the base64, gb2312 inside of UTF-8 ---
use 3
enveloped() { # FILE PREFIX: as the exchange platform hands it over
    tag=${2:+$2:}
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<%sDxpMsg xmlns%s="http://www.chinaport.gov.cn/dxp" ver="1.0"><%sTransInfo><%sCopMsgId>1</%sCopMsgId><%sSenderId>DXPEDCCEB0000003</%sSenderId></%sTransInfo>\n<%sData>%s</%sData></%sDxpMsg>\n' \
        "$tag" "${2:+:$2}" "$tag" "$tag" "$tag" "$tag" "$tag" "$tag" "$tag" "$(base64 "$1")" "$tag" "$tag"
}
printf '<?xml version="1.0" encoding="gb2312"?><CEB304Message><OrderReturn><orderNo>%s</orderNo><ebpCode>%s</ebpCode><ebcCode>%s</ebcCode><returnStatus>2</returnStatus><returnTime>20261127081500001</returnTime><returnInfo>%s</returnInfo></OrderReturn></CEB304Message>' \
    "$order" "$ebp" "$ebc" "$(printf '新增申报成功' | iconv -f UTF-8 -t gb2312)" >"$work/inner.xml"
enveloped "$work/inner.xml" dxp >"$in/DXP1.xml"
sed 's/>2</>100</; s/500001/500002/' "$work/inner.xml" >"$work/later.xml"
enveloped "$work/later.xml" '' >"$in/DXP2.xml"
printf '<DxpMsg><Data>????</Data></DxpMsg>' >"$in/DXP3.xml"
taken
is 'receipts in their envelopes' "$(effects) $(state CEB303)" 'CEB304 applied, CEB304 applied refused 20261127081500002'
is '... one that is none is held, with the place' "$(sql -c "SELECT state, code, seen FROM hub.batch WHERE name = 'DXP3.xml'")" \
    'held|E3021|line 1 of the envelope: no base64'
hub batch close "$(sql -c "SELECT 'B' || lpad(batch_id::text, 6, '0') FROM hub.batch WHERE name = 'DXP3.xml'")" --reason test >/dev/null 2>&1 ||
    hub batch discard "$(sql -c "SELECT 'B' || lpad(batch_id::text, 6, '0') FROM hub.batch WHERE name = 'DXP3.xml'")" --reason test >/dev/null 2>>"$work/landport.log"

# --- held ---
use 2
message CEB304 "<ceb:OrderReturn>$(tags "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" returnStatus=777 returnTime=20261127081500123)</ceb:OrderReturn>"
message CEB304 "<ceb:OrderReturn>$(tags "ebpCode=$ebp" "ebcCode=$ebc" orderNo=NEVERSENT returnStatus=2 returnTime=20261127081500123)</ceb:OrderReturn>"
message CEB304 "<ceb:OrderReturn>$(tags "ebpCode=$ebp" "ebcCode=$ebc" "orderNo=$order" returnStatus=2)</ceb:OrderReturn>"
bundle_message=$(sql -c "SELECT upper(guid::text) FROM hub.message WHERE kind = 'CEB403' LIMIT 1")
message CEB900 "<ceb:MessageReturn>$(tags returnStatus=-999999 returnInfo=校验失败 returnTime=20261127081500123 oriCopMsgId=1 oriMessageType=CEB403Message)<ceb:oriBizMessage><![CDATA[<ceb:CEB403Message guid=\"$bundle_message\" version=\"1.0\"/>]]></ceb:oriBizMessage></ceb:MessageReturn>"
message CEB999 "<ceb:OrderReturn>$(tags "orderNo=$order")</ceb:OrderReturn>"
printf '<CEB304Message><OrderReturn><orderNo>%s</orderNo>' "$order" >"$in/CUT.xml"
printf 'kind,orderNo,returnStatus,returnTime\nCEB111,%s,2,20261127081500123\n' "$order" >"$in/KIND.csv"
taken
is 'holds end with 65' "$result" 65
is 'what nobody knows is held and kept' "$(effects)" 'CEB111 held E6001, CEB304 held E6003, CEB304 held E6004, CEB304 held E6005, CEB900 held E6002'
is 'none of it counts as success' "$(state CEB303)" -
is 'a message that could not be read is known' "$(sql -c "SELECT m.kind FROM hub.receipt r JOIN hub.message m ON m.guid = r.message_guid")" CEB403
is 'files nobody can read wait for a person' \
    "$(sql -c "SELECT string_agg(name || ' ' || state || ' ' || code, ', ' ORDER BY name) FROM hub.batch WHERE state = 'held'")" \
    "CUT.xml held E3021, R$nth.xml held E3010"
junk=$(sql -c "SELECT hub.batch_name(batch_id) FROM hub.batch WHERE name = 'R$nth.xml'")
is '... what ends one of no kind comes first, and it tells no partner' "$(hub batch show "$junk" --json | jq -r '[.. | .command? // empty][0], [.. | .effect? // empty][0]')" \
    "landport batch discard $junk --reason \"…\"
nothing of it is ever loaded; the agency is not told"
is '... by status as well' "$(hub status --json 2>>"$work/landport.log" | jq -r --arg b "$junk" '.. | objects | select(.batch? == $b) | .next')" "landport batch discard $junk --reason \"…\""

# --- what they mean is lines of a file, and a site has its own ---
own=$work/site/formats/customs/return_code.tsv
mkdir -p "${own%/*}"
grep '^kind\|^CEB304' formats/customs/return_code.tsv >"$own"
printf '\357\273\277' | cat - "$own" >"$work/bom.tsv"
mv "$work/bom.tsv" "$own"
printf 'formats { site = "site" }\n' | cat - "$work/landport.conf" >"$work/own.conf"
mv "$work/own.conf" "$work/landport.conf"
hub check >"$work/checked" 2>&1 || :
ok 'check tells of a file that init has not read' grep -q 'warning .*return_code.tsv is not what the database has: run landport init' "$work/checked"
codes() {
    sql -c "SELECT count(*), count(*) FILTER (WHERE kind = 'CEB304'), count(*) FILTER (WHERE first_code = '777'), count(*) FILTER (WHERE source = 'by hand')
        FROM hub.return_code"
}
sql -c "INSERT INTO hub.return_code (kind, first_code, last_code, name_zh, meaning_en, direction, valid_from, source)
    VALUES ('CEB304', 778, 778, '', '', 'progress', '2014-02-10', 'by hand')"
was=$(codes)
printf 'CEB304\t777\t777\t已收\ttaken\tprogress\t2026-13-01\t\t\t\ttest\n' >>"$own"
# unfit FOLDER SED: the same file in another folder, changed
unfit() {
    mkdir -p "$work/site/formats/$1"
    sed "1s/^\xef\xbb\xbf//; 8d; $2" "$own" >"$work/site/formats/$1/return_code.tsv"
}
unfit f1 '1s/source/sauce/'
unfit f2 '1s/\t/  /g'
unfit f3 's/\t[^\t]*$//'
unfit f4 '2s/\t\(human\|success\|failure\|unclear\)\t/\tmaybe\t/'
unfit f5 "2s/\\t[^\\t]*/\\t$(printf '%061d' 0)/"
unfit f6 2p
unfit f7 '2s/$/\tmore/'
unfit f8 '1s/early/closes/'
refused=0
hub init >"$work/init.out" 2>&1 || refused=$?
hub check >"$work/checked" 2>&1 || :
is 'lines that do not fit are refused' "$refused" 65
is '... and nothing of their files is taken in' "$(codes)" "$was"
while read -r place text; do
    is "... $place $text" "$(cat "$work/init.out" "$work/checked" | grep -cF "/return_code.tsv:$place $text")" 2
done <<END
$(wc -l <"$own"): column valid_from: is "2026-13-01"; must be a date such as 2026-01-31
1: the first line names "sauce", which is no column of return_code; they are kind, first_code
1: the first line has no tab, and cells are parted by tabs
1: the first line lacks source; it must have kind, first_code, last_code, name_zh, meaning_en, direction, valid_from, source
2: column direction: is "maybe"; it takes one of progress, human, success, failure, unclear
2: column first_code, last_code: is "$(printf '%061d' 0)", "2"; codes have at most 60 characters
3: folder, kind, first_code, last_code, valid_from as in a line before it
2: 12 cells; must be 11 as in the first line
1: the first line names closes twice
END
rm -r "$work"/site/formats/f?
sed -i 's/2026-13-01/2026-01-01/' "$own"
ok 'a site has codes of its own' hub init
is '... in the place of ours, beside what somebody put in by hand' "$(codes)" "$(($(grep -c '^CEB304' "$own") + 1))|$(($(grep -c '^CEB304' "$own") + 1))|1|1"
hub batch rerun "$(sql -c "SELECT hub.batch_name(batch_id) FROM hub.receipt WHERE code = 'E6003'")" --reason 777 >/dev/null
hub run ingest >>"$work/run.out" 2>>"$work/landport.log" || :
is '... with which what was held is judged anew' "$(sql -c "SELECT effect, direction FROM hub.receipt WHERE return_status = '777'") $(state CEB303)" \
    'applied|progress progress 20261127081500123'
printf 'who\tstranger\n' >"${own%/*}/audit.tsv"
refused=0
hub init >"$work/init.out" 2>&1 || refused=$?
is 'no file fills other tables' "$refused $(grep -o 'no table of this name takes rows of files; these do: asked_message, exchange_rate' "$work/init.out")" \
    '65 no table of this name takes rows of files; these do: asked_message, exchange_rate'
rm -r "$work/site/formats"
ok 'without its file ours counts again' hub init
is '... and what was put in by hand stays' "$(codes)" "$was"
done_testing
