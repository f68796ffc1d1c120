/* show_test.c - words after a command, names of batches and bundles, sentences of codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "show.h"

#define WORDS_MAX 8

struct words_case {
    const char *name, *argv[WORDS_MAX];
    int words;
    rc_t want;
    const char *value, *left;
    bool flag;
};

static void
options_stand_anywhere_among_words(void **state)
{
    static const struct words_case cases[] = {
        {"word alone",       {"show", "12"},                     1,        RC_OK,   NULL, "12", false},
        {"option before",    {"show", "-o", "f", "12"},          1,        RC_OK,   "f",  "12", false},
        {"option after",     {"show", "12", "--all", "-o", "f"}, 1,        RC_OK,   "f",  "12", true },
        {"a dash is a word", {"show", "-"},                      1,        RC_OK,   NULL, "-",  false},
        {"unknown option",   {"show", "12", "--x"},              1,        RC_FAIL, NULL, NULL, false},
        {"value missing",    {"show", "12", "-o"},               1,        RC_FAIL, NULL, NULL, false},
        {"too many words",   {"show", "12", "13"},               1,        RC_FAIL, NULL, NULL, false},
        {"any number",       {"show", "12", "13", "--all"},      SHOW_ANY, RC_OK,   NULL, "12", true },
        {"too few words",    {"show"},                           1,        RC_FAIL, NULL, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct words_case *c = &cases[i];
        const char *value = NULL;
        bool all = false;
        const struct option options[] = {
            {"-o",    &value, NULL},
            {"--all", NULL,   &all},
            {NULL,    NULL,   NULL},
        };
        char *argv[WORDS_MAX + 1] = {NULL};
        struct err e = {0};
        int argc = 0;

        for (; argc < WORDS_MAX && c->argv[argc]; argc++)
            argv[argc] = (char *)(uintptr_t)c->argv[argc];
        assert_int_equal(show_options(options, argc, argv, c->words, c->name, &e), c->want);
        if (c->want != RC_OK) {
            assert_int_equal(e.code, ERR_USAGE);
            continue;
        }
        assert_string_equal(argv[1], c->left);
        assert_int_equal(all, c->flag);
        assert_string_equal(value ? value : "", c->value ? c->value : "");
    }
}

static void
batch_numbers_with_and_without_their_letter(void **state)
{
    static const struct {
        const char *text;
        bool prefixed;
        const char *want;
    } cases[] = {
        {"B000012",             false, "12"     },
        {"b12",                 true,  "12"     },
        {"12",                  false, "12"     },
        {"12",                  true,  NULL     },
        {"B1000000",            true,  "1000000"},
        {"B",                   false, NULL     },
        {"",                    false, NULL     },
        {"B12x",                false, NULL     },
        {"-12",                 false, NULL     },
        {"9999999999999999999", false, NULL     },
    };
    struct arena *a = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = show_batch_id(a, cases[i].text, cases[i].prefixed);
        assert_string_equal(got ? got : "none", cases[i].want ? cases[i].want : "none");
    }
    arena_free(&a);
}

static void
codes_become_sentences(void **state)
{
    struct show_sentence s;

    (void)state;
    show_sentence(&s, "E2004", "60");
    assert_string_equal(s.en, "must be at most 60 characters");
    assert_string_equal(s.zh, "长度不超过 60 个字符");
    show_sentence(&s, "E9999", "60");
    assert_string_equal(s.en, "");
    show_sentence(&s, NULL, NULL);
    assert_string_equal(s.zh, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere_among_words),
        cmocka_unit_test(batch_numbers_with_and_without_their_letter),
        cmocka_unit_test(codes_become_sentences),
    };

    return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
