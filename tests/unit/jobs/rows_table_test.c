/* rows_table: what the stage holds, whose a row is, and a row's bytes; the database's part is e2e's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "load/rows_table.h"
#include "sql/hash.h"

static const struct rows_shape *
shape_of(struct arena *a, const char *feed)
{
    struct rows_shape *s = ARENA_NEW(a, struct rows_shape);
    struct plan *plan;
    struct err e;

    if (schema_compile(&plan, a, arena_printf(a, "formats/feed/%s.xsd", feed), NULL,
                       "formats/codes", &e) != RC_OK ||
        rows_shape(s, a, plan, NULL, &e) != RC_OK)
        fail_msg("%s", e.text);
    return s;
}

/* Values of a record, all but those named empty. */
static struct span *
record(struct arena *a, const struct plan *plan, const char *const *pairs)
{
    struct span *values = ARENA_ARRAY(a, struct span, plan->root->child_count);

    for (; *pairs; pairs += 2)
        for (uint32_t i = 0; i < plan->root->child_count; i++)
            if (strcmp(plan->root->children[i]->name, pairs[0]) == 0)
                values[i] = span_of(pairs[1]);
    return values;
}

static void
stage_is_what_rules_read(void **state)
{
    struct arena *a = arena_new("test");

    (void)state;
    assert_string_equal(
        rows_stage_ddl(a, shape_of(a, "payment"), NULL),
        "CREATE TEMP TABLE stage_payment (\"app_type\" text, \"pay_code\" text, \"pay_name\" text, "
        "\"order_no\" text, \"charge\" numeric, \"currency\" text, \"line\" bigint, \"bad\" "
        "boolean, "
        "\"digest\" bigint, \"issuer\" text, \"subject_hash\" bigint, \"again\" boolean, "
        "\"part_key\" text) ON COMMIT DROP");
    assert_string_equal(
        rows_copy(a, &shape_of(a, "logistics")->tables[ROWS_STAGE]),
        "COPY stage_logistics (\"app_type\", \"logistics_code\", \"ebp_code\", \"order_no\", "
        "\"ebc_code\", \"freight\", \"currency\", \"gross_weight\", \"net_weight\", \"line\", "
        "\"bad\", "
        "\"digest\", \"issuer\", \"subject_hash\", \"again\", \"part_key\") FROM STDIN (FORMAT "
        "binary)");
    assert_non_null(strstr(rows_stage_ddl(a, shape_of(a, "order"), NULL),
                           "\"first_line\" bigint, \"alone\" boolean"));
    /* what a variant lacks of the feed whose statements it goes through */
    assert_non_null(
        strstr(rows_stage_ddl(a, shape_of(a, "importlogistics"), shape_of(a, "logistics")),
               ", \"ebc_code\" text"));
    /* without a column that is marked, rules may read all */
    assert_non_null(strstr(rows_stage_ddl(a, shape_of(a, "goods"), NULL), "\"gmodel\" text"));
    assert_null(strstr(rows_stage_ddl(a, shape_of(a, "goods"), NULL), "part_key"));
    assert_non_null(strstr(rows_stage_ddl(a, shape_of(a, "return"), NULL), "\"part_key\" text"));
    arena_free(&a);
}

static const struct key_case {
    const char *name, *pairs[12], *issuer, *part_key, *trade; /* trade NULL: nobody's */
} key_cases[] = {
    {"the platform's",
     {"ebpCode", "P1", "ebcCode", "S1", "orderNo", "O1", "payCode", "I1", "payNo", "N1"},
     "P1", "I1/N1",
     "P1\x1fO1"},
    {"the seller's",
     {"ebpCode", "无", "ebcCode", "S1", "orderNo", "O1", "payCode", "I1", "payNo", "N1"},
     "S1", "I1/N1",
     "S1\x1fO1"},
    {"institution by name",
     {"ebpCode", "P1", "orderNo", "O1", "payName", "Bank", "payNo", "N1"},
     "P1", "Bank/N1",
     "P1\x1fO1"},
    {"a name with a slash",
     {"ebpCode", "P1", "orderNo", "O1", "payName", "Bank/50%", "payNo", "N/1"},
     "P1", "Bank%2F50%25/N/1",
     "P1\x1fO1"},
    {"no number of an order",
     {"ebpCode", "P1", "payCode", "I1", "payNo", "N1"},
     "P1", "I1/N1",
     NULL      },
    {"no platform, no seller",
     {"ebpCode", "无", "orderNo", "O1", "payCode", "I1"},
     NULL, NULL,
     NULL      },
};

