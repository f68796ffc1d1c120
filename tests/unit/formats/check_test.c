/* check: rows of type, text and what is found; the named checks with their published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/xsd/check.h"
#include "formats/xsd/schema.h"

#define MAX(n)         "<xs:maxLength value='" n "'/>"
#define FACET(name, n) "<xs:" name " value='" n "'/>"
#define MONEY          FACET("totalDigits", "19") FACET("fractionDigits", "5")
#define LETTERS                                                                                    \
    FACET("enumeration", "E")                                                                      \
    FACET("enumeration", "B") FACET("enumeration", "W") FACET("enumeration", "I")

struct fixture {
    char path[64];
    struct arena *a;
};

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof(*fx));
    int fd;

    snprintf(fx->path, sizeof(fx->path), "/tmp/check_test.XXXXXX");
    fd = mkstemp(fx->path);
    assert_true(fd >= 0);
    close(fd);
    fx->a = arena_new("check_test");
    *state = fx;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    arena_free(&fx->a);
    unlink(fx->path);
    free(fx);
    return 0;
}

static const struct plan_type *
type_of(struct fixture *fx, const char *base, const char *facets, const char *remark)
{
    FILE *f = fopen(fx->path, "wb");
    struct plan *plan;
    struct err e;

    assert_non_null(f);
    fprintf(f,
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' "
            "xmlns:lp='urn:landport:format'><xs:element name='a'><xs:annotation><xs:appinfo>%s"
            "</xs:appinfo></xs:annotation><xs:simpleType><xs:restriction base='xs:%s'>%s"
            "</xs:restriction></xs:simpleType></xs:element></xs:schema>",
            remark, base, facets);
    fclose(f);
    if (schema_compile(&plan, fx->a, fx->path, NULL, "formats/codes", &e) != RC_OK)
        fail_msg("%s", e.text);
    return plan->root->type;
}

/* code 0: good, and want is the text to store. */
/* clang-format off */
static const struct value_case {
    const char *name, *base, *facets, *text;
    int code;
    const char *want;
} value_cases[] = {
    {"plain", "string", "", "abc", 0, "abc"},
    {"empty", "string", "", "", 0, ""},
    {"empty with a length", "string", FACET("length", "2"), "", ERR_LENGTH, "2"},
    {"exact", "string", FACET("length", "2"), "无无", 0, "无无"},
    {"at the limit", "string", MAX("3"), "龙岩市", 0, "龙岩市"},
    {"one too many", "string", MAX("3"), "龙岩市a", ERR_TOO_LONG, "3"},
    {"four bytes a char", "string", MAX("2"), "𠀀𠀁", 0, "𠀀𠀁"},
    {"too short", "string", FACET("minLength", "3"), "ab", ERR_TOO_SHORT, "3"},
    {"preserved", "string", "", " a\t\n b ", 0, " a\t\n b "},
    {"replaced", "normalizedString", "", " a\t\n b ", 0, " a   b "},
    {"nothing to replace", "normalizedString", "", " a  b ", 0, " a  b "},
    {"collapsed", "token", "", " \r\na\t\n b  c ", 0, "a b c"},
    {"trimmed only", "token", "", "  a b ", 0, "a b"},
    {"nothing but blanks", "token", "", " \t ", 0, ""},
    {"counted when treated", "token", MAX("3"), "  无 \n 无  ", 0, "无 无"},
    {"full-width blank", "token", "", "　a", 0, "　a"},
    {"bell", "string", "", "abcdefg\x07h", ERR_CONTROL_CHAR, ""},
    {"bell at the end", "string", "", "abcdefghijk\x1f", ERR_CONTROL_CHAR, ""},
    {"delete", "string", "", "abcdefg\x7f", ERR_CONTROL_CHAR, ""},
    {"delete at the end", "token", "", "abcdefghijk\x7f", ERR_CONTROL_CHAR, ""},
    {"a control of C1", "string", "", "张\xc2\x9b三", ERR_CONTROL_CHAR, ""},
    {"no-break blank", "string", "", "a\xc2\xa0" "b", 0, "a\xc2\xa0" "b"},
    {"right to left", "string", "", "张\xe2\x80\xae三", ERR_CONTROL_CHAR, ""},
    {"a mark at the end", "token", "", "张\xe2\x80\x8f", ERR_CONTROL_CHAR, ""},
    {"isolate", "string", "", "\xe2\x81\xa7" "a", ERR_CONTROL_CHAR, ""},
    {"Arabic letter mark", "string", "", "\xd8\x9c" "a", ERR_CONTROL_CHAR, ""},
    {"Arabic", "string", "", "\xd8\xb9\xd9\x84\xd9\x8a", 0, "\xd8\xb9\xd9\x84\xd9\x8a"},
    {"dash", "string", "", "a\xe2\x80\x94" "b", 0, "a\xe2\x80\x94" "b"},
    {"U+FFFE", "string", "", "a\xef\xbf\xbe", ERR_CONTROL_CHAR, ""},
    {"U+FFFF", "token", "", "\xef\xbf\xbf", ERR_CONTROL_CHAR, ""},
    {"U+FFFD", "string", "", "\xef\xbf\xbd", 0, "\xef\xbf\xbd"},

    {"money", "decimal", MONEY, "12.50", 0, "12.50"},
    {"blanks around", "decimal", MONEY, " 12.50\t", 0, "12.50"},
    {"sign", "decimal", MONEY, "+12", 0, "+12"},
    {"point first", "decimal", MONEY, ".5", 0, ".5"},
    {"point last", "decimal", MONEY, "5.", 0, "5."},
    {"only a point", "decimal", MONEY, ".", ERR_NOT_NUMBER, ""},
    {"only a sign", "decimal", MONEY, "-", ERR_NOT_NUMBER, ""},
    {"empty number", "decimal", MONEY, "", ERR_NOT_NUMBER, ""},
    {"two points", "decimal", MONEY, "1.2.3", ERR_NOT_NUMBER, ""},
    {"decimal comma", "decimal", MONEY, "1,5", ERR_NOT_NUMBER, ""},
    {"thousands", "decimal", MONEY, "1,500.00", ERR_NOT_NUMBER, ""},
    {"exponent", "decimal", MONEY, "1e5", ERR_NOT_NUMBER, ""},
    {"full-width digits", "decimal", MONEY, "１２", ERR_NOT_NUMBER, ""},
    {"blank inside", "decimal", MONEY, "1 2", ERR_NOT_NUMBER, ""},
    {"19 digits", "decimal", MONEY, "12345678901234.56789", 0, "12345678901234.56789"},
    {"20 digits", "decimal", MONEY, "123456789012345.67891", ERR_TOTAL_DIGITS, "19"},
    {"zeros do not count", "decimal", MONEY, "00012345678901234.567890000", 0, "00012345678901234.567890000"},
    {"sixth fraction digit", "decimal", MONEY, "0.123456", ERR_FRACTION, "5"},
    {"fraction counts", "decimal", FACET("totalDigits", "1"), "0.05", ERR_TOTAL_DIGITS, "1"},
    {"nought", "decimal", FACET("totalDigits", "1"), "-0.00", 0, "-0.00"},
    {"at the minimum", "decimal", FACET("minInclusive", "0.5"), "0.50", 0, "0.50"},
    {"below the minimum", "decimal", FACET("minInclusive", "0.5"), "0.4999", ERR_TOO_SMALL, ">= 0.5"},
    {"not above", "decimal", FACET("minExclusive", "0"), "-0", ERR_TOO_SMALL, "> 0"},
    {"just above", "decimal", FACET("minExclusive", "0"), "0.00000000000000000001", 0, "0.00000000000000000001"},
    {"negative order", "decimal", FACET("maxInclusive", "-2"), "-10", 0, "-10"},
    {"above a negative", "decimal", FACET("maxInclusive", "-2"), "-1.99", ERR_TOO_LARGE, "<= -2"},
    {"at an open end", "decimal", FACET("maxExclusive", "9"), "9.000", ERR_TOO_LARGE, "< 9"},
    {"beyond any float", "decimal", FACET("maxInclusive", "9007199254740993"), "9007199254740992.9999999999", 0, "9007199254740992.9999999999"},
    {"just beyond it", "decimal", FACET("maxInclusive", "9007199254740993"), "9007199254740993.0000000001", ERR_TOO_LARGE, "<= 9007199254740993"},

    {"whole", "integer", "", "-0012", 0, "-0012"},
    {"not whole", "integer", "", "12.0", ERR_NOT_INTEGER, ""},
    {"no number", "int", "", "x", ERR_NOT_INTEGER, ""},
    {"largest that is stored", "integer", "", "9223372036854775807", 0, "9223372036854775807"},
    {"above it", "integer", "", "9223372036854775808", ERR_TOO_LARGE, "<= 9223372036854775807"},
    {"far below", "integer", "", "-99999999999999999999999", ERR_TOO_SMALL, ">= -9223372036854775808"},
    {"above it, of a larger type", "unsignedLong", "", "18446744073709551615", ERR_TOO_LARGE, "<= 9223372036854775807"},
    {"zeros in front", "integer", "", "0000000000000000000000000000042", 0, "0000000000000000000000000000042"},
    {"largest int", "int", "", "2147483647", 0, "2147483647"},
    {"above int", "int", "", "2147483648", ERR_TOO_LARGE, "<= 2147483647"},
    {"digits of an int", "int", FACET("totalDigits", "9"), "1234567890", ERR_TOTAL_DIGITS, "9"},
    {"true", "boolean", "", " true ", 0, "true"},
    {"1", "boolean", "", "1", 0, "1"},
    {"yes", "boolean", "", "yes", ERR_NOT_BOOLEAN, ""},

    {"in the list", "string", LETTERS, "W", 0, "W"},
    {"not in it", "string", LETTERS, "X", ERR_NOT_IN_LIST, "E|B|W|I"},
    {"start of a value", "string", LETTERS, "", ERR_NOT_IN_LIST, "E|B|W|I"},
    {"longer than a value", "string", LETTERS, "EE", ERR_NOT_IN_LIST, "E|B|W|I"},
    {"number in a list", "decimal", FACET("enumeration", "1.0"), "1", 0, "1"},
    {"pattern", "string", FACET("pattern", "[0-9]{4}"), "2026", 0, "2026"},
    {"not the pattern", "string", FACET("pattern", "[0-9]{4}"), "20261", ERR_PATTERN, "[0-9]{4}"},
    {"date", "date", "", "2026-02-28", 0, "2026-02-28"},
    {"date with a zone", "date", "", "2024-03-05Z", 0, "2024-03-05Z"},
    {"no such date", "date", "", "2023-02-29", ERR_DATE, "YYYY-MM-DD"},
    {"more than a date", "date", "", "2023-02-28x", ERR_DATE, "YYYY-MM-DD"},
    {"moment", "dateTime", "", "2026-11-24T05:00:00.123+08:00", 0, "2026-11-24T05:00:00.123+08:00"},
    {"no such moment", "dateTime", "", "2026-11-24T25:00:00", ERR_DATE, "YYYY-MM-DDThh:mm:ss"},
    {"no such zone", "dateTime", "", "2026-11-24T05:00:00+15:00", ERR_DATE, "YYYY-MM-DDThh:mm:ss"},
    {"half a fraction", "dateTime", "", "2026-11-24T05:00:00.", ERR_DATE, "YYYY-MM-DDThh:mm:ss.s"},
};
/* clang-format on */

