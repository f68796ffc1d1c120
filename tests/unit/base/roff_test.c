/* roff_test.c - whatever a text holds is shown, and is no macro, escape or typographic hyphen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/roff.h"

static const struct text_case {
    const char *name, *in, *want;
} text_cases[] = {
    {"plain",              "a b",      "a b\n"       },
    {"hyphens",            "--json",   "\\-\\-json\n"},
    {"a backslash",        "a\\nb",    "a\\enb\n"    },
    {"a macro",            ".SH x",    "\\&.SH x\n"  },
    {"a control line",     "'br",      "\\&'br\n"    },
    {"a full stop inside", "a. b 'c'", "a. b 'c'\n"  },
    {"Chinese",            "龙岩",   "龙岩\n"    },
};

static void
text_is_shown_as_it_is(void **state)
{
    struct arena *a = arena_new("roff_test");

    (void)state;
    for (size_t i = 0; i < sizeof text_cases / sizeof *text_cases; i++) {
        struct buf b = {0};

        roff_text(&b, text_cases[i].in);
        if (strcmp(buf_text(&b, a), text_cases[i].want) != 0)
            fail_msg("%s", text_cases[i].name);
    }
    arena_free(&a);
}

static void
a_page_has_its_head_words_and_lines(void **state)
{
    struct arena *a = arena_new("roff_test");
    struct buf b = {0};

    (void)state;
    roff_page(&b, "x.conf", 5, "1.2", "what it is");
    roff_line(&b, "SS", "p \"...\" / q");
    roff_line(&b, "TP", NULL);
    roff_code(&b, ".a\n\n  b -c");
    assert_string_equal(buf_text(&b, a), ".TH X.CONF 5 \"\" \"landport 1.2\" \"landport\"\n"
                                         ".SH \"NAME\"\n"
                                         "x.conf \\- what it is\n"
                                         ".SS \"p \\(dq...\\(dq / q\"\n"
                                         ".TP\n"
                                         ".nf\n\\&.a\n\n  b \\-c\n.fi\n");
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_shown_as_it_is),
        cmocka_unit_test(a_page_has_its_head_words_and_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
