/* xmlr: what becomes a row, what a fault, and what ends the file; in every form and charset. */
#define _GNU_SOURCE /* memmem */
#include <iconv.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/read/xml_in.h"
#include "formats/read/xmlr.h"

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
    static const char *const feeds[][2] = {
        {"order",     "ceb303"},
        {"payment",   "ceb403"},
        {"logistics", "ceb505"}
    };
    struct fixture *fx = calloc(1, sizeof(*fx));

    fx->a = arena_new("xmlr_test");
    for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]); i++) {
        struct plan *feed = compiled(fx->a, "feed", feeds[i][0]),
                    *format = compiled(fx->a, "customs", feeds[i][1]);
        struct err e;

        assert_int_equal(schema_take(feed, fx->a, feeds[i][1], format, &e), RC_OK);
        assert_int_equal(feed->message_count, 1);
        fx->forms[2 * i] = (struct xmlr_form){feed, NULL, NULL};
        fx->forms[2 * i + 1] = (struct xmlr_form){feed, &feed->messages[0], format};
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
     "order@1\n1@2 gnum=1\n2@3\n !3007 foo@2(foo>) !3082 bar@4(bar>barCode (条形码)).\n"},
    {"another row's name", IN("<x><order/><payment/><order/></x>"), "order@1\n1@1\n2@1\n !3007 payment@1(payment>).\n"},
    {"column twice", IN("<x><order><gnum>1</gnum>\n<GNUM>2</GNUM></order><order><gnum>3</gnum></order></x>"),
     "order@1\n1@1 gnum=1 !3006 gnum@2(>)\n2@2 gnum=3\n.\n"},
    {"element in a value", IN("<x><order><note>a<b>c<d/></b>e</note></order></x>"),
     "order@1\n1@1 note=ae !3026 note@1(><b>)\n.\n"},
    {"text between columns", IN("<x><order>\n lost <gnum>1</gnum> more</order></x>"),
     "order@1\n1@1 gnum=1 !3026 order@2(>text())\n.\n"},
    {"text between rows", IN("<x>a<order/>b</x>"), "order@1\n1@1\n !3026 @1(>text()).\n"},
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
     "order message@1\n1@2 " HEAD_SHOWN LINE_SHOWN(1) "\n2@2 " HEAD_SHOWN LINE_SHOWN(2) " !3026 Order@3(>text())\n.\n"},
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
    {"blank file", IN(" \n "), " !3021 @1(something stands behind the root element>) FAILED 3021\n"},
    {"cut off", IN("<x>\n<order><gnum>1</gnum></order>\n<order><gnum>2"), "order@1\n1@2 gnum=1\n"
     " !3021 @3(the file ends before its root element does>) FAILED 3021\n"},
    {"wrong end tag", IN("<x>\n<order><gnum>1</gnum></order>\n<order><gnum>2</qnum></order></x>"), "order@1\n1@2 gnum=1\n"
     " !3021 @3(a tag is closed by another name, opened in line 3>) FAILED 3021\n"},
    {"bare ampersand", IN("<x><order><note>a & b</note></order></x>"), "order@1\n !3021 @1(a < or & that begins nothing; write &lt; or &amp;>) FAILED 3021\n"},
    {"unknown entity", IN("<x><order><note>&nbsp;</note></order></x>"), "order@1\n !3021 @1(an entity that XML does not have>) FAILED 3021\n"},
    {"unbound prefix", IN("<a:x><order/></a:x>"), " !3021 @1(a prefix that is not declared>) FAILED 3021\n"},
    {"junk after the root", IN("<x><order/></x>\n<x/>"), "order@1\n1@1\n !3021 @2(something stands behind the root element>) FAILED 3021\n"},
    {"control character", IN("<x><order><note>\x01</note></order></x>"), NULL},
    {"NUL", IN("<x><order><note>a\0b</note></order></x>"), NULL},
    {"not UTF-8", IN("<x>\n<order><note>\xB6\xA9</note></order></x>"), "order@1\n !2018 @2(bytes that are not UTF-8>UTF-8) FAILED 2018\n"},
    {"unknown charset", IN("<?xml version='1.0' encoding='klingon'?><x/>"), " !3009 @1(its encoding is klingon>UTF-8, UTF-16, GB18030) FAILED 3009\n"},
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
    {"entity in an attribute", IN("<x a='&e;'><order/></x>"), " !3021 @1(an entity that XML does not have>) FAILED 3021\n"},
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

