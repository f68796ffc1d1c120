#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/hash.h"

static const struct hash_case {
    const char *text;
    int64_t want; /* SELECT hashtextextended(text, 0) */
} cases[] = {
    {"",                                              -6939563903564495251},
    {"a",                                             3591986179850072241 },
    {"ab",                                            2833316173711343549 },
    {"abc",                                           -6747756470228489321},
    {"abcd",                                          -1038429303365892052},
    {"abcdefgh",                                      -8882191227074733005},
    {"abcdefghi",                                     -3278210106038014113},
    {"abcdefghijk",                                   3112909444737856467 },
    {"abcdefghijkl",                                  -7556637188122330412},
    {"abcdefghijklm",                                 8871624171452417744 },
    {"91350800MA35C2LA3Q\x1fLY202611265413000000367", -3847321041938862559},
    {"无\x1f"
     "订单编号",                             -7844896415331759687},
};

static void
same_as_the_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(hash_text(span_of(cases[i].text)), cases[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_the_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
