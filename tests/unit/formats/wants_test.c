/* wants: every want of a type is told as its check tells it; every feed has an example row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/stream.h"
#include "formats/write/wants.h"

static int
set_up(void **state)
{
    *state = arena_new("wants_test");
    return 0;
}

static int
tear_down(void **state)
{
    struct arena *a = *state;

    arena_free(&a);
    return 0;
}

static struct plan *
compiled(struct arena *a, const char *file)
{
    struct plan *plan;
    struct err e = {0};

    if (schema_compile(&plan, a, file, NULL, "formats/codes", &e) != RC_OK)
        fail_msg("%s", e.text);
    return plan;
}

/* "2004:60 2013:unit" */
static void
show(struct buf *out, const struct plan_type *t)
{
    struct finding wants[WANTS_MAX];
    uint32_t count = wants_of(t, wants);

    for (uint32_t i = 0; i < count; i++)
        buf_printf(out, "%s%d:%s", i ? " " : "", (int)wants[i].code, wants[i].want);
    buf_put(out, "", 1);
}

static const struct plan_node *
column(const struct plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->root->child_count; i++)
        if (!strcmp(plan->root->children[i]->name, name))
            return plan->root->children[i];
    fail_msg("no column %s", name);
    return NULL;
}

/* clang-format off */
static const struct want_case {
    const char *feed, *column, *want;
} want_cases[] = {
    {"order",     "appType",    "2011:1|2|3"},
    {"order",     "orderNo",    "2004:60 2082:"},
    {"order",     "ebpCode",    "2004:18 2015:/ 无"},
    {"order",     "orderTime",  "2002:14 2014:YYYYMMDDhhmmss"},
    {"order",     "goodsValue", "2005: 2007:19 2008:5 2009:>= 0"},
    {"order",     "qty",        "2005: 2007:19 2008:5 2009:> 0"},
    {"order",     "gnum",       "2006: 2007:5 2009:>= 1"},
    {"order",     "unit",       "2002:3 2013:unit"},
    {"order",     "gcode",      "2002:10 2012:NN######## (NN = 01-76, 78-97)"},
    {"logistics", "POD",        "2003:3 2004:4"},
};
/* clang-format on */

static void
wants_as_the_check_tells_them(void **state)
{
    struct arena *a = *state;

    for (size_t i = 0; i < sizeof want_cases / sizeof *want_cases; i++) {
        const struct want_case *row = &want_cases[i];
        struct plan *plan = compiled(a, arena_printf(a, "formats/feed/%s.xsd", row->feed));
        struct buf got = {0};

        show(&got, column(plan, row->column)->type);
        if (strcmp(got.p, row->want) != 0)
            fail_msg("%s %s: %s, not %s", row->feed, row->column, got.p, row->want);
        buf_free(&got);
    }
}

/* What a feed's file does not have: patterns, several of them, bounds above, truth. */
static void
wants_of_other_facets(void **state)
{
    static const char *const two[] = {"[A-Z]+", "..", NULL};
    static const char *const list[] = {"1", "2.5", NULL};
    struct plan_type t = {
        .length = -1, .min_length = 1, .max_length = -1, .total_digits = -1, .fraction_digits = -1};
    struct buf got = {0};

    (void)state;
    t.patterns = (const char **)two;
    show(&got, &t);
    assert_string_equal(got.p, "2012:[A-Z]+ 2012:..");
    t.patterns = NULL;
    t.base = PLAN_DECIMAL;
    t.values = (const char **)list;
    t.max = "10";
    t.max_exclusive = true;
    got.n = 0;
    show(&got, &t);
    assert_string_equal(got.p, "2005: 2010:< 10 2011:1|2.5");
    t = (struct plan_type){PLAN_BOOLEAN, PLAN_COLLAPSE, -1, -1, -1, -1, -1, .min = NULL};
    got.n = 0;
    show(&got, &t);
    assert_string_equal(got.p, "2020:");
    buf_free(&got);
}

static void
every_check_has_an_example(void **state)
{
    static const char *const names[] = {"bank-card",
                                        "container",
                                        "credit-code",
                                        "customs-code",
                                        "date8",
                                        "datetime14",
                                        "luhn",
                                        "declaration-no",
                                        "document-no",
                                        "gcode",
                                        "gtin",
                                        "hs-code",
                                        "mobile",
                                        "organisation-code",
                                        "party-code",
                                        "party-code-or-no",
                                        "resident-id",
                                        "s10",
                                        "party-code-or-none",
                                        "safe-no",
                                        "sscc",
                                        "transit-no",
                                        "xs-date",
                                        "xs-datetime"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct check *check = check_find(names[i]);
        struct finding f;

        assert_non_null(check);
        if (!check->example || !check_named(check, span_of(check->example), &f))
            fail_msg("%s: %s is no example", names[i], check->example);
    }
}

static void
examples(void **state)
{
    static const struct plan_node required = {.name = "x", .title = "货物名称", .min = 1};
    struct plan_type t = {
        .length = -1, .min_length = -1, .max_length = 2, .total_digits = -1, .fraction_digits = -1};
    struct plan_node n = required;
    struct arena *a = *state;

    n.type = &t;
    assert_string_equal(wants_example(a, &n), "货物");
    n.min = 0;
    assert_string_equal(wants_example(a, &n), "");
    n.dflt = "7";
    assert_string_equal(wants_example(a, &n), "7");
    n.example = "8";
    assert_string_equal(wants_example(a, &n), "8");
    n = required;
    n.type = &t;
    t.max_length = -1;
    t.length = 5;
    assert_string_equal(wants_example(a, &n), "11111");
    n.personal = true;
    assert_string_equal(wants_example(a, &n), "11111");
    n.min = 0;
    assert_string_equal(wants_example(a, &n), "");
    t.base = PLAN_INTEGER;
    t.length = -1;
    t.min = "100";
    n = required;
    n.type = &t;
    assert_string_equal(wants_example(a, &n), "100");
    t.min = "50";
    t.min_exclusive = true;
    assert_null(wants_example(a, &n)); /* the XSD should say one */
}

static void
feeds_of_the_tree(void **state)
{
    static const char *const feeds[] = {"order", "payment", "logistics"};
    struct arena *a = *state;

    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++) {
        struct plan *plan = compiled(a, arena_printf(a, "formats/feed/%s.xsd", feeds[i]));

        for (uint32_t c = 0; c < plan->root->child_count; c++) {
            const struct plan_node *n = plan->root->children[c];
            const char *value = wants_example(a, n);
            struct span normal;
            struct finding f;

            if (!value || (n->min && !*value) ||
                (*value && !check_value(n->type, span_of(value), arena_alloc(a, strlen(value) + 1),
                                        &normal, &f)))
                fail_msg("%s %s: %s is no example", feeds[i], n->name, value ? value : "nothing");
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wants_as_the_check_tells_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wants_of_other_facets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_check_has_an_example, set_up, tear_down),
        cmocka_unit_test_setup_teardown(examples, set_up, tear_down),
        cmocka_unit_test_setup_teardown(feeds_of_the_tree, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("wants", tests, NULL, NULL);
}