/* Real documents: the golden ones of the writer. */

static struct span
golden(struct arena *a, const char *message)
{
    FILE *f = fopen(arena_printf(a, "tests/golden/%s/want.xml", message), "rb");
    char *text = arena_alloc(a, 65536);
    size_t n;

    assert_non_null(f);
    n = fread(text, 1, 65536, f);
    assert_true(n > 0 && n < 65536);
    fclose(f);
    return (struct span){text, n};
}

static void
replace(struct buf *out, struct span text, const char *what, const char *with)
{
    const char *p = text.p, *end = text.p + text.n, *hit;

    while ((hit = memmem(p, (size_t)(end - p), what, strlen(what)))) {
        buf_put(out, p, (size_t)(hit - p));
        buf_str(out, with);
        p = hit + strlen(what);
    }
    buf_put(out, p, (size_t)(end - p));
}

/* What a text says, as a C string to be freed. */
static char *
read_text(struct fixture *fx, struct span text, enum charset *charset)
{
    struct pieces from = {.text = text, .piece = 100};
    struct result got;

    read_source(fx, (struct source){pieces_read, &from}, NULL, &got);
    buf_put(&got.text, "", 1);
    if (got.rc != RC_END)
        fail_msg("%s", got.e.text);
    if (charset)
        *charset = got.charset;
    return got.text.p;
}

static const struct {
    const char *message, *rows, *holds[4];
} documents[] = {
    {"ceb303",
     "order message@2\n1@5 ",     {" note=第一行\n第二行\r\n“完”\n2@5 ", " ebcName=龙岩<闽西>茶叶 & 竹器有限公司 ",
      "\n3@6 appType=1 ebpCode=无 ",
      " gnum=1 itemNo=𠮷-1 itemName=样品 unit=007 qty=1 price=0.00001"}             },
    {"ceb403",
     "payment message@2\n1@3 ",   {" payNo=2026112322001 ", "\n2@4 appType=1 payName=现金支付 ebpCode=无 ",
      " charge=0.00001 currency=142 accountingDate=20261123235959 note=<现金>\n.\n"}},
    {"ceb505",
     "logistics message@2\n1@3 ", {" logisticsName=闽西国际物流有限公司 logisticsNo=MX2026112300001 ebcCode=",
      " grossWeight=1.25 packNo=1 goodsInfo=茶叶 铁观音 250g\n2@4 "}           },
};

static void
namespaces_are_known_by_name_whatever_the_prefix(void **state)
{
    static const char *const ways[][2] = {
        {"",        " xmlns=\"" NS "\""                         },
        {"x.-_:",   " xmlns:x.-_=\"" NS "\" xmlns=\"urn:other\""},
        {"海关:", " xmlns:海关=\"" NS "\""                  },
        {"",        ""                                          },
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        struct span text = golden(fx->a, documents[i].message);
        char *want = read_text(fx, text, NULL);

        assert_memory_equal(want, documents[i].rows, strlen(documents[i].rows));
        for (size_t k = 0; k < 4 && documents[i].holds[k]; k++)
            if (!strstr(want, documents[i].holds[k]))
                fail_msg("%s without %s: %s", documents[i].message, documents[i].holds[k], want);
        for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
            struct buf bare = {0}, other = {0};
            char *got;

            replace(&bare, text, " xmlns:ceb=\"" NS "\"", ways[k][1]);
            replace(&other, (struct span){bare.p, bare.n}, "ceb:", ways[k][0]);
            got = read_text(fx, (struct span){other.p, other.n}, NULL);
            assert_string_equal(got, want);
            free(got);
            buf_free(&bare);
            buf_free(&other);
        }
        free(want);
    }
}

