#!/bin/sh
# Refused rows come back as they were sent, byte for byte: in every charset, delimiter and line end, with
# the quotes the partner wrote; what is added is in the same charset and form.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

reject_limit='100%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
in=$work/sftp/LYPAY01/in
out=$work/sftp/LYPAY01/out

ack() { # NAME ELEMENT
    xmllint --xpath "string(/ack/$2)" "$out/$1.ack.xml"
}

# record D E N CHARGE: a payment in delimiter D, with line end E inside of a quoted value, half of it
# quoted without need, blanks around some values
record() {
    printf '%s' "91350800MA36H4PB09$1\"龙岩汇通支付有限公司\"$1 P${#2}0$3 $1无$1\"\"$1" \
        "91350825MA2YT8RN1L$1\"连城 \"\"冠豸\"\" ,;|	公司\"$1LY00$3$1$4$1\"502\"$1" \
        "20260301092347$1\"第一行${2}第二行，¥ é\""
}
header() {
    printf '%s' "payCode$1\"支付企业名称\"$1payNo$1 ebpCode $1ebpName$1ebcCode$1ebcName$1orderNo$1charge$1" \
        "currency$1\"accountingDate\"$1note"
}
# as CHARSET: standard input, UTF-8, in that charset
as() {
    case $1 in
    UTF-8-BOM) cat ;;
    *) iconv -f UTF-8 -t "$1" ;;
    esac
}
mark() {
    case $1 in
    UTF-8-BOM) printf '\357\273\277' ;;
    UTF-16LE) printf '\377\376' ;;
    UTF-16BE) printf '\376\377' ;;
    esac
}
# upload CHARSET DELIMITER END NAME: five rows, of which the second and the last, which has no line end,
# are refused
upload_rows() {
    {
        header "$2" && printf '%s' "$3"
        for row in '1 10.00' '2 12x' '3 10.00' '4 10.00'; do
            record "$2" "$3" "${row% *}" "${row#* }" && printf '%s' "$3"
        done
        record "$2" "$3" 5 12x
    } | { mark "$1" && as "$1"; } >"$in/$4"
}

# bytes FILE FROM COUNT
bytes() {
    tail -c +$(($2 + 1)) "$1" | head -c "$3"
}
size() {
    wc -c <"$1"
}
# compared FILE CHARSET DELIMITER END SECOND LAST: what came back is the header, both rows as they were sent, and
# behind each the same message, whose length is what is left
compared() {
    got=$1 second=$5 last=$6
    {
        mark "$2"
        {
            header "$3" && printf '%s' "$3_line$3_column$3_code$3_message$4"
            record "$3" "$4" 2 12x && printf '%s' "$3$second$3charge$3E2005$3"
        } | as "$2"
    } >"$work/head"
    { printf '%s' "$4" && record "$3" "$4" 5 12x && printf '%s' "$3$last$3charge$3E2005$3"; } | as "$2" >"$work/middle"
    printf '%s' "$4" | as "$2" >"$work/end"
    left=$(($(size "$got") - $(size "$work/head") - $(size "$work/middle") - $(size "$work/end")))
    head=$(size "$work/head")
    middle=$(size "$work/middle")
    case $2 in UTF-8-BOM) decoded=UTF-8 ;; *) decoded=$2 ;; esac
    bytes "$got" "$head" $((left / 2)) >"$work/message"
    bytes "$got" 0 "$head" | cmp - "$work/head" &&
        bytes "$got" $((head + left / 2)) "$middle" | cmp - "$work/middle" &&
        bytes "$got" $((head + left / 2 + middle)) $((left / 2)) | cmp - "$work/message" &&
        bytes "$got" $((head + left + middle)) 99 | cmp - "$work/end" &&
        iconv -f "$decoded" -t UTF-8 "$work/message" | grep -q '应为数字.*must be a number'
}

lf='
'
cr=$(printf '\r')
tab=$(printf '\t')
each() {
    for charset in UTF-8 UTF-8-BOM GB18030 UTF-16LE UTF-16BE; do
        for form in "comma ," "tab $tab" 'semicolon ;' 'pipe |'; do
            "$1" $charset "${form%% *}" "${form#* }" lf "$lf"
            "$1" $charset "${form%% *}" "${form#* }" crlf "$cr$lf"
        done
    done
}
send() {
    upload_rows "$1" "$3" "$5" "PAYMENT_$1.$2.$4"
}
check() {
    name=PAYMENT_$1.$2.$4
    is "$name: what the ack says" "$(ack "$name" charset) $(ack "$name" delimiter) $(ack "$name" rows) $(ack "$name" rejected)" \
        "${1%-BOM} $2 5 2"
    # a value of each row goes over two lines
    ok "$name: what came back" compared "$out/$name.rejects.csv" "$1" "$3" "$5" 4 10
}
send_back() {
    cp "$out/PAYMENT_$1.$2.$4.rejects.csv" "$in/PAYMENT_$1.$2.$4.rejects.csv"
}
check_back() {
    ok "PAYMENT_$1.$2.$4: sent back, the reasons are the new ones" compared "$out/PAYMENT_$1.$2.$4.rejects.2.csv" "$1" "$3" "$5" 2 4
}
each send
is 'refused rows: 65' "$(night_status)" 65
each check
each send_back
is 'refused once more: 65' "$(night_status)" 65
each check_back

# --- a byte that is none of the charset's: where it is, and back as it came ---
printf '%s' "$lf" >"$work/eol"
{
    header , && printf '%s' "$lf" && record , "$lf" 8 10.00 && cat "$work/eol"
    { record , "$lf" 9 10.00 && cat "$work/eol"; } | LC_ALL=C sed 's/P109/P1\xff9/'
} >"$in/PAYMENT_wrong.csv"
at=$(LC_ALL=C grep -abo "$(printf 'P1\377')" "$in/PAYMENT_wrong.csv" | cut -d: -f1)
sed -i 's/charset = "auto"/charset = "utf-8"/' "$work/landport.conf"
is 'a wrong byte: 65' "$(night_status)" 65
is 'one row is refused' "$(ack PAYMENT_wrong.csv rows) $(ack PAYMENT_wrong.csv rejected)" '2 1'
is 'it is told which byte' "$(sql -c "SELECT line, column_name, r.code, r.seen, r.want FROM hub.reject r
    JOIN hub.batch b USING (batch_id) WHERE name = 'PAYMENT_wrong.csv'")" "4|payNo|E2018|byte $((at + 2))|UTF-8"
ok 'the byte comes back as it was' sh -c "LC_ALL=C grep -aq \"\$(printf 'P1\\377')\" '$out/PAYMENT_wrong.csv.rejects.csv'"

done_testing
