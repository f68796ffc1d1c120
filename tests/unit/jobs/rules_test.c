/* rules_test.c - a rule's file: what it may say, and that nothing else passes; which of two files counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules.h"

#include "../folder.h"

struct fixture {
    struct arena *arena;
    char dir[FOLDER_SIZE];
    struct conf conf;
    struct err e;
};

static int
set_up(void **state)
{
    static const char *const folders[] = {"share", "site"}, *const below[] = {
                                                                "", "/sql", "/sql/reconcile",
                                                                "/sql/reconcile/rules"};
    struct fixture *fx = calloc(1, sizeof *fx);

    *state = fx;
    fx->arena = arena_new("rules_test");
    folder_make(fx->dir);
    for (int f = 0; f < 2; f++)
        for (int b = 0; b < 4; b++)
            if (mkdir(arena_printf(fx->arena, "%s/%s%s", fx->dir, folders[f], below[b]), 0700) != 0)
                return -1;
    fx->conf.share = arena_printf(fx->arena, "%s/share", fx->dir);
    fx->conf.site = arena_printf(fx->arena, "%s/site", fx->dir);
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    folder_remove(fx->dir);
    arena_free(&fx->arena);
    free(fx);
    return 0;
}

static const char *
put_file(struct fixture *fx, const char *root, const char *name, const char *text)
{
    const char *path = arena_printf(fx->arena, "%s/%s/sql/reconcile/rules/%s", fx->dir, root, name);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    fclose(f);
    return path;
}

#define HEAD                                                                                         \
    "-- code: X0001\n-- title zh: 不超过 {want}\n-- title en: at most {want}\n-- source: notice " \
    "1\n"
#define BODY "-- when\na > 1\n-- seen\na\n-- want\n1\n"

static const struct file_case {
    const char *name, *text, *want; /* NULL: it can be read */
} file_cases[] = {
    {"the least",                                                       HEAD BODY,                                                               NULL                                                 },
    {"all of it",
     HEAD "-- todo zh: 改\n-- todo en: mend it\n-- since: 20240229\n-- until: 20240229\n"
          "-- modes: 9710, 9810\n-- direction: import\n-- note: because\n--   of more\n\n" BODY,
     NULL                                                                                                                                                                                             },
    {"several conditions, one of them a statement",
     HEAD BODY "\n" BODY "-- statement\nSELECT 1, 2, 3\n",                                                                                       NULL                                                 },
    {"comments among SQL",
     HEAD "-- when\n-- seen often: it is\na > 1 -- not (less\n-- seen\n'; ('\n-- want\n\"b)\"\n",
     NULL                                                                                                                                                                                             },
    {"lines of Windows",
     "-- code: X0001\r\n-- title zh: 一\r\n-- title en: b\r\n-- source: c\r\n-- when\r\na\r\n-- "
     "seen\r\nb\r\n-- want\r\nc\r\n",                                                                                                            NULL                                                 },
    {"which trades other rows touch",                                   HEAD "-- touches\nSELECT 1, 'a', 'b'\n" BODY,                            NULL                                                 },
    {"that said twice",                                                 HEAD "-- touches\nSELECT 1\n" BODY "-- touches\nSELECT 2\n",
     "13: section 'touches' does not belong here"                                                                                                                                                     },
    {"that said in the middle of a condition",                          HEAD "-- when\na\n-- touches\nSELECT 1\n",
     "7: section 'touches' does not belong here"                                                                                                                                                      },
    {"nothing",                                                         "",                                                                      "0: no condition: sections -- when, -- seen, -- want"},
    {"no condition",                                                    HEAD,                                                                    "4: no condition: sections -- when, -- seen, -- want"},
    {"unknown key",                                                     HEAD "-- sauce: soy\n" BODY,                                             "5: no heading 'sauce'; they are code, title zh"     },
    {"a key twice",                                                     HEAD "-- source: notice 2\n" BODY,                                       "5: heading 'source' stands twice"                   },
    {"a key without a value",                                           HEAD "-- since:\n" BODY,                                                 "5: heading 'since' says nothing"                    },
    {"a remark in the heading",                                         "-- this is about goods\n" HEAD BODY,
     "1: '-- this is about goods' stands before the first section"                                                                                                                                    },
    {"SQL before a section",                                            HEAD "a > 1\n" BODY,                                                     "5: 'a > 1' stands before the first section"         },
    {"another code",                                                    "-- code: X0002\n-- title zh: 一\n-- title en: b\n-- source: c\n" BODY,
     "1: heading code is X0002; the file's name says X0001"                                                                                                                                           },
    {"no code",                                                         "-- title zh: 一\n-- title en: b\n-- source: c\n" BODY,
     "1: heading code is missing; the file's name says X0001"                                                                                                                                         },
    {"no Chinese",                                                      "-- code: X0001\n-- title en: b\n-- source: c\n" BODY,
     "1: heading title zh is missing"                                                                                                                                                                 },
    {"no source",                                                       "-- code: X0001\n-- title zh: 一\n-- title en: b\n" BODY,
     "1: heading source is missing"                                                                                                                                                                   },
    {"{want} in one language",
     "-- code: X0001\n-- title zh: {want}\n-- title en: b\n-- source: c\n" BODY,
     "3: {want} stands in one of title zh and title en only"                                                                                                                                          },
    {"what to do in one language",                                      HEAD "-- todo en: mend\n" BODY,
     "5: of todo zh and todo en one is missing"                                                                                                                                                       },
    {"no date",                                                         HEAD "-- since: 2024-02-29\n" BODY,                                      "5: since is 2024-02-29; a date is YYYYMMDD"         },
    {"no day of its month",                                             HEAD "-- until: 20230229\n" BODY,
     "5: until is 20230229; a date is YYYYMMDD"                                                                                                                                                       },
    {"ends before it begins",                                           HEAD "-- since: 20240302\n-- until: 20240301\n" BODY,
     "6: since 20240302 is after until 20240301"                                                                                                                                                      },
    {"no mode",                                                         HEAD "-- modes: 9710,98\n" BODY,                                         "5: modes is 9710,98; it is like 9710, 9810"         },
    {"no direction",                                                    HEAD "-- direction: in\n" BODY,                                          "5: direction is in; it is import or export"         },
    {"a slip of the pen",                                               HEAD "-- when\na\n-- sene\nb\n-- want\nc\n",                             "7: no section 'sene'"                               },
    {"what was seen is missing",                                        HEAD "-- when\na\n-- want\nc\n",
     "7: section 'want' does not belong here"                                                                                                                                                         },
    {"what is wanted is missing",                                       HEAD "-- when\na\n-- seen\nc\n",                                         "8: section -- want is missing"                      },
    {"a condition begun again",                                         HEAD "-- when\na\n-- when\nb\n",
     "7: section 'when' does not belong here"                                                                                                                                                         },
    {"a statement and more",                                            HEAD "-- statement\na\n-- seen\nb\n",
     "7: section 'seen' does not belong here"                                                                                                                                                         },
    {"an empty section",                                                HEAD "-- when\n-- only words\n-- seen\nb\n-- want\nc\n",
     "5: the section holds no SQL"                                                                                                                                                                    },
    {"a heading too late",                                              HEAD "-- when\na\n-- since: 20240101\n",
     "7: a heading stands after the first section"                                                                                                                                                    },
    {"a second statement",                                              HEAD "-- when\na; DROP TABLE b\n-- seen\nb\n-- want\nc\n",
     "5: a ';' is in the section"                                                                                                                                                                     },
    {"out of its brackets",                                             HEAD "-- when\na) OR (b\n-- seen\nb\n-- want\nc\n",
     "5: the section's brackets do not match"                                                                                                                                                         },
    {"a bracket left open",                                             HEAD "-- when\n(a\n-- seen\nb\n-- want\nc\n",
     "5: the section's brackets do not match"                                                                                                                                                         },
    {"several values where one is meant",                               HEAD "-- when\na\n-- seen\nb\n-- want\nleast(1, 2), 3\n",
     "9: the section is of several values"                                                                                                                                                            },
    {"values in brackets",                                              HEAD "-- when\na IN (1, 2)\n-- seen\nARRAY[b, c]\n-- want\n'1, 2'\n",
     NULL                                                                                                                                                                                             },
    {"a place that nothing fills",
     "-- code: X0001\n-- title zh: {want}\n-- title en: {want} {seen}\n-- source: c\n" BODY,
     "3: title en has {seen}; {want} is all"                                                                                                                                                          },
    {"a bracket in a comment of several lines, one of them in another",
     HEAD "-- when\na /* ( /* ; */ ' \n $x$ */ > 1\n-- seen\na\n-- want\n1\n",                                                                   NULL                                                 },
    {"brackets in quotes of dollars",
     HEAD "-- when\na ~ $$(;$$ AND b = $t1$ ( $$ $t1$\n-- seen\n$1\n-- want\n1\n",                                                               NULL                                                 },
    {"a text with escapes",
     HEAD "-- when\na = E'it\\'s '' \\' (;' OR b = date'2026-01-01'\n-- seen\na\n-- want\n1\n",
     NULL                                                                                                                                                                                             },
    {"a backslash that is none",
     HEAD "-- when\na = 'c:\\' OR true) OR (b = ''\n-- seen\na\n-- want\n1\n",
     "5: the section's brackets do not match"                                                                                                                                                         },
    {"one that only looks like escapes",
     HEAD "-- when\na = date'\\') OR (true OR '' = ''\n-- seen\na\n-- want\n1\n",
     "5: the section's brackets do not match"                                                                                                                                                         },
    {"a comment that goes on",                                          HEAD "-- when\na /* ( /* */\n-- seen\na\n-- want\n1\n",
     "5: a quote or a comment of the section is not closed"                                                                                                                                           },
    {"dollars that go on",                                              HEAD "-- when\na = $x$ ( $X$\n-- seen\na\n-- want\n1\n",
     "5: a quote or a comment of the section is not closed"                                                                                                                                           },
    {"a quote that goes on",                                            HEAD "-- when\na = 'b\n-- seen\na\n-- want\n1\n",
     "5: a quote or a comment of the section is not closed"                                                                                                                                           },
    {"a ; behind a comment",                                            HEAD "-- when\na /* b */ ; c\n-- seen\na\n-- want\n1\n",
     "5: a ';' is in the section"                                                                                                                                                                     },
    {"nothing but a comment",                                           HEAD "-- when\n/* a */\n-- seen\na\n-- want\n1\n",
     "5: the section holds no SQL"                                                                                                                                                                    },
    {"not UTF-8",                                                       HEAD "-- note: \xc4\xe3\n" BODY,                                         "5: a byte is not UTF-8 text"                        },
};