static void
convert(struct buf *out, struct span text, const char *charset)
{
    iconv_t cd = iconv_open(charset, "UTF-8");
    size_t left = text.n, room = text.n * 4;
    char *from = (char *)(uintptr_t)text.p, *to;

    assert_true(cd != (iconv_t)-1);
    buf_reserve(out, room);
    to = out->p + out->n;
    assert_int_equal(iconv(cd, &from, &left, &to, &room), 0);
    out->n = (size_t)(to - out->p);
    iconv_close(cd);
}

/* clang-format off */
static const struct charset_case {
    const char *name, *bom, *declared, *is; /* declared NULL: no declaration */
    enum charset charset;
} charset_cases[] = {
    {"UTF-8",                     "",             "UTF-8",   "UTF-8",    CHARSET_UTF8   },
    {"UTF-8 undeclared",          "",             NULL,      "UTF-8",    CHARSET_UTF8   },
    {"UTF-8 with BOM",            "\xEF\xBB\xBF", "utf-8",   "UTF-8",    CHARSET_UTF8   },
    {"UTF-16 little",             "\xFF\xFE",     "UTF-16",  "UTF-16LE", CHARSET_UTF8   },
    {"UTF-16 big",                "\xFE\xFF",     "UTF-16",  "UTF-16BE", CHARSET_UTF8   },
    {"UTF-16 undeclared",         "\xFF\xFE",     NULL,      "UTF-16LE", CHARSET_UTF8   },
    {"GB18030",                   "",             "GB18030", "GB18030",  CHARSET_GB18030},
    {"GBK with more than GBK",    "",             "gbk",     "GB18030",  CHARSET_GB18030},
    {"GB2312 with more than that","",             "GB2312",  "GB18030",  CHARSET_GB18030},
    {"in small letters",          "",             "gb2312",  "GB18030",  CHARSET_GB18030},
    {"CP936",                     "",             "CP936",   "GB18030",  CHARSET_GB18030},
};
/* clang-format on */

static void
charsets_give_the_same_rows(void **state)
{
    struct fixture *fx = *state;
    struct span text = golden(fx->a, "ceb303"); /* has a character beyond the BMP */
    struct span body = {strchr(text.p, '\n'), 0};
    char *want = read_text(fx, text, NULL);

    body.n = (size_t)(text.p + text.n - body.p);
    for (size_t i = 0; i < sizeof(charset_cases) / sizeof(charset_cases[0]); i++) {
        const struct charset_case *row = &charset_cases[i];
        struct buf plain = {0}, made = {0};
        enum charset charset;
        char *got;

        if (row->declared)
            buf_printf(&plain, "<?xml version=\"1.0\" encoding=\"%s\"?>", row->declared);
        buf_put(&plain, body.p + !row->declared, body.n - !row->declared);
        buf_str(&made, row->bom);
        convert(&made, (struct span){plain.p, plain.n}, row->is);
        assert_true(xmlr_is_xml((struct span){made.p, made.n}));
        got = read_text(fx, (struct span){made.p, made.n}, &charset);
        if (row->declared && strcmp(got, want) != 0)
            fail_msg("%s: got %s want %s", row->name, got, want);
        if (!row->declared) /* one line less */
            assert_memory_equal(got, "order message@1\n1@4 ", 20);
        assert_int_equal(charset, row->charset);
        free(got);
        buf_free(&plain);
        buf_free(&made);
    }
    free(want);
}

