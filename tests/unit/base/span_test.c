#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"

#include <stdio.h>
#include <stdlib.h>

#define WIDE "\xe3\x80\x80"

static const struct trim_case {
    const char *name, *in, *want;
} trim_cases[] = {
    {"nothing to do",    "abc",                    "abc"         },
    {"blanks",           "  a b  ",                "a b"         },
    {"tabs, line ends",  "\t\r\na\r\n",            "a"           },
    {"wide blanks",      WIDE WIDE "中 文" WIDE, "中 文"     },
    {"mixed",            " " WIDE "\ta" WIDE " ",  "a"           },
    {"only blanks",      " " WIDE " ",             ""            },
    {"empty",            "",                       ""            },
    {"inside stays",     "a" WIDE "b",             "a" WIDE "b"  },
    {"half a wide one",  "\xe3\x80",               "\xe3\x80"    },
    {"blanks of others",
     "\xc2\xa0\xe2\x80\x83\xe2\x80\x8b"
     "a\xe2\x81\xa0\xef\xbb\xbf\xc2\xa0",          "a"           },
    {"lines of others",
     "\xe2\x80\xa8"
     "a\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\x9f",      "a"           },
    {"a dash is none",
     "\xe2\x80\x94"
     "a\xe2\x80\xa2",                              "\xe2\x80\x94"
     "a\xe2\x80\xa2"                        },
    {"nor is a letter",
     "\xc2\xa1"
     "a\xef\xbb\xbe",                              "\xc2\xa1"
     "a\xef\xbb\xbe"                        },
    {"like one at end",  "\xe3\x80\x81",           "\xe3\x80\x81"},
};

static void
trim(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trim_cases / sizeof *trim_cases; i++)
        if (!span_is(span_trim(span_of(trim_cases[i].in)), trim_cases[i].want))
            fail_msg("%s", trim_cases[i].name);
    assert_null(span_trim((struct span){NULL, 0}).p);
    assert_non_null(span_trim(SPAN("  ")).p); /* empty is not "no value" */
}

static void
equal(void **state)
{
    (void)state;
    assert_true(span_eq(SPAN("ab"), SPAN("ab")));
    assert_false(span_eq(SPAN("ab"), SPAN("abc")));
    assert_false(span_eq(SPAN("ab"), SPAN("ac")));
    assert_true(span_eq((struct span){NULL, 0}, SPAN("")));
    assert_true(span_is(SPAN("orderNo"), "orderNo"));
    assert_false(span_is(SPAN("orderNo"), "orderno"));
    assert_int_equal(span_of(NULL).n, 0);
}

static const struct utf8_case {
    const char *name;
    struct span in;
    size_t valid, chars; /* chars of the valid part */
} utf8_cases[] = {
#define ROW(name, text, valid, chars)                                                              \
    {                                                                                              \
        name, {text, sizeof(text) - 1}, valid, chars                                               \
    }
    ROW("empty", "", 0, 0),
    ROW("ASCII", "landport", 8, 8),
    ROW("long ASCII", "0123456789abcdef0123456789abcdef!", 33, 33),
    ROW("NUL is a character", "a\0b", 3, 3),
    ROW("two bytes", "é", 2, 1),
    ROW("three bytes", "中文", 6, 2),
    ROW("four bytes", "𠮷", 4, 1),
    ROW("mixed", "a中b文c𠮷defghijklmnop", 26, 19),
    ROW("first of two", "\xc2\x80", 2, 1),
    ROW("last of two", "\xdf\xbf", 2, 1),
    ROW("first of three", "\xe0\xa0\x80", 3, 1),
    ROW("before surrogates", "\xed\x9f\xbf", 3, 1),
    ROW("after surrogates", "\xee\x80\x80", 3, 1),
    ROW("first of four", "\xf0\x90\x80\x80", 4, 1),
    ROW("U+10FFFF", "\xf4\x8f\xbf\xbf", 4, 1),
    ROW("lone continuation", "a\x80", 1, 1),
    ROW("overlong slash", "a\xc0\xaf", 1, 1),
    ROW("overlong c1", "a\xc1\xbf", 1, 1),
    ROW("overlong of three", "\xe0\x9f\xbf", 0, 0),
    ROW("overlong of four", "\xf0\x8f\xbf\xbf", 0, 0),
    ROW("low surrogate", "\xed\xa0\x80", 0, 0),
    ROW("high surrogate", "\xed\xbf\xbf", 0, 0),
    ROW("beyond U+10FFFF", "\xf4\x90\x80\x80", 0, 0),
    ROW("f5", "\xf5\x80\x80\x80", 0, 0),
    ROW("ff in the ninth byte", "01234567\xff", 8, 8),
    ROW("cut after one of two", "ab\xc3", 2, 2),
    ROW("cut after two of three", "ab\xe4\xb8", 2, 2),
    ROW("cut after three of four", "ab\xf0\xa0\xae", 2, 2),
    ROW("third byte is ASCII", "\xe4\xb8z", 0, 0),
    ROW("fourth byte is ASCII", "\xf0\xa0\xaez", 0, 0),
#undef ROW
};

/* At every distance from the start, so that each place in a word of eight is met, and in memory
 * of exactly that size, so that a sanitizer sees a byte read too much. */
