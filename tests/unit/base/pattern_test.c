/* pattern_test.c - names made of a pattern. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pattern.h"

static const struct pattern_value values[] = {
    {"agency", "credit"},
    {"nth",    "7"     },
    {"none",   ""      },
    {NULL,     NULL    },
};

static void
each_placeholder_is_filled(void **state)
{
    static const struct {
        const char *pattern, *want; /* NULL: it cannot be */
    } cases[] = {
        {"",                     ""           },
        {"plain-1.txt",          "plain-1.txt"},
        {"{agency}",             "credit"     },
        {"{AGENCY}_{nth:2}",     "CREDIT_07"  },
        {"{nth:1}{nth}{nth:3}x", "77007x"     },
        {"{none}{none:2}",       "00"         },
        {"{Agency}",             "credit"     },
        {"{agency:3}",           "credit"     },
        {"{agency",              NULL         },
        {"agency}",              NULL         },
        {"{}",                   NULL         },
        {"{agency:}",            NULL         },
        {"{agency:0}",           NULL         },
        {"{agency:21}",          NULL         },
        {"{agency:-1}",          NULL         },
        {"{agency:2x}",          NULL         },
        {"{other}",              NULL         },
    };
    struct arena *a = arena_new("pattern_test");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        const char *name;
        rc_t rc = pattern_fill(&name, a, cases[i].pattern, values, &e);

        print_message("%s\n", cases[i].pattern);
        assert_int_equal(rc, cases[i].want ? RC_OK : RC_FAIL);
        if (cases[i].want)
            assert_string_equal(name, cases[i].want);
        else
            assert_int_equal(e.code, ERR_CONFIG);
    }
    arena_free(&a);
}

static void
a_placeholder_is_found(void **state)
{
    (void)state;
    assert_true(pattern_has("a{b}{NTH:2}", "nth"));
    assert_false(pattern_has("nth{nthx}{nt", "nth"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_placeholder_is_filled),
        cmocka_unit_test(a_placeholder_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
