/* What of a refused value is shown, by the type of the column it stood in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/xsd/check.h"
#include "formats/xsd/mask.h"

static const struct plan_type number = {.base = PLAN_DECIMAL, .length = -1};
static const struct plan_type text = {.base = PLAN_STRING, .length = -1};
static const struct plan_type three = {.base = PLAN_STRING, .length = 3};
static const char *const currencies[] = {"142", "502", NULL};
static struct plan_type listed = {.base = PLAN_STRING, .length = -1};
static struct plan_type moment = {.base = PLAN_STRING, .length = -1};
static struct plan_type document = {.base = PLAN_STRING, .length = -1};
static struct plan_type party = {.base = PLAN_STRING, .length = -1};

static const struct mask_case {
    const struct plan_type *type;
    const char *value;
    bool shown;
} cases[] = {
    {&number,   "12.345678",            true },
    {&number,   "-1,234.5",             true },
    {&number,   "13900007770",          false}, /* a telephone */
    {&number,   "350802199001011234",   false},
    {&number,   "周润土",            false},
    {&number,   "abc",                  false},
    {&number,   "#N/A",                 true },
    {&number,   "null",                 true },
    {&moment,   "2026-11-29 21:59:20",  true },
    {&moment,   "20261301",             true },
    {&moment,   "13900007770",          false},
    {&moment,   "周润土",            false},
    {&three,    "US",                   false},
    {&three,    "50",                   true },
    {&three,    "周润土",            false},
    {&listed,   "USX",                  true },
    {&listed,   "Zhang",                false},
    {&document, "1.23E+17",             true },
    {&document, "LY202603029053000001", true },
    {&document, "Zhang San",            false},
    {&document, "ZhangSan",             false},
    {&document, "13900007770",          false},
    {&document, "+8613900007770",       false},
    {&document, "0597-2201234",         false},
    {&document, "35080219900101123X",   false},
    {&document, "6222021234567890128",  false}, /* a bank card */
    {&document, "6222021234567890129",  true }, /* whose last digit checks nothing */
    {&party,    "4111111111111111",     false},
    {&party,    "91350800MA36H4PB00",   true },
    {&party,    "350896010A",           true },
    {&party,    "350802199001011234",   false},
    {&party,    "周润土",            false},
    {&text,     "anything",             false},
    {&text,     "???",                  true },
};

static void
values(void **state)
{
    static const struct check date = {.name = "datetime14"}, number_of = {.name = "document-no"},
                              company = {.name = "party-code"};
    static const struct check *dates[] = {&date, NULL}, *numbers[] = {&number_of, NULL},
                              *companies[] = {&company, NULL};

    (void)state;
    listed.values = (const char **)(uintptr_t)currencies;
    moment.checks = dates;
    document.checks = numbers;
    party.checks = companies;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_node column = {.name = "x", .type = cases[i].type};
        struct span value = span_of(cases[i].value), got = mask_value(&column, value);

        if (span_eq(got, value) != cases[i].shown)
            fail_msg("%s: shown as %.*s", cases[i].value, SPAN_F(got));
        column.personal = true;
        assert_true(span_is(mask_value(&column, value), "***"));
    }
}

static void
titles(void **state)
{
    static const struct {
        const char *title, *want;
    } wanted[] = {
        {"支付企业代号",       "支付企业代*"  },
        {"周润土秘密9",         "***"               },
        {"支付人姓名周润土", "支付人姓名***"},
        {"payerNameZhang",           "payerName*****"    },
        {"colour",                   "***"               },
        {"13900007770",              "***"               },
        {"a\xff",                    "***"               },
        {"",                         ""                  },
    };
    struct plan_node code = {.name = "payCode", .title = "支付企业代码"};
    struct plan_node payer = {.name = "payerName", .title = "支付人姓名"};
    struct plan_node *children[] = {&code, &payer};
    struct plan_node root = {.children = children, .child_count = 2};
    struct plan plan = {.root = &root};
    char out[MASK_TITLE];

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct span got = mask_title(&plan, span_of(wanted[i].title), out);

        if (!span_is(got, wanted[i].want))
            fail_msg("%s: shown as %.*s", wanted[i].title, SPAN_F(got));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(titles)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
