/* reword: values as people's programs write them, read by a stated form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "formats/read/reword.h"

static int
set_up(void **state)
{
    *state = arena_new("reword_test");
    return 0;
}

static int
tear_down(void **state)
{
    struct arena *a = *state;

    arena_free(&a);
    return 0;
}

/* clang-format off */
static const struct {
    const char *pattern, *value, *want; /* want NULL: not of that form */
} patterns[] = {
    {"{}", "LY1", "LY1"},
    {"订单号：{}", "订单号：LY1", "LY1"},
    {"订单号：{}", "单号：LY1", NULL},
    {"订单号：{}", "订单号：", NULL},
    {"*订单号：{word}*", "张三 订单号：LY-1_a 谢谢", "LY-1_a"},
    {"*订单号：{word}*", "订单号：LY1", "LY1"},
    {"*订单号：{word}", "订单号：LY1 谢谢", NULL},
    {"{}-*", "A1-B2-C3", "A1"},          /* as short as can be */
    {"*-{}", "A1-B2-C3", "B2-C3"},
    {"*{digits}*", "ab 123 c 45", "123"}, /* as long as can be */
    {"{digits}元", "12元", "12"},
    {"{digits}元", "12a元", NULL},
    {"{digits}", "", NULL},
    {"[{}]", "[张三]", "张三"},
    {"*【{}】*", "退款【A1】【B2】", "A1"},
    {"{word}0156", "35089600010156", "3508960001"},
    {"a*b{}c", "axxbbc", "b"},
};

static const struct {
    const char *pattern;
    bool good;
} pattern_forms[] = {
    {"{}", true}, {"*{digits}*", true}, {"a{word}b", true},
    {"abc", false}, {"*", false}, {"{}{}", false}, {"{}-{}", false}, {"{}*", false}, {"*{}", false},
    {"{number}", false}, {"{", false}, {"}", false}, {"**{digits}", false},
};

static const struct {
    const char *form, *value, *want;
} dates[] = {
    {"YYYY-MM-DD hh:mm:ss", "2026-03-01 12:00:05", "20260301120005"},
    {"YYYY-MM-DD hh:mm:ss", "2026-03-01   12:00:05", "20260301120005"},
    {"YYYY-MM-DD hh:mm:ss", "2026-03-01 12:00", NULL},
    {"YYYY-MM-DD hh:mm:ss", "2026-03-01 12:00:05Z", NULL},
    {"YYYY-MM-DD hh:mm", "2026-03-01 12:00", "20260301120000"},
    {"YYYYMMDD", "20260301", "20260301"},
    {"YYYYMMDD", "2026031", NULL},
    {"MM/DD/YYYY", "03/01/2026", "20260301"},
    {"DD/MM/YYYY", "03/01/2026", "20260103"},
    {"M/D/YYYY", "3/1/2026", "20260301"},
    {"M/D/YYYY", "13/1/2026", NULL}, /* another form may be meant */
    {"DD/MM/YYYY", "30/02/2026", NULL},
    {"DD/MM/YYYY hh:mm", "28/02/2026 24:05", NULL},
    {"M/D/YY h:mm", "3/1/26 9:05", "20260301090500"},
    {"YYYY年M月D日", "2026年3月1日", "20260301"},
    {"MON D, YYYY h:mm:ss AM*", "Mar 1, 2026 12:00:05 AM PST", "20260301000005"},
    {"MON D, YYYY h:mm:ss AM*", "March 11, 2026 1:00:05 PM PST", "20260311130005"},
    {"MON D, YYYY h:mm:ss AM*", "Mar 1, 2026 13:00:05 AM PST", NULL},
    {"MON D, YYYY", "Foo 1, 2026", NULL},
    {"DD.MM.YYYY hh:mm:ss UTC", "01.03.2026 00:00:05 UTC", "20260301000005"},
    {"YYYY-MM-DDThh:mm:ss", "2026-03-01T12:00:05", "20260301120005"},
    {"YYYY-MM-DD", "", NULL},
};

static const struct {
    const char *form;
    bool good, time;
} date_forms[] = {
    {"YYYY-MM-DD", true, false}, {"DD/MM/YY hh:mm", true, true}, {"MON D, YYYY h AM*", true, true},
    {"YYYY-MM", false, false}, {"MM-DD", false, false}, {"YYYY-MM-DD mm:ss", false, false},
    {"YYYY*MM-DD", false, false}, {"", false, false}, {"YYY-MM-DD", false, false}, {"YYYY-MM-DDD", false, false},
    {"YYYY-MM-DD HH:mm", false, false}, {"YYYY年M月D日", true, false}, {"YYYY-MM-DDThh:mm:ssZ", true, true},
};

static const struct {
    const char *value;
    char thousands;
    const char *want;
} numbers[] = {
    {"1,234.50", ',', "1234.50"}, {"1234.5", ',', "1234.5"}, {"¥1,234.50", ',', "1234.50"},
    {"￥ 12", ',', "12"}, {"12元", ',', "12"}, {"CNY 1,234,567.8", ',', "1234567.8"},
    {"+5", ',', "5"}, {"-5", ',', "-5"}, {"5-", ',', "-5"}, {"(5.00)", ',', "-5.00"}, {"−5", ',', "-5"},
    {"-¥5", ',', "-5"}, {"¥-5", ',', "-5"}, {"5.", ',', "5"}, {"-", ',', ""}, {"--", ',', ""}, {"- 5 -", ',', NULL},
    {"12,34.5", ',', NULL}, {"1,2345", ',', NULL}, {"1.234,50", ',', NULL}, {"a", ',', NULL},
    {"1.2.3", ',', NULL}, {"1e5", ',', NULL}, {".5", ',', NULL}, {"(5", ',', NULL},
    {"1.234,50", '.', "1234.50"}, {"1.234.567", '.', "1234567"}, {"1,50", '.', "1.50"},
    {"1234567890123456789012345678901", ',', NULL},
};

