# receipts.sh - for tests that answer as an agency would; after lib.sh, with a hub whose first night is over.
#
#   use N                   the columns of the nth declared trade: $ebp $ebc $order $pay_no $carrier $waybill $cop
#   message KIND BODY       a receipt message into the agency's in/;  tags NAME=VALUE… gives elements
#   state KIND              of the document of that kind of the trade at hand, and when it was said
#   taken                   what lies in in/ is read; $result is how that ended, $last the batch before
#
# shellcheck shell=sh disable=SC2034,SC2154
in=$work/sftp/customs/in
ns='xmlns:ceb="http://www.chinaport.gov.cn/ceb"'
nth=0
# message KIND BODY: a receipt message into the agency's in/
message() {
    nth=$((nth + 1))
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<ceb:%sMessage %s guid="00000000-0000-0000-0000-%012d" version="1.0">%s</ceb:%sMessage>\n' \
        "$1" "$ns" "$nth" "$2" "$1" >"$in/R$nth.xml"
}
# tags NAME=VALUE…: elements
tags() {
    for pair; do printf '<ceb:%s>%s</ceb:%s>' "${pair%%=*}" "${pair#*=}" "${pair%%=*}"; done
}
trade() {
    sql -F ' ' -c "SELECT o.ebp_code, o.ebc_code, o.order_no, p.pay_no, w.logistics_code, w.logistics_no,
                left(upper(replace(d.guid::text, '-', '')), 30)
         FROM hub.document d JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
         JOIN LATERAL (SELECT pay_no FROM hub.payment p WHERE p.subject_hash = d.subject_hash AND p.current ORDER BY part_key LIMIT 1) p ON true
         JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.current
         WHERE d.kind = 'CEB603' ORDER BY d.doc_no LIMIT 1 OFFSET $1"
}
use() {
    trade "$1" >"$work/trade"
    read -r ebp ebc order pay_no carrier waybill cop <"$work/trade"
}
# state KIND: of the document of that kind of the trade at hand
state() {
    sql -c "SELECT coalesce(d.state, '-') || coalesce(' ' || d.state_at, '') FROM hub.document d
            JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
            WHERE d.kind = '$1' AND o.order_no = '$order' ORDER BY d.bundle_id DESC, d.doc_no LIMIT 1"
}
# taken: what lies in in/ is read; $result is how that ended
taken() {
    last=$(sql -c 'SELECT coalesce(max(batch_id), 0) FROM hub.batch')
    result=0
    hub run pickup ingest >>"$work/run.out" 2>>"$work/landport.log" || result=$?
}