static void
what_begins_like_xml_is_xml(void **state)
{
    static const struct {
        struct span start;
        bool is;
    } rows[] = {
        {IN("<?xml"),           true },
        {IN("\xEF\xBB\xBF<a>"), true },
        {IN("\n <orders>"),     true },
        {IN("orderNo,<a>"),     false},
        {IN("\xFF\xFE<\0"),     true },
        {IN("\xFE\xFF\0<"),     true },
        {IN("\xFF\xFEo\0r\0"),  false},
        {IN(""),                false},
        {IN("<"),               false},
        {IN("\xEF\xBB\xBF\"<"), false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(xmlr_is_xml(rows[i].start), rows[i].is);
}

static void
charsets_nobody_may_convert_are_foreign(void **state)
{
    static const struct {
        struct span start;
        const char *name;
    } rows[] = {
        {IN("<?xml version='1.0' encoding='Big5'?><a/>"),                            "Big5"     },
        {IN("<?xml version=\"1.0\" encoding = \"Shift_JIS\"?><a/>"),                 "Shift_JIS"},
        {IN("\xEF\xBB\xBF<?xml version='1.0' encoding='x'?>"),                       "x"        },
        {IN("\xFF\xFE<\0?\0x\0m\0l\0 \0e\0n\0c\0o\0d\0i\0n\0g\0=\0'\0y\0'\0?\0>\0"), "y"        },
        {IN("\0\0\0<"),                                                              "UCS-4"    },
        {IN("\x4C\x6F\xA7\x94"),                                                     "EBCDIC"   },
        {IN("<?xml version='1.0' encoding='gb2312'?>"),                              NULL       },
        {IN("<?xml version='1.0' encoding='Gb18030'?>"),                             NULL       },
        {IN("<?xml version='1.0'?><a encoding='Big5'/>"),                            NULL       },
        {IN("<a>encoding='Big5'</a>"),                                               NULL       },
        {IN("<?xml version='1.0' encoding='Big5"),                                   NULL       },
        {IN(""),                                                                     NULL       },
    };
    char name[24];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(xml_in_is_foreign(rows[i].start, name), rows[i].name != NULL);
        if (rows[i].name)
            assert_string_equal(name, rows[i].name);
    }
}

/* Large files. */

/* begin, then `times` the middle, then the end; a %u in the middle becomes its number from 1. */
struct long_file {
    const char *begin, *middle, *end;
    uint64_t times, at; /* at 0: begin; then 1…times; then the end */
    struct buf left;    /* of the part at hand */
    size_t given;
};

static bool
long_part(struct long_file *f)
{
    const char *hit = strstr(f->middle, "%u");

    f->left.n = f->given = 0;
    if (f->at == 0 || f->at > f->times) {
        buf_str(&f->left, f->at == 0 ? f->begin : f->end);
        return f->at++ <= f->times + 1;
    }
    for (; f->at <= f->times && f->left.n < 60000; f->at++) {
        buf_put(&f->left, f->middle, hit ? (size_t)(hit - f->middle) : strlen(f->middle));
        if (hit)
            buf_printf(&f->left, "%llu%s", (unsigned long long)f->at, hit + 2);
    }
    return true;
}

static rc_t
long_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct long_file *f = ctx;

    (void)e;
    while (f->given == f->left.n)
        if (!long_part(f)) {
            f->left.n = f->given = *n = 0;
            return RC_OK;
        }
    *n = f->left.n - f->given < size ? f->left.n - f->given : size;
    memcpy(buf, f->left.p + f->given, *n);
    f->given += *n;
    return RC_OK;
}

static void
lines_beyond_65535_are_right(void **state)
{
    struct long_file file = {
        "<x>\n", "<order>\n<gnum>%u</gnum>\n</order>\n", "<order></x>", 40000, 0, {0}, 0};
    struct fixture *fx = *state;
    struct xmlr_record r;
    struct xmlr *x;
    struct err e;
    char number[16];
    rc_t rc;

    assert_int_equal(xmlr_open(&x, (struct source){long_read, &file}, fx->forms, FORMS, NULL, &e),
                     RC_OK);
    for (uint64_t i = 1; i <= 40000; i++) {
        assert_int_equal(xmlr_next(x, &r, &e), RC_OK);
        assert_int_equal(r.number, i);
        assert_int_equal(r.line, 3 * i - 1);
        snprintf(number, sizeof(number), "%llu", (unsigned long long)i);
        for (uint32_t k = 0; k < r.count; k++)
            if (r.fields[k].p)
                assert_true(span_is(r.fields[k], number));
    }
    rc = xmlr_next(x, &r, &e);
    assert_int_equal(rc, RC_REJECT);
    assert_memory_equal(e.text, "line 120002, column 12: ", 24);
    xmlr_close(&x);
    buf_free(&file.left);
}

/* KiB a file may cost; with sanitizers, which keep what was freed, that says nothing. */
#ifdef __SANITIZE_ADDRESS__
#define MORE_MAX LONG_MAX
#else
#define MORE_MAX (16 * 1024)
#endif