static void
values_against_types(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(value_cases) / sizeof(value_cases[0]); i++) {
        const struct value_case *row = &value_cases[i];
        size_t n = strlen(row->text);
        char *exact = malloc(n), *scratch = malloc(n); /* not one byte more: the sanitizer sees */
        struct finding f = {0};
        struct span out;

        if (n)
            memcpy(exact, row->text, n);
        bool good = check_value(type_of(fx, row->base, row->facets, ""), (struct span){exact, n},
                                scratch, &out, &f);
        if (good != (row->code == 0) || (!good && (int)f.code != row->code))
            fail_msg("%s: got %d, wanted %d", row->name, good ? 0 : (int)f.code, row->code);
        if (good ? !span_is(out, row->want) : strcmp(f.want, row->want) != 0)
            fail_msg("%s: got \"%.*s\"", row->name, good ? (int)out.n : 200, good ? out.p : f.want);
        free(exact);
        free(scratch);
    }
}

static void
long_lists_are_shortened(void **state)
{
    struct fixture *fx = *state;
    char *facets = arena_str(fx->a, ""), scratch[4];
    struct finding f;
    struct span out;

    for (int i = 0; i < 100; i++)
        facets = arena_printf(fx->a, "%s<xs:enumeration value='编号%d'/>", facets, i);
    assert_false(check_value(type_of(fx, "string", facets, ""), SPAN("x"), scratch, &out, &f));
    assert_memory_equal(f.want, "编号0|编号1|", strlen("编号0|编号1|"));
    assert_true(strlen(f.want) < sizeof(f.want));
    assert_string_equal(f.want + strlen(f.want) - 4, "|…");
}