static void
valid_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof utf8_cases / sizeof *utf8_cases; i++) {
        const struct utf8_case *c = &utf8_cases[i];

        for (size_t lead = 0; lead < 20; lead++) {
            char *text = malloc(lead + c->in.n + !(lead + c->in.n));

            assert_non_null(text);
            memset(text, 'x', lead);
            memcpy(text + lead, c->in.p, c->in.n);
            if (span_valid_utf8((struct span){text, lead + c->in.n}) != lead + c->valid)
                fail_msg("%s behind %zu bytes", c->name, lead);
            assert_int_equal(span_chars((struct span){text, lead + c->valid}), lead + c->chars);
            free(text);
        }
    }
    assert_int_equal(span_valid_utf8((struct span){NULL, 0}), 0);
}

/* All that one to three bytes can say, against the ranges of U+0080 to U+FFFF written out. */
static void
every_character_is_valid(void **state)
{
    char c[3];

    (void)state;
    for (unsigned u = 0x80; u <= 0xffff; u++) {
        size_t n = u < 0x800 ? 2 : 3, want = u >= 0xd800 && u < 0xe000 ? 0 : n;

        c[0] = (char)(n == 2 ? 0xc0 | u >> 6 : 0xe0 | u >> 12);
        c[1] = (char)(0x80 | (n == 2 ? u & 0x3f : u >> 6 & 0x3f));
        c[2] = (char)(0x80 | (u & 0x3f));
        assert_int_equal(span_valid_utf8((struct span){c, n}), want);
    }
}

static const struct show_case {
    const char *name, *in;
    size_t size;
    const char *want;
} show_cases[] = {
    {"plain",              "abc",           16, "abc"    },
    {"line end and tab",   "a\r\nb\tc",     16, "a  b c" },
    {"controls",           "a\x01\x1b\x7f", 16, "a???"   },
    {"C1 control",
     "a\xc2\x9b"
     "b",                                   16, "a?b"    },
    {"direction mark",
     "a\xe2\x80\xae"
     "b",                                   16, "a?b"    },
    {"Arabic letter mark",
     "a\xd8\x9c"
     "b",                                   16, "a?b"    },
    {"left-to-right mark",
     "a\xe2\x80\x8e"
     "b",                                   16, "a?b"    },
    {"line separator",
     "a\xe2\x80\xa8"
     "b",                                   16, "a?b"    },
    {"isolate",
     "a\xe2\x81\xa6"
     "b",                                   16, "a?b"    },
    {"bad byte",
     "a\xff"
     "b",                                   16, "a?b"    },
    {"half a character",   "a\xe4\xb8",     16, "a??"    },
    {"fits exactly",       "abcdefg",       8,  "abcdefg"},
    {"one too many",       "abcdefgh",      8,  "abcd…"},
    {"Chinese exactly",    "中文",        7,  "中文" },
    {"Chinese cut",        "中文字",     9,  "中…" },
    {"no room for mark",   "abcdef",        3,  "ab"     },
    {"room for NUL only",  "abcdef",        1,  ""       },
    {"empty",              "",              8,  ""       },
};

static void
show(void **state)
{
    char out[16];

    (void)state;
    for (size_t i = 0; i < sizeof show_cases / sizeof *show_cases; i++) {
        const struct show_case *c = &show_cases[i];

        if (strcmp(span_show(out, c->size, span_of(c->in)), c->want) != 0)
            fail_msg("%s: got \"%s\"", c->name, out);
    }
    assert_string_equal(span_show(out, sizeof out, SPAN("a\0b")), "a?b");
    assert_string_equal(span_show(out, sizeof out, (struct span){NULL, 0}), "");
    out[0] = 'k';
    span_show(out, 0, SPAN("x"));
    assert_int_equal(out[0], 'k');
}

static void
names_that_can_be_shown(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } names[] = {
        {"",                          true },
        {"ORDER_1.csv",               true },
        {"订单 'a' \"b\" $(x).csv", true },
        {"\xef\xbf\xbd",              true }, /* U+FFFD */
        {"a\nb",                      false},
        {"a\tb",                      false},
        {"\x7f",                      false},
        {"a\xff",                     false},
        {"\xe8\xae",                  false},
        {"\xef\xbf\xbe",              false},
        {"\xef\xbf\xbf",              false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is_name(span_of(names[i].name)) != names[i].good)
            fail_msg("name %zu", i);
}

static void
hex(void **state)
{
    char text[9], bytes[4];

    (void)state;
    assert_string_equal(span_hex(text, (struct span){"\x00\x7f\x80\xff", 4}), "007f80ff");
    assert_true(span_unhex(bytes, span_of(text)));
    assert_memory_equal(bytes, "\x00\x7f\x80\xff", 4);
    assert_string_equal(span_hex(text, SPAN("")), "");
    assert_true(span_unhex(bytes, SPAN("")));
    assert_false(span_unhex(bytes, SPAN("0F")));
    assert_false(span_unhex(bytes, SPAN("0g")));
    assert_false(span_unhex(bytes, SPAN("/0")));
    assert_false(span_unhex(bytes, SPAN("0:")));
    assert_false(span_unhex(bytes, SPAN("001")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trim),         cmocka_unit_test(equal),
        cmocka_unit_test(valid_prefix), cmocka_unit_test(every_character_is_valid),
        cmocka_unit_test(show),         cmocka_unit_test(names_that_can_be_shown),
        cmocka_unit_test(hex),
    };
    return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