static long
peak(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

static const struct large_case {
    const char *name, *begin, *middle, *end;
    uint64_t times;
    rc_t rc;
    err_code_t code;
    const char *text; /* of the error, or of the only row's faults */
} large_cases[] = {
    {"value of 100 MB",       "<x><order><note>",          "0123456789 123456789\n",                       "</note></order></x>",
     5000000,                                                                                                                              RC_END,    ERR_NONE,    " !3003 note@1(>1048576)"                           },
    {"CDATA of 100 MB",       "<x><order><note><![CDATA[", "0123456789 123456789\n",
     "]]></note></order></x>",                                                                                                    5000000, RC_REJECT, ERR_TOO_BIG,
     "a tag, comment or CDATA of more than 1048576 bytes"                                                                                                                                                              },
    {"CDATA of 1 MB",         "<x><order><note><![CDATA[", "0123456789 123456789\n",
     "]]></note></order></x>",                                                                                                    49000,   RC_END,    ERR_NONE,    ""                                                  },
    {"value of references",   "<x><order><note>",          "&#65;&amp;",                                   "</note></order></x>", 1000000,
     RC_END,                                                                                                                                          ERR_NONE,    " !3003 note@1(>1048576)"                           },
    {"blanks of 100 MB",      "<x><order>",                "                    \n",                       "</order></x>",        5000000, RC_END,
     ERR_NONE,                                                                                                                                                     ""                                                  },
    {"unknown of 100 MB",     "<x><order><y>",             "0123456789<z/>123456789\n",                    "</y></order></x>",    4000000,
     RC_END,                                                                                                                                          ERR_NONE,    ""                                                  },
    {"comment of 100 MB",     "<x><order><!--",            "0123456789 123456789\n",                       "--></order></x>",     5000000,
     RC_REJECT,                                                                                                                                       ERR_TOO_BIG, "a tag, comment or CDATA of more than 1048576 bytes"},
    {"attribute of 100 MB",   "<x><order a='",             "0123456789 123456789\n",                       "'/></x>",             5000000,
     RC_REJECT,                                                                                                                                       ERR_TOO_BIG, "a tag, comment or CDATA of more than 1048576 bytes"},
    {"name of 100 MB",        "<x><order><a",              "01234567890123456789",                         "/></order></x>",      5000000, RC_REJECT,
     ERR_TOO_BIG,                                                                                                                                                  "a tag, comment or CDATA of more than 1048576 bytes"},
    {"deep",                  "<x><order>",                "<a>",                                          "",                    5000000, RC_REJECT, ERR_TOO_BIG,
     "elements lie deeper than 32"                                                                                                                                                                                     },
    {"many names",            "<x><order>",                "<a%u/>",                                       "</order></x>",        5000000, RC_REJECT, ERR_TOO_BIG,
     "more than 2000 different names"                                                                                                                                                                                  },
    {"many attributes",       "<x><order>",                "<a a%u='1'/>",                                 "</order></x>",        5000000, RC_REJECT,
     ERR_TOO_BIG,                                                                                                                                                  "more than 2000 different names"                    },
    {"many namespaces",       "<x><order>",                "<a xmlns='urn:%u'/>",                          "</order></x>",        5000000, RC_REJECT,
     ERR_TOO_BIG,                                                                                                                                                  "more than 2000 different names"                    },
    {"the same thrice a row", "<x>",                       "<order><gnum>%u</gnum><gnum/><gnum/></order>", "</x>",                200000,
     RC_END,                                                                                                                                          ERR_NONE,    NULL                                                },
};

static void
large_files_do_not_grow_the_process(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(large_cases) / sizeof(large_cases[0]); i++) {
        const struct large_case *c = &large_cases[i];
        struct long_file file = {c->begin, c->middle, c->end, c->times, 0, {0}, 0};
        struct buf faults = {0};
        struct xmlr_record r;
        struct xmlr *x;
        struct err e = {0};
        const long before = peak();
        rc_t rc;

        assert_int_equal(
            xmlr_open(&x, (struct source){long_read, &file}, fx->forms, FORMS, NULL, &e), RC_OK);
        while ((rc = xmlr_next(x, &r, &e)) == RC_OK)
            if (c->text)
                show_faults(&faults, r.faults, r.fault_count);
        buf_put(&faults, "", 1);
        if (rc != c->rc || (rc == RC_REJECT && (e.code != c->code || !strstr(e.text, c->text))) ||
            (rc == RC_END && c->text && strcmp(faults.p, c->text) != 0))
            fail_msg("%s: %d %s%s", c->name, rc, e.text, faults.p);
        if (peak() - before > MORE_MAX)
            fail_msg("%s: grew by %ld KiB", c->name, peak() - before);
        xmlr_close(&x);
        buf_free(&faults);
        buf_free(&file.left);
    }
}