static void
codes_and_checks_of_a_type(void **state)
{
    struct fixture *fx = *state;
    const struct plan_type *t = type_of(fx, "token", "", "<lp:codes table='currency'/>");
    char scratch[32];
    struct finding f;
    struct span out;

    assert_true(check_value(t, SPAN(" 502 "), scratch, &out, &f));
    assert_true(span_is(out, "502"));
    assert_false(check_value(t, SPAN("999"), scratch, &out, &f));
    assert_int_equal(f.code, ERR_CODE_UNKNOWN);
    assert_string_equal(f.want, "currency");
    t = type_of(fx, "string", "", "<lp:check name='date8'/>");
    assert_false(check_value(t, SPAN("20260230"), scratch, &out, &f));
    assert_int_equal(f.code, ERR_DATE);
    assert_string_equal(f.want, "YYYYMMDD");
    assert_false(check_value(t, (struct span){NULL, 0}, scratch, &out, &f));
}

/* 0 is what programs without payment numbers write, and may be one. */
static void
words_for_nothing_are_no_number(void **state)
{
    static const char *const never[] = {"无", "没有", "/", "N.A.", "None", "TBD", "Same as above"};
    static const char *const may_be[] = {
        "0", "无1", "N", "NO2", "//1", "", "12345678901234567890123456"};
    const struct plan_type *t = type_of(*state, "string", "", "<lp:never table='nothing'/>");
    char scratch[32];
    struct finding f;
    struct span out;

    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_false(check_value(t, span_of(never[i]), scratch, &out, &f));
        assert_int_equal(f.code, ERR_NO_VALUE);
    }
    for (size_t i = 0; i < sizeof may_be / sizeof *may_be; i++)
        assert_true(check_value(t, span_of(may_be[i]), scratch, &out, &f));
}