static void
keys_as_the_xsd_says(void **state)
{
    struct arena *a = arena_new("test");
    const struct rows_shape *s = shape_of(a, "payment");
    struct buf scratch = {0};

    (void)state;
    for (size_t i = 0; i < sizeof key_cases / sizeof key_cases[0]; i++) {
        const struct key_case *c = &key_cases[i];
        struct rows_values v = {.fields = record(a, s->plan, c->pairs)};

        rows_keys(s, &v, &scratch);
        if (v.has_trade != (c->trade != NULL) ||
            !span_eq(v.issuer, c->issuer ? span_of(c->issuer) : SPAN("")) ||
            !span_eq(v.part_key, c->part_key ? span_of(c->part_key) : SPAN("")) ||
            (c->trade && v.subject_hash != hash_text(span_of(c->trade))))
            fail_msg("%s: %.*s, %.*s", c->name, SPAN_F(v.issuer), SPAN_F(v.part_key));
    }
    buf_free(&scratch);
    arena_free(&a);
}

static const struct row_case {
    const char *feed, *pairs[12], *issuer, *number, *part_key;
} row_cases[] = {
    {"goods",     {"ebcCode", "S1", "itemNo", "A1"},                         "S1", "A1", ""},
    {"departure", {"logisticsCode", "L1", "billNo", "B1", "gnum", "1"},      "L1", "B1", ""},
    {"return",
     {"ebpCode", "无", "ebcCode", "S1", "orderNo", "O1", "returnNo", "R1"},
     "S1",                                                                         "O1",
     "R1"                                                                                  },
};

static void
rows_of_other_feeds_have_names(void **state)
{
    struct arena *a = arena_new("test");
    struct buf scratch = {0};

    (void)state;
    for (size_t i = 0; i < sizeof row_cases / sizeof row_cases[0]; i++) {
        const struct row_case *c = &row_cases[i];
        const struct rows_shape *s = shape_of(a, c->feed);
        struct rows_values v = {.fields = record(a, s->plan, c->pairs)};

        rows_keys(s, &v, &scratch);
        assert_true(v.has_trade && v.part_key.p);
        if (!span_is(v.issuer, c->issuer) || !span_is(v.number, c->number) ||
            !span_is(v.part_key, c->part_key))
            fail_msg("%s: %.*s, %.*s", c->feed, SPAN_F(v.issuer), SPAN_F(v.number));
    }
    buf_free(&scratch);
    arena_free(&a);
}

static void
marks_point_into_the_row(void **state)
{
    struct arena *a = arena_new("test");
    const struct rows_shape *s = shape_of(a, "order");
    const char *const none[] = {NULL};
    struct rows_values v = {
        .fields = record(a, s->plan, none), .digest = 0x0102030405060708, .alone = true};
    struct rows_marks marks = {0};
    struct buf row = {0};

    (void)state;
    rows_put(&row, s, &s->tables[ROWS_STAGE], &v, &marks);
    assert_memory_equal(row.p + marks.digest - 4, "\0\0\0\x08\1\2\3\4\5\6\7\x08", 12);
    assert_memory_equal(row.p + marks.alone - 4, "\0\0\0\1\1", 5);
    buf_free(&row);
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stage_is_what_rules_read),
        cmocka_unit_test(keys_as_the_xsd_says),
        cmocka_unit_test(rows_of_other_feeds_have_names),
        cmocka_unit_test(marks_point_into_the_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