static void
rows_are_the_same_wherever_a_piece_ends(void **state)
{
    static const struct xmlr_limit small = {.max_row = 100};
    struct long_file file = {"<orders>",
                             "<order><gnum>%u</gnum><note>&lt;订单&gt;</note></order>\n",
                             "</orders>",
                             20000,
                             0,
                             {0},
                             0};
    struct fixture *fx = *state;
    struct result got;
    uint64_t number = 0;

    read_source(fx, (struct source){long_read, &file}, &small, &got);
    assert_int_equal(got.rc, RC_END);
    buf_put(&got.text, "", 1);
    for (char *line = strchr(got.text.p, '\n') + 1; *line != '.'; line = strchr(line, '\n') + 1) {
        char want[100];
        int n;

        number++;
        n = snprintf(want, sizeof(want), "%llu@%llu gnum=%llu note=<订单>\n",
                     (unsigned long long)number, (unsigned long long)number,
                     (unsigned long long)number);
        if (strncmp(line, want, (size_t)n) != 0)
            fail_msg("got %.*s, want %s", (int)strcspn(line, "\n"), line, want);
    }
    assert_int_equal(number, 20000);
    buf_free(&got.text);
    buf_free(&file.left);
}

static void
a_failing_source_says_why(void **state)
{
    static const char text[] = "<x><order><gnum>1</gnum></order><order></order></x>";

    for (size_t at = 1; at < sizeof(text) - 1; at++) {
        struct pieces from = {
            {text, sizeof(text) - 1},
            0, 1, at
        };
        struct result got;

        read_source(*state, (struct source){pieces_read, &from}, NULL, &got);
        assert_int_equal(got.rc, RC_REJECT);
        assert_int_equal(got.e.code, ERR_ARCHIVE);
        buf_free(&got.text);
    }
}

/* Whatever is wrong with a file, libxml2 writes nothing of it to standard error. */
static void
nothing_goes_to_standard_error(void **state)
{
    FILE *to = tmpfile();
    int keep = dup(STDERR_FILENO);
    long size;

    assert_true(to && keep >= 0 && dup2(fileno(to), STDERR_FILENO) >= 0);
    for (size_t i = 0; i < sizeof(broken_cases) / sizeof(broken_cases[0]); i++) {
        struct pieces from = {.text = broken_cases[i].input, .piece = 1000};
        struct result got;

        read_source(*state, (struct source){pieces_read, &from}, NULL, &got);
        if (got.rc != RC_REJECT)
            print_message("%s is not refused\n", broken_cases[i].name);
        assert_int_equal(got.rc, RC_REJECT);
        buf_free(&got.text);
    }
    assert_true(dup2(keep, STDERR_FILENO) >= 0);
    close(keep);
    fseek(to, 0, SEEK_END);
    size = ftell(to);
    fclose(to);
    assert_int_equal(size, 0);
}

/* What the converter refuses lies in a piece the parser has not seen yet. */
static void
bad_bytes_are_found_in_their_line(void **state)
{
    struct long_file file = {"<?xml version='1.0' encoding='GBK'?>\n<x>\n",
                             "<order><gnum>%u</gnum>\n</order>\n",
                             "\n\xB6\xA9\xB6\n</x>",
                             50000,
                             0,
                             {0},
                             0};
    struct result got;

    read_source(*state, (struct source){long_read, &file}, NULL, &got);
    assert_int_equal(got.rc, RC_REJECT);
    assert_int_equal(got.e.code, ERR_BAD_BYTES);
    assert_memory_equal(got.e.text, "line 100004: byte ", 18);
    buf_free(&got.text);
    buf_free(&file.left);
}

