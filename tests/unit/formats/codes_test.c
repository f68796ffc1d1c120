/* codes: code tables, good and bad files, and the ones in the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../folder.h"

#include "formats/xsd/codes.h"

struct fixture {
    char dir[FOLDER_SIZE], path[96];
    struct arena *a;
    struct err e;
};

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof(*fx));

    folder_make(fx->dir);
    snprintf(fx->path, sizeof(fx->path), "%s/t.tsv", fx->dir);
    fx->a = arena_new("codes_test");
    *state = fx;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    arena_free(&fx->a);
    folder_remove(fx->dir);
    free(fx);
    return 0;
}

static rc_t
load(struct fixture *fx, struct span text, struct codes **c)
{
    FILE *f = fopen(fx->path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
    assert_int_equal(fclose(f), 0);
    return codes_load(c, fx->a, fx->dir, "t", &fx->e);
}

static bool
has(const struct codes *c, const char *code)
{
    const char *when;

    return codes_find(c, span_of(code), "", &when) == CODES_HAS;
}

static void
codes_that_are_there(void **state)
{
    struct fixture *fx = *state;
    struct codes *c;

    assert_int_equal(load(fx,
                          SPAN("code\tname_zh\temit\r\n"
                               "110\t港币\tyes\r\n"
                               "116\t日本元\t\r\n"
                               "300\tx\tno\r\n"
                               "301\tx\tno\r\n"
                               "301\tx\tyes"),
                          &c),
                     RC_OK);
    assert_string_equal(codes_name(c), "t");
    assert_true(has(c, "110"));
    assert_true(has(c, "116"));
    assert_false(has(c, "300"));
    assert_true(has(c, "301")); /* known, but only once accepted */
    assert_false(has(c, "11"));
    assert_false(has(c, "1100"));
    assert_false(has(c, ""));
    assert_false(has(c, "code"));

    size_t count;
    const struct codes_row *rows = codes_rows(c, &count);

    assert_int_equal(count, 3); /* those accepted, in the file's order */
    assert_string_equal(rows[0].code, "110");
    assert_string_equal(rows[0].zh, "港币");
    assert_string_equal(rows[0].en, "");
    assert_string_equal(rows[2].code, "301");
}

static void
lives_bound_a_code(void **state)
{
    static const struct {
        const char *code, *day;
        enum codes_answer answer;
        const char *when;
    } rows[] = {
        {"110", "20261124", CODES_HAS,     ""          },
        {"116", "20261124", CODES_HAS,     ""          },
        {"116", "20261123", CODES_NOT_YET, "2026-11-24"},
        {"116", "20261125", CODES_OVER,    "2026-11-24"},
        {"116", "",         CODES_HAS,     ""          },
        {"201", "20261124", CODES_NOT_YET, "2026-11-25"},
        {"201", "20261125", CODES_HAS,     ""          },
        {"201", "99991231", CODES_HAS,     ""          },
        {"202", "20261123", CODES_HAS,     ""          },
        {"202", "00010101", CODES_HAS,     ""          },
        {"202", "20261124", CODES_OVER,    "2026-11-23"},
        {"300", "19991231", CODES_NOT_YET, "2000-01-01"},
        {"300", "20000101", CODES_HAS,     ""          },
        {"300", "20050630", CODES_NOT_YET, "2010-01-01"}, /* it will be good again */
        {"300", "20091231", CODES_NOT_YET, "2010-01-01"},
        {"300", "20100101", CODES_HAS,     ""          },
        {"300", "20200101", CODES_OVER,    "2019-12-31"},
        {"301", "20261124", CODES_UNKNOWN, ""          },
        {"999", "20261124", CODES_UNKNOWN, ""          },
        {"",    "20261124", CODES_UNKNOWN, ""          },
    };
    struct fixture *fx = *state;
    struct codes *c;

    assert_int_equal(load(fx,
                          SPAN("code\tfrom\tuntil\temit\n"
                               "110\t\t\tyes\n"
                               "116\t2026-11-24\t2026-11-24\t\n"
                               "201\t2026-11-25\t\t\n"
                               "202\t\t2026-11-23\t\n"
                               "300\t2010-01-01\t2019-12-31\t\n"
                               "300\t2000-01-01\t2004-12-31\t\n"
                               "301\t2000-01-01\t\tno\n"),
                          &c),
                     RC_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *when = "";

        if (codes_find(c, span_of(rows[i].code), rows[i].day, &when) != rows[i].answer ||
            strcmp(when, rows[i].when) != 0)
            fail_msg("%s on %s: %s", rows[i].code, rows[i].day, when);
    }
}

