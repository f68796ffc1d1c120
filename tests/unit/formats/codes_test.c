/* codes: code tables, good and bad files, and the ones in the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "codes.h"

struct fixture {
    char dir[64], path[96];
    struct arena *a;
    struct err e;
};

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof(*fx));

    snprintf(fx->dir, sizeof(fx->dir), "/tmp/codes_test.XXXXXX");
    assert_non_null(mkdtemp(fx->dir));
    snprintf(fx->path, sizeof(fx->path), "%s/t.tsv", fx->dir);
    fx->a = arena_new("codes_test");
    setenv("LANDPORT_NOW", "2026-11-24T05:00:00Z", 1);
    assert_int_equal(clock_freeze(), 0);
    *state = fx;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    arena_free(&fx->a);
    unlink(fx->path);
    rmdir(fx->dir);
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

static void
lives_and_emit_bound_a_code(void **state)
{
    struct fixture *fx = *state;
    struct codes *c;

    assert_int_equal(load(fx,
                          SPAN("code\tname_zh\tvalid_from\tvalid_to\temit\r\n"
                               "110\t港币\t\t\tyes\r\n"
                               "116\t日本元\t20261124\t20261124\t\r\n"
                               "201\tx\t20261125\t\t\r\n"
                               "202\tx\t\t20261123\t\r\n"
                               "300\tx\t\t\tno\r\n"
                               "300\tx\t\t\tyes"),
                          &c),
                     RC_OK);
    assert_string_equal(codes_name(c), "t");
    assert_true(codes_has(c, SPAN("110")));
    assert_true(codes_has(c, SPAN("116")));
    assert_true(codes_has(c, SPAN("300"))); /* a code may begin again */
    assert_false(codes_has(c, SPAN("201")));
    assert_false(codes_has(c, SPAN("202")));
    assert_false(codes_has(c, SPAN("11")));
    assert_false(codes_has(c, SPAN("1100")));
    assert_false(codes_has(c, SPAN("")));
    assert_false(codes_has(c, SPAN("code")));
}

static void
bad_files_name_their_line(void **state)
{
    const struct {
        struct span text;
        const char *want;
    } rows[] = {
        {SPAN(""),                          ":1: the first line must name the columns"},
        {SPAN("name\tcode\n"),              ":1: the first column must be named code" },
        {SPAN("code\tname\n1\ta\n2\n"),     ":3: 1 columns; must be 2"                },
        {SPAN("code\n1\n1\n"),              ":3: code 1 stands twice"                 },
        {SPAN("code\n1\n\n"),               ":3: code must have 1 to 64 bytes"        },
        {SPAN("code\tvalid_to\n1\t2026\n"), ":2: valid_from and valid_to must be"     },
        {SPAN("code\n\xff\n"),              ": not UTF-8 text"                        },
        {SPAN("code\n1\0\n"),               ": not UTF-8 text"                        },
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
        {"trade_mode",       "9610", true },
        {"trade_mode",       "1210", true },
        {"trade_mode",       "0001", false},
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
        if (codes_has(c, span_of(rows[i].code)) != rows[i].known)
            fail_msg("%s %s", rows[i].table, rows[i].code);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lives_and_emit_bound_a_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_files_name_their_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_stay_in_the_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_of_the_tree, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