static void
a_character_cut_off_at_the_end_is_refused(void **state)
{
    assert_true(as_wanted(*state, "cut off",
                          SPAN("<?xml version='1.0' encoding='GBK'?>\n<x><order/></x>\n\xB6"), 1,
                          "order@2\n1@2\n !2018 @3(the last character is cut off>GB18030) FAILED "
                          "2018\n"));
}

/* Forms of our own making: renamed columns, groups, no namespace, what does not fit. */

/* clang-format off */
#define XSD(head, inside) \
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:lp='urn:landport:format' " head ">" inside "</xs:schema>"
#define SEQUENCE(inside) "<xs:complexType><xs:sequence>" inside "</xs:sequence></xs:complexType></xs:element>"
#define PAY_FEED XSD("", \
    "<xs:element name='pay'><xs:annotation><xs:appinfo><lp:feed name='pay'/></xs:appinfo></xs:annotation>" SEQUENCE( \
        "<xs:element name='no'/><xs:element name='sum' type='xs:decimal'/>" \
        "<xs:element name='country' minOccurs='0'/><xs:element name='note' minOccurs='0'/>"))
#define PAY_MESSAGE(message) XSD("targetNamespace='urn:m'", \
    "<xs:element name='M'><xs:annotation><xs:appinfo>" message "</xs:appinfo></xs:annotation>" SEQUENCE("<xs:element name='P' maxOccurs='2'>" SEQUENCE( \
        "<xs:element name='H'>" SEQUENCE( \
            "<xs:element name='transactionId'/>" \
            "<xs:choice><xs:element name='sum'/><xs:element name='paid'/></xs:choice>" \
            "<xs:element name='country' minOccurs='0'/><xs:element name='kind' fixed='K' minOccurs='0'/>") \
        "<xs:element name='L' minOccurs='0' maxOccurs='9'>" SEQUENCE("<xs:element name='country' minOccurs='0'/>"))))
/* clang-format on */

static struct plan *
compiled_text(struct arena *a, const char *text)
{
    char path[] = "/tmp/xmlr_test.XXXXXX";
    int fd = mkstemp(path);
    struct plan *plan;
    struct err e;
    rc_t rc;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    rc = schema_compile(&plan, a, path, NULL, NULL, &e);
    unlink(path);
    if (rc != RC_OK)
        fail_msg("%s", e.text);
    return plan;
}

static struct xmlr_form
pay_form(struct arena *a, const char *message)
{
    struct plan *feed = compiled_text(a, PAY_FEED), *format = compiled_text(a, message);
    struct err e;

    if (schema_take(feed, a, "m", format, &e) != RC_OK)
        fail_msg("%s", e.text);
    return (struct xmlr_form){feed, &feed->messages[0], format};
}

static void
read_pay(struct xmlr_form *form, const char *text, struct buf *out)
{
    struct stream_mem mem = {text, strlen(text), 0};
    const struct xmlr_fault *faults;
    struct xmlr_record r;
    struct xmlr *x;
    struct err e;
    rc_t rc;

    assert_int_equal(xmlr_open(&x, source_mem(&mem), form, 1, NULL, &e), RC_OK);
    while ((rc = xmlr_next(x, &r, &e)) == RC_OK)
        show_row(out, form->feed, &r);
    if (rc != RC_END)
        fail_msg("%s", e.text);
    show_faults(out, faults, xmlr_faults(x, &faults));
    buf_put(out, "", 1);
    xmlr_close(&x);
}

static void
columns_take_what_the_map_says(void **state)
{
    struct fixture *fx = *state;
    struct xmlr_form form =
        pay_form(fx->a, PAY_MESSAGE("<lp:message feed='pay' document='P' head='H' lines='L'>"
                                    "<lp:map element='H/transactionId' column='no'/>"
                                    "<lp:map element='H/paid' column='sum'/>"
                                    "<lp:map element='L/country'/></lp:message>"));
    struct buf got = {0};

    read_pay(&form,
             "<x:M xmlns:x='urn:m'><P><H><transactionId>7</transactionId><paid>1</paid>"
             "<country>C</country></H><L><country>D</country></L></P>\n"
             "<P><H><transactionId>8</transactionId><sum>2</sum><paid>3</paid><kind>k</kind></H>"
             "</P><P><H><paid/></H></P></x:M>",
             &got);
    assert_string_equal(got.p, "1@1 no=7 sum=1 country=C\n"
                               "2@2 no=8 sum=2 !3006 paid@2(>) !2017 kind@2(k>K)\n"
                               "3@2 sum=\n");
    buf_free(&got);
}

