/* xmlr: what becomes a row, what a fault, and what ends the file; in every form and charset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "xmlr.h"

#define NS "http://www.chinaport.gov.cn/ceb"

enum { FORMS = 6 };

struct fixture {
    struct arena *a;
    struct xmlr_form forms[FORMS];
};

static struct plan *
compiled(struct arena *a, const char *folder, const char *name)
{
    struct plan *plan;
    struct err e;

    if (schema_compile(&plan, a, arena_printf(a, "formats/%s/%s.xsd", folder, name), NULL,
                       "formats/codes", &e) != RC_OK)
        fail_msg("%s", e.text);
    return plan;
}

static int
set_up(void **state)
{
    static const char *const feeds[] = {"order", "payment", "logistics"};
    struct fixture *fx = calloc(1, sizeof(*fx));

    fx->a = arena_new("xmlr_test");
    for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]); i++) {
        const struct plan *feed = compiled(fx->a, "feed", feeds[i]);

        assert_int_equal(feed->message_count, 1);
        fx->forms[2 * i] = (struct xmlr_form){feed, NULL, NULL};
        fx->forms[2 * i + 1] =
            (struct xmlr_form){feed, &feed->messages[0],
                               compiled(fx->a, "customs", feed->messages[0].format)};
    }
    *state = fx;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    arena_free(&fx->a);
    free(fx);
    return 0;
}

/* Gives at most `piece` bytes a call, and fails at fail_at if that is not 0. */
struct pieces {
    struct span text;
    size_t at, piece, fail_at;
};

static rc_t
pieces_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct pieces *s = ctx;
    size_t left = s->text.n - s->at;

    if (s->fail_at && s->at >= s->fail_at)
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "entry is cut off");
    *n = left < size ? left : size;
    *n = *n < s->piece ? *n : s->piece;
    if (*n > 0)
        memcpy(buf, s->text.p + s->at, *n);
    s->at += *n;
    return RC_OK;
}

static void
show_faults(struct buf *out, const struct xmlr_fault *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        buf_printf(out, " !%d %s@%llu(%s>%s)", (int)f[i].code, f[i].element,
                   (unsigned long long)f[i].line, f[i].seen, f[i].want);
}

/* "number@line name=value …", then the row's faults. */
static void
show_row(struct buf *out, const struct plan *feed, const struct xmlr_record *r)
{
    buf_printf(out, "%llu@%llu", (unsigned long long)r->number, (unsigned long long)r->line);
    for (uint32_t i = 0; i < r->count; i++) {
        if (!r->fields[i].p)
            continue;
        buf_printf(out, " %s=", feed->root->children[i]->name);
        buf_put(out, r->fields[i].p, r->fields[i].n);
    }
    show_faults(out, r->faults, r->fault_count);
    buf_str(out, "\n");
}

struct result {
    struct buf text;
    rc_t rc;
    enum charset charset;
    struct err e;
};

/* The form and the line of its root, a line a row, the file's faults, the end. */
static void
read_source(struct fixture *fx, struct source in, const struct xmlr_limit *limit,
            struct result *out)
{
    struct xmlr *x = NULL;
    struct xmlr_record r;
    const struct xmlr_fault *faults;
    uint32_t form = 0, n;

    *out = (struct result){0};
    assert_int_equal(xmlr_open(&x, in, fx->forms, FORMS, limit, &out->e), RC_OK);
    out->rc = xmlr_header(x, &form, &r, &out->e);
    if (out->rc == RC_OK) {
        assert_int_equal(r.count, fx->forms[form].feed->root->child_count);
        assert_string_equal(r.fields[r.count - 1].p, "note");
        buf_printf(&out->text, "%s%s@%llu\n", fx->forms[form].feed->feed,
                   fx->forms[form].message ? " message" : "", (unsigned long long)r.line);
        while ((out->rc = xmlr_next(x, &r, &out->e)) == RC_OK)
            show_row(&out->text, fx->forms[form].feed, &r);
    }
    assert_int_equal(xmlr_next(x, &r, NULL), out->rc); /* what ended stays ended */
    n = xmlr_faults(x, &faults);
    show_faults(&out->text, faults, n);
    buf_printf(&out->text, out->rc == RC_END ? ".\n" : " FAILED %d\n", (int)out->e.code);
    out->charset = xmlr_charset(x);
    xmlr_close(&x);
    assert_null(x);
}

