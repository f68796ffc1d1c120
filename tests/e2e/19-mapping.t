#!/bin/sh
# Somebody's own export as a feed, by a column mapping file: text in GBK and workbooks, faults in the sender's words, rows that
# come back in the sender's form, and what a mapping that is wrong costs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='60%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
cp -r tests/site/exports "$work/site"
mapping=$work/site/formats/mapping/alipay.conf
in=$work/sftp/LYPAY01/in
out=$work/sftp/LYPAY01/out
echo 'formats { site = "site" }' >>"$work/landport.conf"
sed -i '/^partner "LYPAY01"/a\    mapping = {"alipay"}' "$work/landport.conf"

ack() { # NAME XPATH
    xmllint --xpath "string(/ack/$2)" "$out/$1.ack.xml"
}
counts() { # NAME
    for element in state accepted repeated rejected; do ack "$1" "$element" | tr '\n' ' '; done
    sql -c "SELECT code FROM hub.batch WHERE name = '$1' ORDER BY batch_id DESC LIMIT 1"
}
answered() { # NAME: a night; then what its ack says
    taken
    counts "$1"
}
taken() {
    hub run pickup ingest publish >>"$work/run.out" 2>>"$work/landport.log" || [ $? -eq 65 ] || die "the run ended with $?"
}
faults() { # NAME: line, column, code, seen of what the newest batch of that name has
    sql -c "SELECT line, column_name, code, coalesce(seen, '') FROM hub.reject
            WHERE batch_id = (SELECT max(batch_id) FROM hub.batch WHERE name = '$1') ORDER BY 1, 3, 2"
}
checked() { # FILE WORDS…: what a check says, without its last line
    name=$1
    shift
    hub format check "$name" --offline --limit 20 "$@" 2>>"$work/landport.log" || true
}