/* Receipts come from people who do not ask us how. */
static void
a_loose_message_is_taken_as_it_comes(void **state)
{
    struct fixture *fx = *state;
    struct xmlr_form form = pay_form(
        fx->a, PAY_MESSAGE("<lp:message feed='pay' document='P' head='H' lines='L' loose='yes'>"
                           "<lp:map element='H/transactionId' column='no'/>"
                           "<lp:map column='note' value='M'/></lp:message>"));
    struct buf got = {0};

    read_pay(&form,
             "<M><extra/><P><L><country>D</country></L><what>x</what><H><kind>k</kind>"
             "<sum>1</sum><transactionId>7</transactionId></H></P><P><H/></P><P/>\n"
             "<P><H><sum>1</sum><sum>2</sum></H></P></M>",
             &got);
    assert_string_equal(got.p, "1@1 no=7 sum=1 country=D note=M\n"
                               "2@1 note=M\n"
                               "3@1 note=M\n"
                               "4@2 sum=1 note=M !3006 sum@2(>)\n");
    buf_free(&got);
}

static void
a_message_that_does_not_fit_is_told_at_once(void **state)
{
    static const char *const rows[][2] = {
        {"<lp:message feed='pay' document='Q'/>",                                              "names Q, which is not there"},
        {"<lp:message feed='pay' document='P' head='I'/>",                                     "names I, which is not there"},
        {"<lp:message feed='pay' document='P' head='H' lines='K'/>",                           "names K, which is"          },
        {"<lp:message feed='pay' document='P' head='H'><lp:map element='H/no'/></lp:message>",
         "names H/no, which is"                                                                                             },
        {"<lp:message feed='pay' document='P' head='H'><lp:map element='paid'/></lp:message>",
         "names paid, which is"                                                                                             },
    };
    struct fixture *fx = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf xsd = {0};
        struct stream_mem mem = {"", 0, 0};
        struct xmlr_form form;
        struct xmlr *x;
        struct err e;

        replace(&xsd, span_of(PAY_MESSAGE("@")), "@", rows[i][0]);
        buf_put(&xsd, "", 1);
        form = pay_form(fx->a, xsd.p);
        assert_int_equal(xmlr_open(&x, source_mem(&mem), &form, 1, NULL, &e), RC_FAIL);
        assert_int_equal(e.code, ERR_SCHEMA);
        if (!strstr(e.text, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], e.text);
        assert_null(x);
        buf_free(&xsd);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_format_gives_rows),
        cmocka_unit_test(messages_are_held_to_their_format),
        cmocka_unit_test(broken_files_are_refused_with_their_line),
        cmocka_unit_test(namespaces_are_known_by_name_whatever_the_prefix),
        cmocka_unit_test(charsets_give_the_same_rows),
        cmocka_unit_test(what_begins_like_xml_is_xml),
        cmocka_unit_test(charsets_nobody_may_convert_are_foreign),
        cmocka_unit_test(lines_beyond_65535_are_right),
        cmocka_unit_test(large_files_do_not_grow_the_process),
        cmocka_unit_test(rows_are_the_same_wherever_a_piece_ends),
        cmocka_unit_test(a_failing_source_says_why),
        cmocka_unit_test(nothing_goes_to_standard_error),
        cmocka_unit_test(bad_bytes_are_found_in_their_line),
        cmocka_unit_test(columns_take_what_the_map_says),
        cmocka_unit_test(a_loose_message_is_taken_as_it_comes),
        cmocka_unit_test(a_message_that_does_not_fit_is_told_at_once),
        cmocka_unit_test(a_character_cut_off_at_the_end_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