/* Is what is read what is wanted? Says so where not. */
static bool
as_wanted(struct fixture *fx, const char *name, struct span input, size_t piece, const char *want)
{
    struct pieces from = {.text = input, .piece = piece};
    struct result got;
    bool same;

    read_source(fx, (struct source){pieces_read, &from}, NULL, &got);
    buf_put(&got.text, "", 1);
    same = strcmp(got.text.p, want) == 0;
    if (!same)
        print_error("case: %s, in pieces of %zu (%s)\n  got %s  want %s", name, piece,
                    got.rc == RC_REJECT ? got.e.text : "", got.text.p, want);
    buf_free(&got.text);
    return same;
}

struct text_case {
    const char *name;
    struct span input;
    const char *want;
};

#define IN(lit)                                                                                    \
    {                                                                                              \
        "" lit "", sizeof(lit) - 1                                                                 \
    }

/* clang-format off */
static const struct text_case own_cases[] = {
    {"flat rows", IN("<?xml version='1.0' encoding='UTF-8'?>\n<orders>\n"
        "<order><orderNo>A1</orderNo><gnum>1</gnum></order>\n"
        "<order><orderNo>A1</orderNo><gnum>2</gnum></order>\n</orders>\n"),
     "order@2\n1@3 orderNo=A1 gnum=1\n2@4 orderNo=A1 gnum=2\n.\n"},
    {"any order, any case, titles", IN("<x><payment><note>n</note><CHARGE>1.5</CHARGE><币制>142</币制></payment></x>"),
     "payment@1\n1@1 charge=1.5 currency=142 note=n\n.\n"},
    {"rows of one line keep their numbers", IN("<x><order><gnum>1</gnum></order><order><gnum>2</gnum></order></x>"),
     "order@1\n1@1 gnum=1\n2@1 gnum=2\n.\n"},
    {"prefix and namespace do not matter", IN("<a:x xmlns:a='urn:a'><a:order><a:gnum>1</a:gnum></a:order></a:x>"),
     "order@1\n1@1 gnum=1\n.\n"},
    {"absent and empty", IN("<x><order><orderNo/><ebcCode></ebcCode></order><order/></x>"),
     "order@1\n1@1 ebcCode= orderNo=\n2@1\n.\n"},
    {"text as it stands", IN("<x><order><note> a\n b&lt;&#x4e2d;&amp;<![CDATA[<c>]]>d<!-- no --><?no no?>e </note></order></x>"),
     "order@1\n1@1 note= a\n b<中&<c>de \n.\n"},
    {"tag over several lines", IN("<x\n>\n<order\n  a='1'\n  b='>'\n><gnum>1</gnum></order></x>"),
     "order@1\n1@3 gnum=1\n.\n"},
    {"comments before the root", IN("<!-- a\nb --><?p i?>\n<x><order/></x><!-- c -->\n<?p?>\n"), "order@3\n1@3\n.\n"},
    {"_ is ignored", IN("<x><order><_our><a>1</a></_our><gnum>1</gnum></order></x>"), "order@1\n1@1 gnum=1\n.\n"},
    {"unknown columns, each once", IN("<x>\n<order><foo>1</foo><gnum>1</gnum></order>\n<order><foo/>\n<bar><gnum>9</gnum></bar></order></x>"),
     "order@1\n1@2 gnum=1\n2@3\n !3007 foo@2(foo>) !3007 bar@4(bar>).\n"},
    {"another row's name", IN("<x><order/><payment/><order/></x>"), "order@1\n1@1\n2@1\n !3007 payment@1(payment>).\n"},
    {"column twice", IN("<x><order><gnum>1</gnum>\n<GNUM>2</GNUM></order><order><gnum>3</gnum></order></x>"),
     "order@1\n1@1 gnum=1 !3006 gnum@2(>)\n2@2 gnum=3\n.\n"},
    {"element in a value", IN("<x><order><note>a<b>c<d/></b>e</note></order></x>"),
     "order@1\n1@1 note=ae !3026 note@1(><b>)\n.\n"},
    {"text between columns", IN("<x><order>\n lost <gnum>1</gnum> more</order></x>"),
     "order@1\n1@1 gnum=1 !3026 order@2(lost>text())\n.\n"},
    {"text between rows", IN("<x>a<order/>b</x>"), "order@1\n1@1\n !3026 @1(a>text()).\n"},
    {"no rows", IN("<orders/>"), ".\n"},
    {"no feed", IN("<x>\n<invoice/></x>"), " !3010 @2(neither a message nor a row of a feed: invoice>) FAILED 3010\n"},
    {"unknown message", IN("<CEB304Message xmlns='" NS "'><OrderReturn/></CEB304Message>"),
     " !3010 @1(neither a message nor a row of a feed: OrderReturn>) FAILED 3010\n"},
    {"message of another namespace", IN("<CEB303Message xmlns='urn:x'><Order/></CEB303Message>"),
     " !3010 @1(neither a message nor a row of a feed: Order>) FAILED 3010\n"},
};