# --- a bill as it is downloaded: lines above and below, titles of its own, marks around numbers ---
cat >"$work/bill.txt" <<'END'
#支付账务明细查询
#账号：[3508960001]
#起始日期：[2026年03月01日 00:00:00]   终止日期：[2026年03月02日 00:00:00]
#---------------------------------账务明细列表--------------------------------
支付交易号  ,日期,时间,收入金额（+元）,支出金额（-元）,余额（元）,币种,交易状态,备注,渠道|终端,
`2026030122001	,2026-03-01,10:11:12,"1,234.50",,"9,999.00",人民币,交易成功,"张三 订单号：LY2026A1 谢谢",网上|手机,
`2026030122002	,2026-03-01,10:11:13,¥50.00,,1,人民币,交易关闭,订单号：LY2026A2,网上|手机,
`2026030122003	,03/01/2026,10:11:14,¥60.00,0.00,1,欧元,交易成功,订单号：LY2026A3,网上,
`2026030122004	,2026-03-01,10:11:14,60,5.00,1,美元,交易成功,没有,网上|手机,
支付交易号  ,日期,时间,收入金额（+元）,支出金额（-元）,余额（元）,币种,交易状态,备注,渠道|终端,
`2026030122005	,2026-03-01,10:11:15,12.00,-,1,美元,交易成功,订单号：LY2026A5,网上|手机,
#---------------------------------账务明细列表结束----------------------------
#收入合计：3笔，共1,306.50元
#导出时间：[2026年03月02日 03:04:05]
END
bill() { # SED: the bill, changed so, as it comes
    sed "$1" "$work/bill.txt" | sed 's/$/\r/' | iconv -f UTF-8 -t GB18030
}
bill '' >"$in/账单_0301.csv"
is 'a bill is loaded, but for the rows that are wrong' "$(answered 账单_0301.csv)" 'loaded 2 0 2 '
is '... as the feed has it' "$(sql -c "SELECT pay_no, ebc_code, order_no, charge, currency, accounting_date, note FROM hub.payment ORDER BY 1")" \
    '2026030122001|3508960001|LY2026A1|1234.50|142|20260301101112|手机
2026030122005|3508960001|LY2026A5|12.00|502|20260301101115|手机'
is '... faults name lines and columns of the bill' "$(faults 账单_0301.csv)" '8|币种|E2041|***
8|日期 / 时间|E2042|***
8|渠道|终端|E2042|***
9|备注|E2042|***
9|收入金额（+元） / 支出金额（-元）|E2043|'
is '... what is left out and what stands below is told' \
    "$(ack 账单_0301.csv messageZh | grep -oE '按约定不取的行，共 1 行|说明行，不是数据，共 3 行' | sort)" '按约定不取的行，共 1 行
说明行，不是数据，共 3 行'

printf 'rows=5 amount=1411.50\n' >"$work/bill.csv.sum" && bill '' >"$work/bill.csv"
is '... and counts for control totals: it was sent' "$(checked "$work/bill.csv" --mapping alipay | grep -c 'E3041')" 0
printf 'rows=4\n' >"$work/bill.csv.sum"
is '... which say so' "$(checked "$work/bill.csv" --mapping alipay | grep -o 'seen: rows=5')" 'seen: rows=5'

bill 's/,12.00,-,/,,-12.00,/' >"$work/out.csv" && bill 's/,12.00,-,/,,12.00,/' >"$work/in.csv"
for file in out in; do checked "$work/$file.csv" --mapping alipay >"$work/$file.said"; done
is 'what goes out has its minus in the cell, as agreed, and is no payment' "$(grep -oE 'E2[0-9]+ +-?12.00' "$work/out.said" | tr -s ' ')" 'E2009 -12.00'
is '... and without it is a fault' "$(grep -o 'E2090.*' "$work/in.said" | tr -s ' ' | cut -d' ' -f1-3)" 'E2090 12.00 -1,234.56'

# --- the rows come back as they were sent, and go in again when they are corrected ---
rejects="$out/账单_0301.csv.rejects.csv"
iconv -f GB18030 -t UTF-8 "$rejects" | tr -d '\r' >"$work/back.txt"
sed -n '1,5p; 8,9p' "$work/bill.txt" >"$work/sent.txt"
is 'what comes back are its own lines, with those above' "$(cut -d, -f1-11 "$work/back.txt" | sed 's/,_line.*//')" \
    "$(cut -d, -f1-11 "$work/sent.txt")"
sed 's#03/01/2026#2026-03-01#; s/欧元/人民币/; s/网上,/网上|手机,/; s/60,5.00/60,/; s/没有/订单号:LY2026A4/' "$work/back.txt" |
    sed 's/$/\r/' | iconv -f UTF-8 -t GB18030 >"$in/改正.csv"

# --- the same from a spreadsheet: cells that are dates, a second sheet with other titles ---
book() {
    /usr/bin/python3 -c '
import datetime, sys, openpyxl
book = openpyxl.Workbook()
sheet = book.active
day = datetime.date(2026, 3, 1)
for row in (["账务明细"], ["账号", "3508960001"], [],
            ["交易号", "日期", "时间", "收入金额（+元）", "支出金额（-元）", "币种", "备注", "交易状态"],
            ["B1", "2026-03-01", "10:11:12", "1,000.00", None, "人民币", "订单号：LY2026B1", "交易成功"],
            ["B2", "2026-03-01", "10:11:12", 7.5, None, "英镑", "订单号：LY2026B2", "交易成功"],
            ["#合计", None, None, 1007.5]):
    sheet.append(row)
sheet = book.create_sheet("二月")
for row in (["账号：3508960002"],
            ["支付交易号", "备注", "日期", "时间", "支出金额（-元）", "收入金额（+元）", "币种", "交易状态"],
            ["B3", "订单号：LY2026B3", "2026-03-01", "10:11:12", None, 8, "美元", "交易成功"],
            ["B4", "订单号：LY2026B4", "2026-03-01", "10:11:12", None, 9, "英镑", "交易成功"]):
    sheet.append(row)
book.save(sys.argv[1])' "$1"
}
book "$in/账单.xlsx"
taken
is '... and corrected, are taken' "$(counts 改正.csv)$(faults 改正.csv)" 'loaded 2 0 0 '
is 'a workbook' "$(counts 账单.xlsx) $(faults 账单.xlsx)" 'loaded 2 0 2  6|币种|E2041|***
20000004|币种|E2041|***'
is '... each sheet with what stands above it' "$(sql -c "SELECT pay_no, ebc_code, order_no, charge, currency FROM hub.payment WHERE pay_no LIKE 'B%' ORDER BY 1")" \
    'B1|3508960001|LY2026B1|1000.00|142
B3|3508960002|LY2026B3|8|502'
/usr/bin/python3 -c '
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
for sheet in book:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == "英镑":
                cell.value = "人民币"
book.save(sys.argv[2])' "$out/账单.xlsx.rejects.xlsx" "$in/改正.xlsx"

# --- headers that are not as agreed ---
bill 's/交易状态/状态/; s/,日期,/,交易日期,/' >"$in/改版.csv"
bill '2d' >"$in/无账号.csv"
printf 'a,b\n1,2\n' >"$in/别的.csv"
bill 's/,/\t/g; s/#.*//' >"$work/tab.txt"
sed -n '2p' "$work/bill.txt" | iconv -f UTF-8 -t GB18030 | cat - "$work/tab.txt" >"$in/制表.txt"
taken
is 'rows of a workbook come back as one and go in again' "$(counts 改正.xlsx)$(faults 改正.xlsx)" 'loaded 2 0 0 '
is '... each below the lines of its own sheet' "$(sql -c "SELECT pay_no, ebc_code FROM hub.payment WHERE pay_no IN ('B2', 'B4') ORDER BY 1")" 'B2|3508960001
B4|3508960002'
is 'titles that were changed: each with what it may mean' "$(counts 改版.csv) $(sql -c "SELECT string_agg(r.code || ' ' || r.want, '; ' ORDER BY r.want)
    FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE b.name = '改版.csv'")" \
    'rejected 0 0 1 E3144 E3144 交易状态; E3144 日期'
is 'a label above that is not there: held' "$(counts 无账号.csv | cut -d' ' -f1-4) $(ack 无账号.csv messageEn | cut -d, -f1)" \
    'held 0 0 0 above the table there is no 账号'
is 'a header nobody knows' "$(counts 别的.csv)" 'held 0 0 0 E3141'
is 'parted by tabs' "$(counts 制表.txt | cut -d' ' -f1)" loaded

# --- a partner tries it on its own machine; a mapping that is wrong ---
bill '' >"$work/try.csv"
is 'a check by a mapping' "$(hub format check "$work/try.csv" --mapping alipay --offline 2>>"$work/landport.log" | grep 'try.csv:')" \
    'try.csv: loaded, payment, GB18030, by mapping alipay, 4 rows, 2 accepted, 0 repeated, 2 rejected, 5 errors'
"$landport" format check "$work/try.csv" --mapping "$mapping" >"$work/tried" 2>>"$work/landport.log" || :
ok '... on a machine that has no configuration, by the file' grep -q 'try.csv: loaded, payment, GB18030, by mapping .*, 4 rows, 2 accepted' "$work/tried"
hub format guide --partner LYPAY01 -o "$work/guide.html" >>"$work/run.out"
is 'the guide speaks of the columns of the bill' "$(sed -n '/id="export-alipay"/,/<\/table>/p' "$work/guide.html" |
    grep -oE '收入金额（\+元），减去 支出金额（-元）|表格上方的 账号|<code class="inline">人民币 -&gt; 142</code>|交易状态 <code class="inline">交易关闭' | sort -u)" \
    "$(printf '%s\n' '<code class="inline">人民币 -&gt; 142</code>' '交易状态 <code class="inline">交易关闭' '收入金额（+元），减去 支出金额（-元）' '表格上方的 账号' | sort -u)"
cp "$mapping" "$work/tested.conf"
sed -i 's/column note .*/column notes { from = "渠道|终端" }/' "$mapping"
is 'landport check names its line' "$(hub check --json 2>/dev/null | jq -r '.[] | select(.what == "mapping alipay") | .state + " " + .detail' | sed "s#$work/##")" \
    'wrong site/formats/mapping/alipay.conf:17: there is no column notes in feed payment; the nearest is note (备注); landport format template payment shows them'
is '... its files wait' "$(bill 's/20260301220/20260302220/' >"$in/等.csv" && answered 等.csv)" 'held 0 0 0 E1041'
sed -i 's/column notes .*//' "$mapping"
batch=$(ack 等.csv batch)
ok '... until it is right' hub batch rerun "$batch" --reason 'the mapping is corrected'
is '... and are read then' "$(answered 等.csv)" 'loaded 2 0 2 '

# --- a mapping that can be used and means something else: what it refused goes in once it is right, once ---
sed -i 's/"人民币 -> 142"/"元 -> 142"/; s/"美元 -> 502"/"刀 -> 502"/' "$mapping"
bill 's/20260301220/20260303220/; s/LY2026A/LY2026C/' | tee "$in/错.csv" >"$in/错.txt"
(cd "$in" && cp 错.csv "$work/错.csv" && zip -qm 两份.zip 错.txt && cp 错.csv 又错.csv)
taken
is 'each row is refused by what is wrong in the mapping; the same bytes are no duplicate of nothing' \
    "$(counts 错.csv)$(counts 又错.csv)" 'loaded 0 0 4 loaded 0 0 4 '
cp "$work/tested.conf" "$mapping"
batch=$(ack 错.csv batch)
is '... what can be done is said' "$(hub batch show "$batch" --json | jq -r '.actions[].command' | cut -d' ' -f3)" rerun
ok '... it is judged once more' hub batch rerun "$batch" --reason 'the mapping is corrected'
cp "$work/错.csv" "$in/再.csv"
is '... and taken' "$(answered 错.csv)" 'loaded 2 0 2 '
is '... which is the end of it' "$(hub batch rerun "$batch" --reason x >/dev/null 2>&1 || echo $?)" 1
is '... for the same bytes too' "$(counts 再.csv | cut -d' ' -f1)" duplicate
ok 'others like it, all at once' hub batch rerun --failed --partner LYPAY01 --state loaded --reason 'all of them' --yes
taken
is '... bring nothing new' "$(counts 又错.csv; sql -c "SELECT state, accepted, repeated, rejected FROM hub.batch WHERE name = '两份.zip'")" \
    'loaded 0 2 2 
loaded|0|2|2'
is '... and nothing is there twice' "$(sql -c "SELECT count(*), count(DISTINCT pay_no) FROM hub.payment WHERE pay_no LIKE '20260303%'")" "2|2"

done_testing