/* The day is the plan's: one plan serves the batches of many nights. */
static void
a_code_is_asked_about_the_plans_day(void **state)
{
    static const struct {
        const char *day;
        int code;
        const char *want;
    } rows[] = {
        {"",         0,                ""          },
        {"20261124", ERR_CODE_NOT_YET, "2026-11-25"},
        {"20261125", 0,                ""          },
        {"20261130", 0,                ""          },
        {"20261201", ERR_CODE_OVER,    "2026-11-30"},
        {"",         0,                ""          },
    };
    struct fixture *fx = *state;
    char dir[] = "/tmp/check_test.XXXXXX", scratch[8], *table;
    struct finding f;
    struct plan *plan;
    struct span out;
    struct err e;
    FILE *file;

    assert_non_null(mkdtemp(dir));
    table = arena_printf(fx->a, "%s/trial.tsv", dir);
    assert_non_null(file = fopen(table, "wb"));
    fputs("code\tfrom\tuntil\n7\t2026-11-25\t2026-11-30\n", file);
    fclose(file);
    assert_non_null(file = fopen(fx->path, "wb"));
    fputs("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' "
          "xmlns:lp='urn:landport:format'><xs:element name='a' type='xs:string' default='7'>"
          "<xs:annotation><xs:appinfo><lp:codes table='trial'/></xs:appinfo></xs:annotation>"
          "</xs:element></xs:schema>",
          file);
    fclose(file);
    if (schema_compile(&plan, fx->a, fx->path, NULL, dir, &e) != RC_OK)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(plan->day, sizeof(plan->day), "%s", rows[i].day);
        bool good = check_value(plan->root->type, SPAN("7"), scratch, &out, &f);

        assert_int_equal(good, rows[i].code == 0);
        if (!good && ((int)f.code != rows[i].code || strcmp(f.want, rows[i].want) != 0))
            fail_msg("%s: %d %s", rows[i].day, (int)f.code, f.want);
    }
    unlink(table);
    rmdir(dir);
}

