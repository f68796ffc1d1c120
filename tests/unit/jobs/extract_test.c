/* extract_test.c - the sections of an extract file: what there may be, and where what is wrong stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "extract.h"

#include "../folder.h"

struct fixture {
    struct arena *arena;
    char dir[FOLDER_SIZE];
    struct err e;
};

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);

    *state = fx;
    fx->arena = arena_new("extract_test");
    folder_make(fx->dir);
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
put_file(struct fixture *fx, const char *name, const char *text, size_t n)
{
    const char *path = arena_printf(fx->arena, "%s/%s", fx->dir, name);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
    return path;
}

static const char *
find(void *ctx, struct arena *a, const char *name)
{
    const char *file = arena_printf(a, "%s/%s", ((struct fixture *)ctx)->dir, name);

    return access(file, R_OK) == 0 ? file : NULL;
}

static rc_t
read_text(struct fixture *fx, struct extract *x, const char *text)
{
    const char *file = put_file(fx, "x.sql", text, strlen(text));

    memset(&fx->e, 0, sizeof fx->e);
    return extract_read(x, fx->arena, file, find, fx, &fx->e);
}

static void
each_section_has_its_place(void **state)
{
    struct fixture *fx = *state;
    struct extract x;

    assert_int_equal(
        read_text(fx, &x,
                  "-- kind: what it is; no heading of ours\n-- source: here\n\n"
                  "-- documents\n-- each once\nSELECT 1;\n\n"
                  "-- report: month after 3 days\nSELECT 2\n-- prepare\nSELECT 3; SELECT 33;\n"
                  "-- closed\nSELECT 4\n-- held\nSELECT 5\n-- answered\nSELECT 6\n"
                  "-- level:\nSELECT 7\n--level of another kind: a comment\n"
                  "-- Two words: a comment\r\n-- level: A/B \r\nSELECT 8"),
        RC_OK);
    assert_string_equal(x.documents.sql, "-- each once\nSELECT 1;\n\n");
    assert_int_equal(x.documents.line, 4);
    assert_string_equal(x.documents.argument, "");
    assert_string_equal(x.report.argument, "month after 3 days");
    assert_string_equal(x.report.sql, "SELECT 2\n");
    assert_string_equal(x.prepare.sql, "SELECT 3; SELECT 33;\n");
    assert_string_equal(x.closed.sql, "SELECT 4\n");
    assert_string_equal(x.held.sql, "SELECT 5\n");
    assert_string_equal(x.answered.sql, "SELECT 6\n");
    assert_int_equal(x.count, 2);
    assert_string_equal(x.levels[0].path, "");
    assert_string_equal(x.levels[1].path, "A/B");
    assert_string_equal(x.levels[1].query, "SELECT 8");
    assert_int_equal(x.levels[1].line, 22);
    assert_int_equal(extract_has_levels(&x, &fx->e), RC_OK);
}

static void
a_file_stands_for_its_sections(void **state)
{
    static const char base[] =
        "-- base: what all have\n-- level:\nSELECT 1\n-- level: Z\nSELECT 2\n";
    struct fixture *fx = *state;
    struct extract x;

    put_file(fx, "base.sql", base, sizeof base - 1);
    assert_int_equal(read_text(fx, &x,
                               "-- documents\nSELECT 0\n-- include: base.sql\n\n-- level: A\n"
                               "SELECT 3\n"),
                     RC_OK);
    assert_string_equal(x.documents.sql, "SELECT 0\n");
    assert_int_equal(x.count, 3);
    assert_string_equal(x.levels[1].path, "Z");
    assert_string_equal(x.levels[1].query, "SELECT 2\n");
    assert_string_equal(strrchr(x.levels[1].file, '/'), "/base.sql");
    assert_int_equal(x.levels[1].line, 4);
    assert_string_equal(x.levels[2].path, "A");
    assert_int_equal(x.levels[2].line, 5);
}

static void
what_is_wrong_is_told_with_its_line(void **state)
{
    static const struct {
        const char *text, *want; /* after the folder */
    } cases[] = {
        {"SELECT 1\n",                                           "x.sql:1: a query stands outside"                  },
        {"-- document\nSELECT 1\n",                              "x.sql:2: a query stands outside"                  },
        {"-- documents\nSELECT 1\n-- levels: A\nSELECT 2\n",
         "x.sql:3: no section 'levels'; they are -- documents"                                                      },
        {"-- documents\nSELECT 1\n\n-- hold\nSELECT 2\n",        "x.sql:4: no section 'hold'"                       },
        {"-- documents\nSELECT 1\n-- documents\nSELECT 1\n",
         "x.sql:3: section 'documents' is there already, in "                                                       },
        {"-- level: A\nSELECT 1\n-- level: A\nSELECT 1\n",
         "x.sql:3: level 'A' is there already, in "                                                                 },
        {"-- documents\n-- not much\n\n-- level: A\nSELECT 1\n",
         "x.sql:1: the section holds no SQL"                                                                        },
        {"-- level: A\nSELECT 1\n-- closed\n  -- nothing\n",     "x.sql:3: the section holds no SQL"                },
        {"-- level\nSELECT 1\n",                                 "x.sql:1: a level is \"-- level: PATH\""           },
        {"-- closed: now\nSELECT 1\n",                           "x.sql:1: section 'closed' has nothing behind it"  },
        {"-- closed:\nSELECT 1\n",                               "x.sql:1: section 'closed' has nothing behind it"  },
        {"-- report\nSELECT 1\n",                                "x.sql:1: section 'report' says something"         },
        {"-- report:\nSELECT 1\n",                               "x.sql:1: section 'report' says something"         },
        {"-- include: none.sql\n",                               "x.sql:1: no file 'none.sql' to include"           },
        {"-- include: ../x.sql\n",                               "x.sql:1: no file '../x.sql' to include"           },
        {"-- include\n",                                         "x.sql:1: no file '' to include"                   },
        {"-- include: x.sql\n",                                  "x.sql:1: a file that is included includes none"   },
        {"-- include: other.sql\n",                              "other.sql:2: no section 'wrong'"                  },
        {"-- include: level.sql\n-- level: A\nSELECT 1\n",
         "x.sql:2: level 'A' is there already, in "                                                                 },
        {"-- include: level.sql\nSELECT 1\n",                    "x.sql:2: a query stands outside"                  },
        {"-- level: 1\nSELECT 1\n-- level: 2\nSELECT 1\n-- level: 3\nSELECT 1\n-- level: 4\nSELECT "
         "1\n"
         "-- level: 5\nSELECT 1\n-- level: 6\nSELECT 1\n-- level: 7\nSELECT 1\n-- level: 8\nSELECT "
         "1\n"
         "-- level: 9\nSELECT 1\n",                     "x.sql:17: more than 8 sections \"-- level: PATH\""},
    };
    static const char other[] = "-- level:\n-- wrong\nSELECT 1\n",
                      level[] = "-- level: A\nSELECT 1\n";
    struct fixture *fx = *state;
    struct extract x;

    put_file(fx, "other.sql", other, sizeof other - 1);
    put_file(fx, "level.sql", level, sizeof level - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *want = arena_printf(fx->arena, "%s/%s", fx->dir, cases[i].want);

        print_message("%s\n", cases[i].want);
        assert_int_equal(read_text(fx, &x, cases[i].text), RC_FAIL);
        assert_int_equal(fx->e.code, ERR_EXTRACT);
        assert_memory_equal(fx->e.text, want, strlen(want));
    }
}

static void
what_is_no_text_or_no_message_is_refused(void **state)
{
    static const char zero[] = "-- level:\nSELECT 1\0;\n";
    struct fixture *fx = *state;
    struct extract x;
    const char *file = put_file(fx, "zero.sql", zero, sizeof zero - 1);

    assert_int_equal(extract_read(&x, fx->arena, file, find, fx, &fx->e), RC_FAIL);
    assert_non_null(strstr(fx->e.text, "zero.sql:2: the line has a character 0"));
    assert_int_equal(read_text(fx, &x, "-- documents\nSELECT 1\n"), RC_OK);
    assert_int_equal(extract_has_levels(&x, &fx->e), RC_FAIL);
    assert_non_null(strstr(fx->e.text, "x.sql: no section \"-- level: PATH\""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_section_has_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_stands_for_its_sections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told_with_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_text_or_no_message_is_refused, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