#define HEAD_VALUES \
    "<guid>00000000-0000-4000-8000-000000000001</guid><appType>1</appType><appTime>20261124010203</appTime>" \
    "<appStatus>2</appStatus><orderType>E</orderType><orderNo>A1</orderNo><ebpCode>P</ebpCode><ebpName>PN</ebpName>" \
    "<ebcCode>C</ebcCode><ebcName>CN</ebcName><goodsValue>3</goodsValue><freight>0</freight><currency>142</currency>"
#define LINE_VALUES(n, more) \
    "<gnum>" #n "</gnum><itemNo>I" #n "</itemNo><itemName>T</itemName><unit>007</unit><currency>142</currency>" \
    "<qty>1</qty><price>1</price><totalPrice>1</totalPrice>" more
#define TRANSFER "<BaseTransfer><copCode>C</copCode><copName>N</copName><dxpMode>DXP</dxpMode><dxpId>D</dxpId></BaseTransfer>\n"
#define HEAD_SHOWN "appType=1 ebpCode=P ebpName=PN ebcCode=C ebcName=CN orderNo=A1 orderType=E goodsValue=3 freight=0 currency=142 "
#define LINE_SHOWN(n) "gnum=" #n " itemNo=I" #n " itemName=T unit=007 qty=1 price=1 totalPrice=1"
#define MESSAGE(inside) IN("<CEB303Message xmlns='" NS "' guid='g' version='1.0'>\n" inside "</CEB303Message>")