static const struct named_case {
    const char *check, *text;
    bool good;
} named_cases[] = {
    {"date8",              "20240229",           true },
    {"date8",              "20260229",           false},
    {"date8",              "20000229",           true },
    {"date8",              "19000229",           false},
    {"date8",              "20260431",           false},
    {"date8",              "20261301",           false},
    {"date8",              "20260100",           false},
    {"date8",              "00000101",           false},
    {"date8",              "2026010",            false},
    {"date8",              "2026-1-1",           false},
    {"datetime14",         "20261124235959",     true },
    {"datetime14",         "20261124240000",     false},
    {"datetime14",         "20261124006000",     false},
    {"datetime14",         "20261124000060",     false},
    {"datetime14",         "20260230000000",     false},
    {"datetime14",         "20261124",           false},
    {"party-code",         "91350100M000100Y43", true }, /* the standard's own example */
    {"party-code",         "9144030071526726XG", true },
    {"party-code",         "91330100799655058B", true },
    {"party-code",         "91350800MA0LY001XF", true },
    {"party-code",         "91350800MA0LY0028F", true },
    {"party-code",         "91350100M000100Y44", false},
    {"party-code",         "91350800MA0LYO01XF", false}, /* the letter O */
    {"party-code",         "91350100M000100Y5Z", false},
    {"party-code",         "3508960001",         true },
    {"party-code",         "350898L001",         true },
    {"party-code",         "350896001",          false},
    {"party-code",         "350896000a",         false},
    {"party-code",         "",                   false},
    {"party-code",         "无",                false},
    {"party-code-or-none", "无",                true },
    {"party-code-or-none", "3508960001",         true },
    {"party-code-or-none", "NO",                 false},
    {"party-code-or-no",   "NO",                 true },
    {"party-code-or-no",   "91350800MA0LY001XF", true },
    {"party-code-or-no",   "no",                 false},
    {"resident-id",        "11010519491231002X", true },
    {"resident-id",        "440524188001010014", true },
    {"resident-id",        "350802199003070010", true },
    {"resident-id",        "350802198506152435", true },
    {"resident-id",        "35080219901332001X", false}, /* month 13, check digit right */
    {"resident-id",        "110105194912310021", false},
    {"resident-id",        "11010519491231002x", false},
    {"resident-id",        "110105491231002",    false},
    {"gcode",              "9404909000",         true },
    {"gcode",              "0101210010",         true },
    {"gcode",              "9701210000",         true },
    {"gcode",              "7700000000",         false},
    {"gcode",              "0000000000",         false},
    {"gcode",              "9800000000",         false},
    {"gcode",              "940490900",          false},
    {"gcode",              "94049090000",        false},
    {"gcode",              "94049090A0",         false},
};

static void
named_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(named_cases) / sizeof(named_cases[0]); i++) {
        const struct named_case *row = &named_cases[i];
        const struct check *check = check_find(row->check);
        struct finding f = {0};

        assert_non_null(check);
        if (check_named(check, span_of(row->text), &f) != row->good)
            fail_msg("%s \"%s\"", row->check, row->text);
        if (!row->good)
            assert_int_not_equal(f.code, ERR_NONE);
    }
    assert_null(check_find("no-such-check"));
    assert_null(check_find(""));
}

/* The organisation code inside is checked too: 18 characters whose own check character is right
 * do not save a wrong one. */
static void
credit_code_of_a_wrong_organisation(void **state)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const struct check *check = check_find("party-code");
    char code[] = "91350800MA0LY001??"; /* organisation MA0LY001-X */
    int good = 0;

    (void)state;
    for (const char *p = alphabet; *p; p++)
        for (const char *q = alphabet; *q; q++) {
            struct finding f;

            code[16] = *p;
            code[17] = *q;
            good += check_named(check, span_of(code), &f);
        }
    assert_int_equal(good, 1);
}

