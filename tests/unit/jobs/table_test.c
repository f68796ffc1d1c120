/* table_test.c - tables for people, JSON for scripts. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "table.h"

static const struct table_column columns[] = {
    {"batch_id", TABLE_NUMBER},
    {"name",     TABLE_TEXT  },
    {"good",     TABLE_BOOL  }
};

static char *
printed(const char *const *cells, int rows)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    table_print_cells(out, columns, 3, cells, rows, "batches");
    fclose(out);
    return text;
}

static void
columns_line_up_under_chinese(void **state)
{
    static const char *const cells[] = {"7", "订单.csv", "t", "1200", "a", NULL};
    char *text = printed(cells, 2);

    (void)state;
    assert_string_equal(text, "BATCH ID  NAME      GOOD\n"
                              "       7  订单.csv  yes\n"
                              "    1200  a         \n");
    free(text);
}

static void
nothing_is_said_in_words(void **state)
{
    char *text = printed(NULL, 0);

    (void)state;
    assert_string_equal(text, "no batches\n");
    free(text);
}

static int
lines(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void
a_name_cannot_command_the_terminal(void **state)
{
    static const char *const cells[] = {"1", "a\033[2Jb\nc", "f"};
    char *text = printed(cells, 1);

    (void)state;
    assert_null(strchr(text, '\033'));
    assert_int_equal(lines(text), 2); /* the heading and one row */
    free(text);
}

static void
a_long_cell_is_cut(void **state)
{
    char name[2001] = {0};
    const char *cells[] = {"1", name, "f"};
    char *text;

    (void)state;
    memset(name, 'x', 2000);
    text = printed(cells, 1);
    assert_true(strlen(text) < 1500);
    free(text);
}

static const struct {
    const char *text, *want;
} strings[] = {
    {NULL,                          "null"                            },
    {"",                            "\"\""                            },
    {"a\"b\\c",                     "\"a\\\"b\\\\c\""                 },
    {"\n\t\x01\x7f",                "\"\\u000a\\u0009\\u0001\\u007f\""},
    {"龙岩😀",                  "\"龙岩😀\""                  },
    {"\xc2\x9b"
     "2J\xe2\x80\xae\xd8\x9c", "\"\\u009b2J\\u202e\\u061c\""     },
    {"cut \xe9\xbe",                "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
    {"\xff"
     "a",                      "\"\xef\xbf\xbd"
     "a\""                                              },
};

static void
json_strings_are_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        struct buf b = {0};

        json_string(&b, strings[i].text);
        buf_put(&b, "", 1);
        assert_string_equal(b.p, strings[i].want);
        buf_free(&b);
    }
}

static void
json_keeps_numbers_and_truth(void **state)
{
    static const char *const cells[] = {"7", "x",  "t", "NaN", "y",  "f", "-1.50", NULL,
                                        "f", "01", "z", "f",   NULL, "q", NULL};
    struct buf b = {0};

    (void)state;
    table_json_cells(&b, columns, 3, cells, 5);
    buf_put(&b, "", 1);
    assert_string_equal(b.p, "[{\"batch_id\": 7, \"name\": \"x\", \"good\": true},\n"
                             " {\"batch_id\": \"NaN\", \"name\": \"y\", \"good\": false},\n"
                             " {\"batch_id\": -1.50, \"name\": null, \"good\": false},\n"
                             " {\"batch_id\": \"01\", \"name\": \"z\", \"good\": false},\n"
                             " {\"batch_id\": null, \"name\": \"q\", \"good\": null}]");
    buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up_under_chinese),
        cmocka_unit_test(nothing_is_said_in_words),
        cmocka_unit_test(a_name_cannot_command_the_terminal),
        cmocka_unit_test(a_long_cell_is_cut),
        cmocka_unit_test(json_strings_are_valid),
        cmocka_unit_test(json_keeps_numbers_and_truth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