static const struct text_case message_cases[] = {
    {"head on each line", MESSAGE("<Order>\n<OrderHead>" HEAD_VALUES "<note>head</note></OrderHead>\n"
        "<OrderList>" LINE_VALUES(1, "<note>line</note>") "</OrderList>\n<OrderList>" LINE_VALUES(2, "") "</OrderList>\n</Order>\n" TRANSFER),
     "order message@1\n1@4 " HEAD_SHOWN LINE_SHOWN(1) " note=head\n2@5 " HEAD_SHOWN LINE_SHOWN(2) " note=head\n.\n"},
    {"heads do not mix", MESSAGE("<Order><OrderHead>" HEAD_VALUES "<note>n</note></OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order>\n"
        "<Order><OrderHead>" HEAD_VALUES "</OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order>\n" TRANSFER),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) " note=n\n2@3 " HEAD_SHOWN LINE_SHOWN(1) "\n.\n"},
    {"signature and subscription are passed over", MESSAGE("<Order><OrderHead>" HEAD_VALUES "</OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order>" TRANSFER
        "<BaseSubscribe><status>ALL</status><dxpMode>DXP</dxpMode><dxpAddress>A</dxpAddress></BaseSubscribe>"
        "<s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'><s:SignedInfo>x</s:SignedInfo></s:Signature>"
        "<ExtendMessage><name>n</name><version>1</version><Message><any><thing>x</thing></any></Message></ExtendMessage>"),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) "\n.\n"},
    {"no line", MESSAGE("<Order>\n<OrderHead>" HEAD_VALUES "</OrderHead>\n</Order>" TRANSFER),
     "order message@1\n1@2 appType=1 ebpCode=P ebpName=PN ebcCode=C ebcName=CN orderNo=A1 orderType=E goodsValue=3 freight=0 currency=142"
     " !3023 OrderList@4(>OrderList)\n.\n"},
    {"no head", MESSAGE("<Order>\n<OrderList>" LINE_VALUES(1, "") "</OrderList></Order>" TRANSFER),
     "order message@1\n1@3 currency=142 " LINE_SHOWN(1) " !3023 OrderHead@3(>OrderHead)\n.\n"},
    {"head after its lines", MESSAGE("<Order><OrderList>" LINE_VALUES(1, "") "</OrderList><OrderHead>" HEAD_VALUES "</OrderHead></Order>" TRANSFER),
     "order message@1\n1@2 currency=142 " LINE_SHOWN(1) " !3023 OrderHead@2(>OrderHead) !3025 OrderHead@2(>OrderList)\n.\n"},
    {"two heads", MESSAGE("<Order><OrderHead>" HEAD_VALUES "</OrderHead><OrderHead>" HEAD_VALUES "</OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order>" TRANSFER),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) " !3024 OrderHead@2(>1)\n.\n"},
    {"fault after the last line", MESSAGE("<Order><OrderHead>" HEAD_VALUES "</OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList><OrderList>" LINE_VALUES(2, "") "</OrderList>\nx</Order>" TRANSFER),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) "\n2@2 " HEAD_SHOWN LINE_SHOWN(2) " !3026 Order@3(x>text())\n.\n"},
    {"what goes into no column is checked", MESSAGE("<Order><OrderHead>\n<guid>short</guid><appType>7</appType><appTime>2026</appTime><appStatus/>"
        "<orderNo>A1</orderNo></OrderHead><OrderList><gnum>1</gnum></OrderList></Order>" TRANSFER),
     "order message@1\n1@3 appType=7 orderNo=A1 gnum=1 !2002 guid@3(short>36) !2002 appTime@3(2026>14)\n.\n"},
    {"head and line differ", MESSAGE("<Order><OrderHead>" HEAD_VALUES "</OrderHead><OrderList><gnum>1</gnum><currency>502</currency></OrderList>"
        "<OrderList><gnum>2</gnum><currency> </currency></OrderList></Order>" TRANSFER),
     "order message@1\n1@2 appType=1 ebpCode=P ebpName=PN ebcCode=C ebcName=CN orderNo=A1 orderType=E goodsValue=3 freight=0 currency=502 gnum=1 !2017 currency@2(502>142)\n"
     "2@2 " HEAD_SHOWN "gnum=2\n.\n"},
    {"missing and misplaced", MESSAGE("<Order><OrderHead><appType>1</appType><guid>00000000-0000-4000-8000-000000000001</guid>"
        "</OrderHead><OrderList><gnum>1</gnum><gnum>2</gnum></OrderList></Order>" TRANSFER),
     "order message@1\n1@2 appType=1 gnum=1 !3023 guid@2(>guid) !3025 guid@2(>appType) !3023 appTime@2(>appTime) !3023 appStatus@2(>appStatus) !3024 gnum@2(>1)\n.\n"},
    {"unknown in head", MESSAGE("<Order><OrderHead>" HEAD_VALUES "<Note>n</Note></OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order>" TRANSFER),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) "\n !3007 Note@2(Note>).\n"},
    {"another namespace in a head", MESSAGE("<Order><OrderHead><x:guid xmlns:x='urn:x'/>" HEAD_VALUES "</OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order>" TRANSFER),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) "\n !3007 guid@2(guid>).\n"},
    {"misspelt document", MESSAGE("<Order><OrderHead>" HEAD_VALUES "</OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order><Oder/>\n" TRANSFER),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) "\n !3007 Oder@2(Oder>).\n"},
    {"no transfer", MESSAGE("<Order><OrderHead>" HEAD_VALUES "</OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order>"),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) "\n !3023 BaseTransfer@2(>BaseTransfer).\n"},
    {"bad transfer", MESSAGE("<Order><OrderHead>" HEAD_VALUES "</OrderHead><OrderList>" LINE_VALUES(1, "") "</OrderList></Order>"
        "<BaseTransfer><copCode/><dxpMode>DX</dxpMode><dxpId>D</dxpId></BaseTransfer>"),
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) "\n !2003 copCode@2(>1) !3023 copName@2(>copName) !2002 dxpMode@2(DX>3).\n"},
};