static void
a_file_says_what_is_known_or_is_refused(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof file_cases / sizeof *file_cases; i++) {
        const struct file_case *c = &file_cases[i];
        struct rule r = {.code = "X0001"};
        rc_t rc;

        r.file = put_file(fx, "site", "X0001.sql", c->text);
        rc = rules_read(&r, fx->arena, &fx->e);
        if (!c->want && rc != RC_OK)
            fail_msg("%s: %s", c->name, fx->e.text);
        if (!c->want)
            continue;
        if (rc != RC_FAIL || fx->e.code != ERR_RULE ||
            !strstr(fx->e.text, arena_printf(fx->arena, "X0001.sql:%s", c->want)))
            fail_msg("%s: %d, %s", c->name, (int)rc, rc == RC_OK ? "taken" : fx->e.text);
    }
}

static void
what_a_file_says_is_kept(void **state)
{
    struct fixture *fx = *state;
    struct rule r = {.code = "X0001"};
    const struct rules one = {&r, 1};

    r.file = put_file(fx, "site", "X0001.sql", file_cases[1].text);
    assert_int_equal(rules_read(&r, fx->arena, &fx->e), RC_OK);
    assert_string_equal(r.modes, "9710,9810");
    assert_string_equal(r.note, "because of more");
    assert_int_equal(r.count, 1);
    assert_string_equal(r.parts[0].when.sql, "a > 1\n");
    assert_int_equal(r.parts[0].want.line, 18);
    assert_string_equal(
        rules_json(&one, fx->arena),
        "[{\"code\": \"X0001\", \"looks\": \"a > 1\\u000a\", \"seen\": \"a\\u000a\", "
        "\"want\": \"1\\u000a\", \"since\": \"20240229\", \"until\": \"20240229\", "
        "\"direction\": \"import\", \"modes\": [\"9710\", \"9810\"]}]");
}

