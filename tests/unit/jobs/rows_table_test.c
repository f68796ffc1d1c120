/* rows_table: what the stage holds, whose a row is, and a row's bytes; the database's part is e2e's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "cipher.h"
#include "hash.h"
#include "rows_table.h"

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
        rows_stage_ddl(a, shape_of(a, "payment")),
        "CREATE TEMP TABLE stage_payment (app_type text, pay_code text, pay_name text, order_no "
        "text, "
        "charge numeric, currency text, line bigint, bad boolean, digest bigint, key_code text, "
        "trade_hash bigint, again boolean, part_key text) ON COMMIT DROP");
    assert_string_equal(
        rows_copy(a, &shape_of(a, "logistics")->tables[ROWS_STAGE]),
        "COPY stage_logistics (app_type, logistics_code, ebp_code, order_no, ebc_code, "
        "freight, currency, gross_weight, net_weight, line, bad, digest, key_code, "
        "trade_hash, again, part_key) FROM STDIN (FORMAT binary)");
    assert_non_null(
        strstr(rows_stage_ddl(a, shape_of(a, "order")), "first_line bigint, alone boolean"));
    arena_free(&a);
}

static const struct key_case {
    const char *name, *pairs[12], *key_code, *part_key, *trade; /* trade NULL: nobody's */
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
            !span_eq(v.key_code, c->key_code ? span_of(c->key_code) : SPAN("")) ||
            !span_eq(v.part_key, c->part_key ? span_of(c->part_key) : SPAN("")) ||
            (c->trade && v.trade_hash != hash_text(span_of(c->trade))))
            fail_msg("%s: %.*s, %.*s", c->name, SPAN_F(v.key_code), SPAN_F(v.part_key));
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

/* A table of three columns: a number, and two of the payment feed of which one is a person's. */
static const struct rows_table *
three_columns(struct arena *a, const struct rows_shape *s)
{
    struct rows_table *t = ARENA_NEW(a, struct rows_table);
    const struct plan_node *root = s->plan->root;

    t->columns = ARENA_ARRAY(a, struct rows_column, 3);
    t->columns[t->count++] = (struct rows_column){"line", ROWS_LINE, 0};
    for (uint32_t i = 0; i < root->child_count; i++)
        if (!strcmp(root->children[i]->name, "payName") ||
            !strcmp(root->children[i]->name, "payerName"))
            t->columns[t->count++] = (struct rows_column){root->children[i]->column, ROWS_FIELD, i};
    assert_int_equal(t->count, 3);
    return t;
}

static void
what_is_personal_is_sealed_on_its_way(void **state)
{
    static const char whole[] = "\0\3\0\0\0\x08\0\0\0\0\0\0\0\7\0\0\0\2PN\0\0\0\4\xE7\x94\xB2X"
                                "\0\3\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    static const struct {
        const char *bytes;
        size_t n;
    } broken[] = {
        {"\0\2\0\0\0\0\0\0\0\0",                         10},
        {"\xFF\xFF\0\0",                                 4 },
        {"\0\4\0\0\0\1x\0\0\0\1x\0\0\0\1x\0\0\0\1x\0\3", 24},
    };
    struct arena *a = arena_new("test");
    const struct rows_shape *s = shape_of(a, "payment");
    const struct rows_table *t = three_columns(a, s);
    struct buf rows = {0}, out = {0}, plain = {0};
    char key[] = "/tmp/landport-key-XXXXXX";

    (void)state;
    close(mkstemp(key));
    unlink(key);
    assert_int_equal(cipher_make(key, NULL), RC_OK);
    assert_int_equal(cipher_load(key, NULL), RC_OK);
    assert_true(rows_personal(s, t));
    for (size_t cut = 0; cut < sizeof whole; cut++) { /* frames end anywhere */
        size_t first;

        rows.n = 0;
        buf_put(&rows, whole, cut);
        assert_int_equal(rows_seal(&out, s, t, &rows, NULL), RC_OK);
        first = out.n;
        assert_true(first == 0 || first > 40);
        buf_put(&rows, whole + cut, sizeof whole - 1 - cut);
        if (first)
            continue;
        assert_int_equal(rows_seal(&out, s, t, &rows, NULL), RC_OK);
        assert_int_equal(rows.n, 0);
        assert_memory_equal(out.p, whole, 20);
        assert_memory_equal(out.p + out.n - 14, "\0\3\xFF\xFF\xFF\xFF", 6);
        plain.n = 0;
        assert_true(cipher_open(&plain, (struct span){out.p + 24, out.n - 24 - 14}));
        assert_memory_equal(plain.p, "\xE7\x94\xB2X", 4);
    }
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        rows.n = 0;
        buf_put(&rows, broken[i].bytes, broken[i].n);
        assert_int_equal(rows_seal(&out, s, t, &rows, NULL), RC_RETRY);
    }
    rows.n = 0;
    buf_put(&rows, "\0\3\x7F\xFF\xFF\xFF", 6); /* two GiB are announced: nobody waits for them */
    for (int i = 0; i < 40; i++) {
        static const char block[1 << 18];

        buf_put(&rows, block, sizeof block);
    }
    assert_int_equal(rows_seal(&out, s, t, &rows, NULL), RC_RETRY);
    cipher_forget();
    unlink(key);
    buf_free(&rows);
    buf_free(&out);
    buf_free(&plain);
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_personal_is_sealed_on_its_way),
        cmocka_unit_test(stage_is_what_rules_read),
        cmocka_unit_test(keys_as_the_xsd_says),
        cmocka_unit_test(marks_point_into_the_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