static void
decimals_compare_exactly(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {
        {"0",       "-0.0",          0 },
        {"1",       "01.00",         0 },
        {"+2",      "2",             0 },
        {"1.10",    "1.1",           0 },
        {"1.1",     "1.09",          1 },
        {"9",       "10",            -1},
        {"-9",      "-10",           1 },
        {"-1",      "0.5",           -1},
        {".5",      "0.49",          1 },
        {"0.5",     "0.51",          -1},
        {"1000000", "999999.999999", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int order = check_compare(span_of(rows[i].a), span_of(rows[i].b));

        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        order = check_compare(span_of(rows[i].b), span_of(rows[i].a));
        assert_int_equal((order > 0) - (order < 0), -rows[i].order);
    }
}

/* A character beyond U+FFFF is one, or two where those who read the message count UTF-16 units. */
static void
a_long_character_counts_as_its_readers_count(void **state)
{
    /* clang-format off */
    static const struct {
        const char *facets, *remark, *text;
        err_code_t code;
    } rows[] = {
        {MAX("2"),              "",                             "𠀀𠀁", ERR_NONE    },
        {MAX("2"),              "<lp:length unit='utf-16'/>", "𠀀𠀁", ERR_TOO_LONG},
        {MAX("4"),              "<lp:length unit='utf-16'/>", "𠀀𠀁", ERR_NONE    },
        {MAX("2"),              "<lp:length unit='utf-16'/>", "龙岩",     ERR_NONE    },
        {FACET("length", "2"),  "<lp:length unit='utf-16'/>", "𠀀",       ERR_NONE    },
        {FACET("length", "1"),  "<lp:length unit='utf-16'/>", "𠀀",       ERR_LENGTH  },
        {FACET("minLength", "2"), "<lp:length unit='utf-16'/>", "𠀀",     ERR_NONE    },
    };
    /* clang-format on */
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct plan_type *t = type_of(fx, "string", rows[i].facets, rows[i].remark);
        struct finding f = {ERR_NONE, ""};
        struct span out;
        char scratch[64];

        (void)check_value(t, span_of(rows[i].text), scratch, &out, &f);
        assert_int_equal(f.code, rows[i].code);
    }
}

/* Not a test of speed, a figure to read: nanoseconds a value. */
static void
how_fast(void **state)
{
    /* clang-format off */
    static const struct {
        const char *base, *facets, *remark, *text;
    } rows[] = {
        {"string",  MAX("60"), "",                              "LY20261124000017"   },
        {"token",   MAX("60"), "",                              "LY20261124000017"   },
        {"string",  MAX("60"), "",                              "福建省龙岩市新罗区" },
        {"string",  LETTERS,   "",                              "I"                  },
        {"decimal", MONEY,     "",                              "1234.50"            },
        {"string",  "",        "<lp:codes table='currency'/>",  "502"                },
        {"string",  "",        "<lp:check name='datetime14'/>", "20261124050000"     },
        {"string",  "",        "<lp:check name='party-code'/>", "91350800MA0LY001XF" },
        {"string",  FACET("pattern", "[0-9]{14}"), "",          "20261124050000"     },
    };
    /* clang-format on */
    struct fixture *fx = *state;
    enum { ROUNDS = 1000000 };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct plan_type *t = type_of(fx, rows[i].base, rows[i].facets, rows[i].remark);
        struct span out, text = span_of(rows[i].text);
        struct timespec from, to;
        struct finding f;
        char scratch[64];

        clock_gettime(CLOCK_MONOTONIC, &from);
        for (int n = 0; n < ROUNDS; n++)
            if (!check_value(t, text, scratch, &out, &f))
                fail_msg("%s", rows[i].text);
        clock_gettime(CLOCK_MONOTONIC, &to);
        print_message(
            "%-8s %-32s %-20s %6.1f ns\n", rows[i].base, rows[i].remark, rows[i].text,
            ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
                ROUNDS);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_against_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_lists_are_shortened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(codes_and_checks_of_a_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(words_for_nothing_are_no_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_code_is_asked_about_the_plans_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_character_counts_as_its_readers_count, set_up,
                                        tear_down),
        cmocka_unit_test(named_checks),
        cmocka_unit_test(credit_code_of_a_wrong_organisation),
        cmocka_unit_test(decimals_compare_exactly),
        cmocka_unit_test_setup_teardown(how_fast, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