static void
what_touches_stands_once_a_rule(void **state)
{
    struct fixture *fx = *state;
    struct rule r = {.code = "X0001"};
    const struct rules one = {&r, 1};

    r.file = put_file(fx, "site", "X0001.sql", HEAD BODY BODY "-- touches\nSELECT t\n");
    assert_int_equal(rules_read(&r, fx->arena, &fx->e), RC_OK);
    assert_int_equal(r.count, 2);
    assert_string_equal(r.touches.sql, "SELECT t\n");
    assert_string_equal(rules_json(&one, fx->arena),
                        "[{\"code\": \"X0001\", \"looks\": \"a > 1\\u000a\", \"seen\": "
                        "\"a\\u000a\", \"want\": \"1\\u000a\", \"touches\": \"SELECT t\\u000a\"},\n"
                        "{\"code\": \"X0001\", \"looks\": \"a > 1\\u000a\", \"seen\": "
                        "\"a\\u000a\", \"want\": \"1\\u000a\"}]");
}

static const struct name_case {
    const char *root, *name, *want; /* NULL: it counts, or is no rule's file */
} name_cases[] = {
    {"site",  "X0002.sql",  NULL                       },
    {"site",  "README.md",  NULL                       },
    {"site",  ".X0003.sql", NULL                       },
    {"site",  "X003.sql",   "named for its code"       },
    {"site",  "limits.sql", "named for its code"       },
    {"site",  "E5999.sql",  "no such rule to replace"  },
    {"share", "X0004.sql",  "are for the site's folder"},
};