static const struct text_case broken_cases[] = {
    {"empty file", IN(""), " !3008 @1(the file is empty>) FAILED 3008\n"},
    {"blank file", IN(" \n "), " !3021 @1(Extra content at the end of the document>) FAILED 3021\n"},
    {"cut off", IN("<x>\n<order><gnum>1</gnum></order>\n<order><gnum>2"), "order@1\n1@2 gnum=1\n"
     " !3021 @3(the file ends before its root element does>) FAILED 3021\n"},
    {"wrong end tag", IN("<x>\n<order><gnum>1</gnum></order>\n<order><gnum>2</qnum></order></x>"), "order@1\n1@2 gnum=1\n"
     " !3021 @3(Opening and ending tag mismatch: gnum line 3 and qnum>) FAILED 3021\n"},
    {"bare ampersand", IN("<x><order><note>a & b</note></order></x>"), "order@1\n !3021 @1(xmlParseEntityRef: no name>) FAILED 3021\n"},
    {"unknown entity", IN("<x><order><note>&nbsp;</note></order></x>"), "order@1\n !3021 @1(Entity 'nbsp' not defined>) FAILED 3021\n"},
    {"unbound prefix", IN("<a:x><order/></a:x>"), " !3021 @1(Namespace prefix a on x is not defined>) FAILED 3021\n"},
    {"junk after the root", IN("<x><order/></x>\n<x/>"), "order@1\n1@1\n !3021 @2(Extra content at the end of the document>) FAILED 3021\n"},
    {"control character", IN("<x><order><note>\x01</note></order></x>"), NULL},
    {"NUL", IN("<x><order><note>a\0b</note></order></x>"), NULL},
    {"not UTF-8", IN("<x>\n<order><note>\xB6\xA9</note></order></x>"), "order@1\n !2018 @2(Input is not proper UTF-8, indicate encoding !>UTF-8) FAILED 2018\n"},
    {"unknown charset", IN("<?xml version='1.0' encoding='klingon'?><x/>"), " !3009 @1(Unsupported encoding klingon>UTF-8, UTF-16, GB18030) FAILED 3009\n"},
    {"not GB18030", IN("<?xml version='1.0' encoding='GBK'?>\n<x>\n<order><note>\xB6\xFF</note></order></x>"),
     " !2018 @3(byte 54 of the file is not GB18030>GB18030) FAILED 2018\n"},
    {"UTF-8 declared as GBK", IN("<?xml version='1.0' encoding='GBK'?><x><order><note>\xE8\xAE\xA2</note></order></x>"),
     " !2018 @1(byte 54 of the file is not GB18030>GB18030) FAILED 2018\n"},
    {"document type", IN("<?xml version='1.0'?>\n<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x><order><note>&e;</note></order></x>"),
     " !3022 @2(document type declarations are not accepted: x>) FAILED 3022\n"},
    {"document type elsewhere", IN("<!DOCTYPE x SYSTEM 'http://127.0.0.1/x.dtd'><x><order/></x>"),
     " !3022 @1(document type declarations are not accepted: x>) FAILED 3022\n"},
    {"billion laughs", IN("<!DOCTYPE x [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]><x><order><note>&c;</note></order></x>"),
     " !3022 @1(document type declarations are not accepted: x>) FAILED 3022\n"},
    {"entity in an attribute", IN("<x a='&e;'><order/></x>"), " !3021 @1(Entity 'e' not defined>) FAILED 3021\n"},
};
/* clang-format on */

static void
run_cases(struct fixture *fx, const struct text_case *cases, size_t n)
{
    static const size_t sizes[] = {1, 7, 100000};
    bool good = true;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; cases[i].want && k < sizeof(sizes) / sizeof(sizes[0]); k++)
            good &= as_wanted(fx, cases[i].name, cases[i].input, sizes[k], cases[i].want);
    assert_true(good);
}

#define RUN(fx, cases) run_cases(fx, cases, sizeof(cases) / sizeof(cases[0]))

static void
own_format_gives_rows(void **state)
{
    RUN(*state, own_cases);
}

static void
messages_are_held_to_their_format(void **state)
{
    RUN(*state, message_cases);
}

static void
broken_files_are_refused_with_their_line(void **state)
{
    RUN(*state, broken_cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_format_gives_rows),
        cmocka_unit_test(messages_are_held_to_their_format),
        cmocka_unit_test(broken_files_are_refused_with_their_line),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