static const struct {
    const char *value;
    bool want;
} filled[] = {
    {"1", true}, {"0.01", true}, {"-5", true}, {"A", true}, {"收", true},
    {"", false}, {" ", false}, {"0", false}, {"0.00", false}, {"-", false}, {"--", false}, {"¥0.00", false},
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void
patterns_take_their_part(void **state)
{
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct span taken = {NULL, 0};
        bool fits = reword_pattern(*state, patterns[i].pattern, span_of(patterns[i].value), &taken);

        if (fits != (patterns[i].want != NULL) || (fits && !span_is(taken, patterns[i].want)))
            fail_msg("%s of %s: %d '%.*s'", patterns[i].pattern, patterns[i].value, fits,
                     SPAN_F(taken));
    }
    for (size_t i = 0; i < COUNT(pattern_forms); i++)
        if (!reword_pattern_wrong(pattern_forms[i].pattern) != pattern_forms[i].good)
            fail_msg("%s: %s", pattern_forms[i].pattern,
                     reword_pattern_wrong(pattern_forms[i].pattern));
}

/* What takes a backtracking matcher longer than anybody lives. */
static void
a_hostile_value_costs_its_length(void **state)
{
    char value[REWORD_MAX + 2], pattern[64] = "";
    struct span taken;
    clock_t began = clock();

    memset(value, 'a', sizeof value);
    for (int i = 0; i < 10; i++)
        strncat(pattern, "*a", 3);
    strncat(pattern, "{digits}", 9);
    for (int i = 0; i < 50; i++) {
        assert_false(reword_pattern(*state, pattern, (struct span){value, REWORD_MAX}, &taken));
        arena_reset(*state);
    }
    assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 5);
    assert_false(reword_pattern(*state, "{}", (struct span){value, REWORD_MAX + 1}, &taken));
}

static void
dates_by_their_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(dates); i++) {
        char digits[REWORD_DATE] = "";
        bool fits = reword_date(dates[i].form, span_of(dates[i].value), digits);

        if (fits != (dates[i].want != NULL) || (fits && strcmp(digits, dates[i].want) != 0))
            fail_msg("%s of %s: %d %s", dates[i].form, dates[i].value, fits, digits);
    }
    for (size_t i = 0; i < COUNT(date_forms); i++) {
        assert_int_equal(!reword_date_wrong(date_forms[i].form), date_forms[i].good);
        if (date_forms[i].good)
            assert_int_equal(reword_date_has_time(date_forms[i].form), date_forms[i].time);
    }
}

static void
dates_as_a_column_wants_them(void **state)
{
    struct arena *a = *state;

    assert_string_equal(reword_date_as(a, "YYYYMMDD", "20260301120005"), "20260301");
    assert_string_equal(reword_date_as(a, "YYYY-MM-DD", "20260301120005"), "2026-03-01");
    assert_string_equal(reword_date_as(a, "YYYY-MM-DDThh:mm:ss", "20260301120005"),
                        "2026-03-01T12:00:05");
    assert_string_equal(reword_date_as(a, "YYYYMMDDhhmmss", "20260301"), "20260301");
}

static void
amounts(void **state)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char point = numbers[i].thousands == ',' ? '.' : ',';
        struct span plain = {NULL, 0};
        bool good =
            reword_number(*state, numbers[i].thousands, point, span_of(numbers[i].value), &plain);

        if (good != (numbers[i].want != NULL) || (good && !span_is(plain, numbers[i].want)))
            fail_msg("%s: %d '%.*s'", numbers[i].value, good, SPAN_F(plain));
    }
    for (size_t i = 0; i < COUNT(filled); i++)
        if (reword_is_filled(span_of(filled[i].value)) != filled[i].want)
            fail_msg("filled: %s", filled[i].value);
}

static void
pieces(void **state)
{
    struct span piece;

    (void)state;
    assert_true(reword_split(SPAN("a|b | c"), "|", 2, &piece));
    assert_true(span_is(piece, "b"));
    assert_true(reword_split(SPAN("a|b | c"), "|", 3, &piece));
    assert_true(span_is(piece, "c"));
    assert_false(reword_split(SPAN("a|b | c"), "|", 4, &piece));
    assert_true(reword_split(SPAN("a--b--"), "--", 3, &piece));
    assert_true(span_is(piece, ""));
    assert_true(reword_split(SPAN("abc"), "、", 1, &piece));
    assert_true(span_is(piece, "abc"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(patterns_take_their_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hostile_value_costs_its_length, set_up, tear_down),
        cmocka_unit_test(dates_by_their_form),
        cmocka_unit_test_setup_teardown(dates_as_a_column_wants_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(amounts, set_up, tear_down),
        cmocka_unit_test(pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
