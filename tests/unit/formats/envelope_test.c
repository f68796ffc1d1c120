#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/read/envelope.h"

#define NS "http://www.chinaport.gov.cn/dxp"

static const struct plan *
dxp(struct arena *a)
{
    struct plan *plan;
    struct err e;

    if (schema_compile(&plan, a, "formats/customs/dxpmsg.xsd", NULL, "formats/codes", &e) != RC_OK)
        fail_msg("%s", e.text);
    return plan;
}

/* Bytes in pieces of `step`. */
struct slow {
    struct stream_mem all;
    size_t step;
};

static rc_t
slow_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct slow *s = ctx;
    struct source in = source_mem(&s->all);

    return in.read(in.ctx, buf, size < s->step ? size : s->step, n, e);
}

static rc_t
opened(const struct plan *plan, const char *text, size_t step, struct buf *out, struct err *e)
{
    struct slow s = {
        {text, strlen(text), 0},
        step
    };
    struct envelope *v = envelope_open((struct source){slow_read, &s}, plan);
    struct source in = envelope_source(v);
    char block[7];
    size_t n;
    rc_t rc;

    out->n = 0;
    while ((rc = in.read(in.ctx, block, sizeof block, &n, e)) == RC_OK && n)
        buf_put(out, block, n);
    if (rc != RC_OK) /* what was refused stays refused */
        assert_int_equal(in.read(in.ctx, block, sizeof block, &n, NULL), rc);
    envelope_close(&v);
    return rc;
}

static void
what_is_inside_comes_out(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"<dxp:DxpMsg xmlns:dxp='" NS
         "' ver='1.0'><dxp:TransInfo><dxp:MsgType>CEB304Message</dxp:MsgType></dxp:TransInfo>"
         "<dxp:Data>PGE+\n  eDwv YT4=\n</dxp:Data><dxp:AddInfo/></dxp:DxpMsg>",        "<a>x</a>"},
        {"<DxpMsg xmlns='" NS "'><Data>PGE+eDwvYT4=</Data></DxpMsg>",                           "<a>x</a>"},
        {"<?xml version='1.0'?>\n<!-- c --><DxpMsg><Data><![CDATA[PGEv]]>Pg==</Data></DxpMsg>",
         "<a/>"                                                                                           },
        {"<DxpMsg><Data>PGE+eDwvYT4&#61;</Data></DxpMsg>",                                      "<a>x</a>"},
        {"<DxpMsg><Data/></DxpMsg>",                                                            ""        },
    };
    struct arena *a = arena_new("test");
    const struct plan *plan = dxp(a);
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step < 60; step += 13) {
            struct err e = {0};

            if (opened(plan, rows[i].text, step, &out, &e) != RC_OK)
                fail_msg("row %zu: %s", i, e.text);
            assert_int_equal(out.n, strlen(rows[i].want));
            assert_true(!out.n || memcmp(out.p, rows[i].want, out.n) == 0);
        }
    buf_free(&out);
    arena_free(&a);
}

static void
what_is_none_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
        err_code_t code;
    } rows[] = {
        {"<DxpMsg><Data>PGE+</Data><Data>PGE+</Data></DxpMsg>",                                   "second payload",   ERR_XML    },
        {"<DxpMsg><Data>PGE+<b/></Data></DxpMsg>",                                                "elements",         ERR_XML    },
        {"<DxpMsg><Data>PGE</Data></DxpMsg>",                                                     "ends too early",   ERR_XML    },
        {"<DxpMsg><Data>PG=A</Data></DxpMsg>",                                                    "no base64",        ERR_XML    },
        {"<DxpMsg><Data>=GEA</Data></DxpMsg>",                                                    "no base64",        ERR_XML    },
        {"<DxpMsg>\n<Data>PGE!</Data></DxpMsg>",                                                  "line 2",           ERR_XML    },
        {"<?xml version='1.0' encoding='gb2312'?><DxpMsg><Data>\xFF\xFF\xFF\xFF</Data></DxpMsg>",
         "of the envelope",                                                                                           ERR_XML    },
        {"<?xml version='1.0' encoding='nonsense'?><DxpMsg><Data>PGE+</Data></DxpMsg>",
         "of the envelope",                                                                                           ERR_XML    },
        {"<DxpMsg><Other/></DxpMsg>",                                                             "nothing is in it", ERR_XML    },
        {"<DxpMsg><Data>PGE+",                                                                    "of the envelope",  ERR_XML    },
        {"<DxpMsg><Data>PGE+</Date></DxpMsg>",                                                    "of the envelope",  ERR_XML    },
        {"<!DOCTYPE x [<!ENTITY a 'b'>]><DxpMsg><Data>&a;</Data></DxpMsg>",                       "DOCTYPE",          ERR_XML_DTD},
        {"<DxpMsg><Data>&a;</Data></DxpMsg>",                                                     "of the envelope",  ERR_XML    },
    };
    struct arena *a = arena_new("test");
    const struct plan *plan = dxp(a);
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step < 90; step += 29) {
            struct err e = {0};

            if (opened(plan, rows[i].text, step, &out, &e) != RC_REJECT || e.code != rows[i].code ||
                !strstr(e.text, rows[i].why))
                fail_msg("row %zu: %s", i, e.text);
        }
    buf_free(&out);
    arena_free(&a);
}

static void
it_is_known_by_its_root(void **state)
{
    static const struct {
        const char *text;
        bool known;
    } rows[] = {
        {"<dxp:DxpMsg xmlns:dxp='" NS "' ver='1.0'><dxp:TransInfo>",                       true },
        {"\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-8'?>\n<!-- x -->\n<DxpMsg a='b'>", true },
        {"<CEB304Message><DxpMsg>",                                                        false},
        {"<DxpMsgSv>",                                                                     false},
        {"<!DOCTYPE DxpMsg><DxpMsg>",                                                      false},
        {"<Dxp",                                                                           false},
        {"",                                                                               false},
        {"a,b,c\n1,2,3\n",                                                                 false},
    };
    struct arena *a = arena_new("test");
    const struct plan *plan = dxp(a);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((envelope_of(span_of(rows[i].text), &plan, 1) == plan) != rows[i].known)
            fail_msg("row %zu", i);
    assert_null(envelope_of(SPAN("<DxpMsg>"), NULL, 0));
    arena_free(&a);
}

static void
a_large_one_streams(void **state)
{
    struct arena *a = arena_new("test");
    const struct plan *plan = dxp(a);
    struct buf text = {0}, out = {0};
    struct err e = {0};

    (void)state;
    buf_str(&text, "<DxpMsg><Data>");
    for (int i = 0; i < 2000000; i++)
        buf_str(&text, i % 19 ? "YWJj" : "YWJj\n");
    buf_str(&text, "</Data></DxpMsg>");
    buf_put(&text, "", 1);
    if (opened(plan, text.p, 65536, &out, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_int_equal(out.n, 6000000);
    for (size_t i = 0; i < out.n; i += 3001)
        assert_int_equal(out.p[i], "abc"[i % 3]);
    buf_free(&text);
    buf_free(&out);
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_inside_comes_out),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(it_is_known_by_its_root),
        cmocka_unit_test(a_large_one_streams),
    };

    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