static void
bad_files_name_their_line(void **state)
{
    const struct {
        struct span text;
        const char *want;
    } rows[] = {
        {SPAN(""),                                                                          ":1: the first line must name the columns"},
        {SPAN("name\tcode\n"),                                                              ":1: the first column must be named code" },
        {SPAN("code\tname\n1\ta\n2\n"),                                                     ":3: 1 columns; must be 2"                },
        {SPAN("code\n1\n1\n"),                                                              ":3: code 1 stands twice"                 },
        {SPAN("code\n1\n\n"),                                                               ":3: code must have 1 to 64 bytes"        },
        {SPAN("code\tuntil\n1\t2026\n"),                                                    ":2: from and until must be dates"        },
        {SPAN("code\tuntil\n1\t20260101\n"),                                                ":2: from and until must be dates"        },
        {SPAN("code\tuntil\n1\t2026/01/01\n"),                                              ":2: from and until must be dates"        },
        {SPAN("code\tfrom\n1\t2026-02-29\n"),                                               ":2: from and until must be dates"        },
        {SPAN("code\tfrom\tuntil\n1\t2026-02-02\t2026-02-01\n"),
         ":2: from and until must be dates"                                                                                           },
        {SPAN("code\tfrom\tuntil\n1\t2026-02-02\t\n1\t\t2026-02-01\n1\t\t2026-02-01\n"),
         ":4: code 1 stands twice"                                                                                                    },
        {SPAN("code\tfrom\tuntil\n1\t2026-02-02\t2026-03-02\n1\t2026-03-02\t2026-04-02\n"),
         ":3: code 1 stands twice"                                                                                                    },
        {SPAN("code\tfrom\tuntil\n1\t\t\n1\t2026-03-02\t2026-04-02\n"),                     ":3: code 1 stands twice"                 },
        {SPAN("code\tfrom\tuntil\n1\t2026-03-02\t\n1\t2026-04-02\t\n"),                     ":3: code 1 stands twice"                 },
        {SPAN("code\n\xff\n"),                                                              ": not UTF-8 text"                        },
        {SPAN("code\n1\0\n"),                                                               ": not UTF-8 text"                        },
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *want = arena_printf(fx->a, "%s%s", fx->path, rows[i].want);
        struct codes *c;

        assert_int_equal(load(fx, rows[i].text, &c), RC_FAIL);
        assert_null(c);
        assert_int_equal(fx->e.code, ERR_SCHEMA);
        if (strncmp(fx->e.text, want, strlen(want)) != 0)
            fail_msg("%s\nwanted %s", fx->e.text, want);
    }
}

static void
names_stay_in_the_folder(void **state)
{
    static const char *const names[] = {"", "../t", "/etc/passwd", "T", "none"};
    struct fixture *fx = *state;
    struct codes *c;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(codes_load(&c, fx->a, fx->dir, names[i], &fx->e), RC_FAIL);
}

static void
tables_of_the_tree(void **state)
{
    static const struct {
        const char *table, *code;
        bool known;
    } rows[] = {
        {"country",          "142",  true },
        {"country",          "502",  true },
        {"country",          "100",  false}, /* a continent */
        {"currency",         "142",  true },
        {"currency",         "502",  true },
        {"currency",         "840",  false}, /* the ISO number */
        {"customs_district", "3706", true },
        {"customs_district", "3700", true },
        {"customs_district", "0000", true },
        {"customs_district", "0001", false},
        {"transport_mode",   "5",    true },
        {"transport_mode",   "K",    false},
        {"unit",             "011",  true },
        {"unit",             "11",   false},
        {"wrap_type",        "2",    true },
        {"wrap_type",        "22",   false},
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct codes *c;

        if (codes_load(&c, fx->a, "formats/codes", rows[i].table, &fx->e) != RC_OK)
            fail_msg("%s", fx->e.text);
        if (has(c, rows[i].code) != rows[i].known)
            fail_msg("%s %s", rows[i].table, rows[i].code);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(codes_that_are_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lives_bound_a_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_files_name_their_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_stay_in_the_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_of_the_tree, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