static void
names_say_whose_a_rule_is(void **state)
{
    struct fixture *fx = *state;
    struct rules r;

    assert_int_equal(rules_find(&r, &fx->conf, fx->arena, &fx->e), RC_FAIL);
    assert_non_null(strstr(fx->e.text, "no rules are in it"));
    put_file(fx, "share", "E5001.sql", "");
    for (size_t i = 0; i < sizeof name_cases / sizeof *name_cases; i++) {
        const struct name_case *c = &name_cases[i];
        const char *file = put_file(fx, c->root, c->name, "");
        rc_t rc = rules_find(&r, &fx->conf, fx->arena, &fx->e);

        assert_int_equal(rc, c->want ? RC_FAIL : RC_OK);
        if (c->want && !strstr(fx->e.text, c->want))
            fail_msg("%s: %s", c->name, fx->e.text);
        if (c->want)
            remove(file);
    }
    put_file(fx, "site", "E5001.sql", "");
    assert_int_equal(rules_find(&r, &fx->conf, fx->arena, &fx->e), RC_OK);
    assert_int_equal(r.count, 2);
    assert_string_equal(r.all[0].code, "E5001");
    assert_non_null(strstr(r.all[0].file, "/site/"));
    assert_string_equal(r.all[1].code, "X0002");
}

/* Ours: each can be read, and its number is taken in err.def, which has no sentence for it. */
static void
our_own_rules_can_be_read(void **state)
{
    struct fixture *fx = *state;
    const struct conf ours = {.share = "."};
    char codes[64][8];
    size_t taken = 0;
    struct rules r;

#define ERR(name, number, zh, en, todo_zh, todo_en)
#define ERR_RULED(name, number) err_name(number, codes[taken++]);
#include "base/err.def"
#undef ERR
    if (rules_load(&r, &ours, fx->arena, &fx->e) != RC_OK)
        fail_msg("%s", fx->e.text);
    assert_int_equal(r.count, taken);
    for (uint32_t i = 0; i < r.count; i++) {
        assert_string_equal(r.all[i].code, codes[i]);
        assert_true(*r.all[i].todo_zh && *r.all[i].todo_en);
    }
    assert_string_equal(err_text_of("E5002")->en, "");
    rules_tell(&ours, fx->arena);
    assert_string_equal(err_text_of("E5002")->en, "payments must add up to {want}");
    assert_string_equal(err_text_of("E2004")->todo_en, "shorten it and upload again");
    assert_string_equal(err_text_of("X0001")->zh, "");
    assert_string_equal(err_text_of(NULL)->zh, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_says_what_is_known_or_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_file_says_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_touches_stands_once_a_rule, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_say_whose_a_rule_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(our_own_rules_can_be_read, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
