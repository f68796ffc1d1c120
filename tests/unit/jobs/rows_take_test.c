/* rows_take: what a reader that works sends goes on, sealed; of one that lies nothing does. */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cipher.h"
#include "load/rows_take.h"

#define BATCH 7

static const char *const codes[] = {"I1", "P1", NULL}, *const roles[] = {"payment", NULL};

struct fixture {
    struct arena *a;
    struct rows_shape shape;
    struct rows_taker taker;
    struct buf rows, out;
    char key[32];
};

static struct rows_column
ours(const char *name, enum rows_what what)
{
    return (struct rows_column){name, what, 0, false};
}

/* hub.payment, as the database would describe it. */
static void
table_of(struct fixture *fx)
{
    struct rows_table *t = &fx->shape.tables[ROWS_THINGS];
    const struct plan_node *root = fx->shape.plan->root;

    t->name = "hub.payment";
    t->columns = ARENA_ARRAY(fx->a, struct rows_column, root->child_count + 10);
    t->columns[t->count++] = ours("subject_hash", ROWS_SUBJECT_HASH);
    t->columns[t->count++] = ours("row_id", ROWS_ROW_ID);
    t->columns[t->count++] = ours("issuer", ROWS_ISSUER);
    t->columns[t->count++] = ours("part_key", ROWS_PART_KEY);
    t->columns[t->count++] = ours("current", ROWS_CURRENT);
    t->columns[t->count++] = ours("batch_id", ROWS_BATCH_ID);
    t->columns[t->count++] = ours("line", ROWS_LINE);
    for (uint32_t i = 0; i < root->child_count; i++)
        t->columns[t->count++] =
            (struct rows_column){root->children[i]->column, ROWS_FIELD, i, false};
}

static int
setup(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);
    struct plan *plan;
    struct err e;

    assert_non_null(fx);
    fx->a = arena_new("test");
    snprintf(fx->key, sizeof fx->key, "/tmp/landport-key-XXXXXX");
    close(mkstemp(fx->key));
    unlink(fx->key);
    assert_int_equal(cipher_make(fx->key, NULL), RC_OK);
    assert_int_equal(cipher_load(fx->key, NULL), RC_OK);
    if (schema_compile(&plan, fx->a, "formats/feed/payment.xsd", NULL, "formats/codes", &e) !=
            RC_OK ||
        rows_shape(&fx->shape, fx->a, plan, NULL, &e) != RC_OK)
        fail_msg("%s", e.text);
    table_of(fx);
    rows_take_begin(&fx->taker, fx->a, &fx->shape, BATCH, codes, roles);
    *state = fx;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fx = *state;

    rows_take_free(&fx->taker);
    buf_free(&fx->rows);
    buf_free(&fx->out);
    cipher_forget();
    unlink(fx->key);
    arena_free(&fx->a);
    free(fx);
    return 0;
}

static struct span *
values_of(struct fixture *fx)
{
    static const char *const pairs[][2] = {
        {"appType",        "1"             },
        {"payCode",        "I1"            },
        {"payName",        "Bank"          },
        {"payNo",          "N1"            },
        {"ebpCode",        "P1"            },
        {"ebcCode",        "S1"            },
        {"orderNo",        "O1"            },
        {"charge",         "13.28"         },
        {"currency",       "142"           },
        {"accountingDate", "20260302120000"},
        {"payerName",      "\xE7\x94\xB2X" },
    };
    const struct plan_node *root = fx->shape.plan->root;
    struct span *values = ARENA_ARRAY(fx->a, struct span, root->child_count);

    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++)
        for (uint32_t i = 0; i < root->child_count; i++)
            if (strcmp(root->children[i]->name, pairs[k][0]) == 0)
                values[i] = span_of(pairs[k][1]);
    return values;
}

static void
set(struct fixture *fx, struct span *values, const char *name, const char *value)
{
    const struct plan_node *root = fx->shape.plan->root;

    for (uint32_t i = 0; i < root->child_count; i++)
        if (strcmp(root->children[i]->name, name) == 0)
            values[i] = value ? span_of(value) : (struct span){NULL, 0};
}

/* A record as the child writes it, before anybody lies. */
static struct rows_values
record(struct fixture *fx)
{
    struct rows_values v = {
        .fields = values_of(fx), .line = 2, .first_line = 2, .batch_id = BATCH, .alone = true};
    static struct buf keys;

    rows_keys(&fx->shape, &v, &keys);
    v.part_key = span_of(arena_span(fx->a, v.part_key));
    buf_free(&keys);
    return v;
}

static rc_t
give(struct fixture *fx, int table, const struct rows_values *v, struct err *e)
{
    fx->rows.n = 0;
    rows_put(&fx->rows, &fx->shape, &fx->shape.tables[table], v, NULL);
    return rows_take(&fx->taker, table, &fx->rows, &fx->out, e);
}

static void
what_is_true_goes_on_sealed(void **state)
{
    struct fixture *fx = *state;
    struct rows_values v = record(fx);
    struct buf whole = {0};
    struct err e = {0};

    rows_put(&whole, &fx->shape, &fx->shape.tables[ROWS_THINGS], &v, NULL);
    for (size_t cut = 0; cut <= whole.n; cut++) { /* frames end anywhere */
        size_t first;

        fx->rows.n = 0;
        buf_put(&fx->rows, whole.p, cut);
        assert_int_equal(rows_take(&fx->taker, ROWS_THINGS, &fx->rows, &fx->out, &e), RC_OK);
        first = fx->out.n;
        assert_int_equal(first > 0, cut == whole.n);
        if (first)
            continue;
        buf_put(&fx->rows, whole.p + cut, whole.n - cut);
        assert_int_equal(rows_take(&fx->taker, ROWS_THINGS, &fx->rows, &fx->out, &e), RC_OK);
        assert_int_equal(fx->rows.n, 0);
    }
    assert_null(memmem(fx->out.p, fx->out.n, "\xE7\x94\xB2X", 4));
    assert_non_null(memmem(fx->out.p, fx->out.n, "*1", 2));
    assert_non_null(memmem(fx->out.p, fx->out.n, "P1", 2));
    buf_free(&whole);
}

/* The stage's columns that are for the parent alone do not reach the database. */
static void
what_is_shown_stays_here(void **state)
{
    struct fixture *fx = *state;
    struct rows_values v = record(fx);
    const struct rows_table *t = &fx->shape.tables[ROWS_STAGE];
    const char *copy = rows_copy(fx->a, t);
    int16_t columns = 1;
    struct err e = {0};

    for (const char *p = copy; *p; p++)
        columns = (int16_t)(columns + (*p == ','));
    assert_true(columns < (int16_t)t->count);
    assert_int_equal(give(fx, ROWS_STAGE, &v, &e), RC_OK);
    assert_int_equal(fx->out.p[1], columns);
    assert_null(memmem(fx->out.p, fx->out.n, "S1", 2));
    assert_null(strstr(copy, "ebc_code"));
}

enum lie { BATCH_ID, TRADE, NOBODYS, KEY_CODE, PART, LINE };

static const struct lie_case {
    const char *name;
    enum lie lie;
    int table;
} lies[] = {
    {"another's batch",                 BATCH_ID, ROWS_THINGS},
    {"another trade",                   TRADE,    ROWS_THINGS},
    {"another trade, in the stage",     TRADE,    ROWS_STAGE },
    {"no trade",                        NOBODYS,  ROWS_THINGS},
    {"another's code",                  KEY_CODE, ROWS_THINGS},
    {"another's code, in the stage",    KEY_CODE, ROWS_STAGE },
    {"another payment of the trade",    PART,     ROWS_THINGS},
    {"a line that is more than a line", LINE,     ROWS_THINGS},
};

static void
a_lie_about_whose_a_row_is_ends_it(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct rows_values v = record(fx);
        struct err e = {0};

        assert_int_equal(give(fx, lies[i].table, &v, &e), RC_OK);
        switch (lies[i].lie) {
        case BATCH_ID:
            v.batch_id = BATCH + 1;
            break;
        case TRADE:
            v.subject_hash ^= 1;
            break;
        case NOBODYS:
            v.has_trade = false;
            break;
        case KEY_CODE:
            v.issuer = SPAN("P2");
            break;
        case PART:
            v.part_key = SPAN("I1/N2");
            break;
        case LINE:
            v.first_line |= INT64_C(1) << 32;
            v.first_line += INT64_C(8) << 32;
            break;
        }
        if (give(fx, lies[i].table, &v, &e) != RC_RETRY || e.code != ERR_CHILD)
            fail_msg("%s: taken", lies[i].name);
        assert_int_equal(fx->out.n, 0);
    }
}

static void
who_speaks_is_asked_again(void **state)
{
    static const struct {
        const char *name, *value;
        bool bad;
        rc_t thing, stage;
    } cases[] = {
        {"payCode",   "I1",   false, RC_OK,    RC_OK   },
        {"payCode",   "I2",   false, RC_RETRY, RC_RETRY}, /* somebody else's institution */
        {"payCode",   "I2",   true,  RC_RETRY, RC_OK   }, /* it says itself that it will be refused */
        {"payNo",     NULL,   false, RC_RETRY, RC_OK   }, /* required */
        {"currency",  "1422", false, RC_RETRY, RC_OK   }, /* longer than it may be */
        {"payerName", NULL,   false, RC_OK,    RC_OK   },
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rows_values v = record(fx);
        struct buf keys = {0};
        struct err e = {0};

        v.fields = values_of(fx);
        set(fx, (struct span *)(uintptr_t)v.fields, cases[i].name, cases[i].value);
        rows_keys(&fx->shape, &v, &keys);
        v.bad = cases[i].bad;
        if (give(fx, ROWS_THINGS, &v, &e) != cases[i].thing ||
            give(fx, ROWS_STAGE, &v, &e) != cases[i].stage)
            fail_msg("%s %s", cases[i].name, cases[i].value ? cases[i].value : "-");
        buf_free(&keys);
    }
}

static void
what_is_no_row_ends_it(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } broken[] = {
        {"\0\2\0\0\0\0\0\0\0\0", 10},
        {"\xFF\xFF\0\0",         4 },
    };
    struct fixture *fx = *state;
    struct rows_values v = record(fx);
    struct err e = {0};

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        fx->rows.n = 0;
        buf_put(&fx->rows, broken[i].bytes, broken[i].n);
        assert_int_equal(rows_take(&fx->taker, ROWS_THINGS, &fx->rows, &fx->out, &e), RC_RETRY);
    }
    fx->rows.n = 0; /* two GiB are announced: nobody waits for them */
    buf_put(&fx->rows, "\0", 1);
    buf_put(&fx->rows, &(char){(char)fx->shape.tables[ROWS_THINGS].count}, 1);
    buf_put(&fx->rows, "\x7F\xFF\xFF\xFF", 4);
    for (int i = 0; i < 40; i++) {
        static const char block[1 << 18];

        buf_put(&fx->rows, block, sizeof block);
    }
    assert_int_equal(rows_take(&fx->taker, ROWS_THINGS, &fx->rows, &fx->out, &e), RC_RETRY);
    assert_int_equal(give(fx, ROWS_THINGS, &v, &e), RC_OK);
}

/* What goes into the tables is what the rules of the stage will have seen. */
static void
stage_and_table_are_the_same_rows(void **state)
{
    struct fixture *fx = *state;
    struct rows_values v = record(fx);
    struct err e = {0};

    assert_int_equal(give(fx, ROWS_STAGE, &v, &e), RC_OK);
    assert_int_equal(rows_take_end(&fx->taker, 1, &e), RC_RETRY); /* it is not in the table */
    assert_int_equal(give(fx, ROWS_THINGS, &v, &e), RC_OK);
    assert_int_equal(rows_take_end(&fx->taker, 1, &e), RC_OK);
    assert_int_equal(rows_take_end(&fx->taker, 2, &e), RC_OK); /* one could not be staged */
    assert_int_equal(rows_take_end(&fx->taker, 0, &e), RC_RETRY);
    v.line = v.first_line = 3;
    v.bad = true;
    assert_int_equal(give(fx, ROWS_STAGE, &v, &e), RC_OK);
    assert_int_equal(rows_take_end(&fx->taker, 2, &e), RC_OK);
    assert_int_equal(give(fx, ROWS_THINGS, &v, &e), RC_OK); /* no rule would have seen it */
    assert_int_equal(rows_take_end(&fx->taker, 2, &e), RC_RETRY);
}

/* xorshift: the same on every machine */
static uint64_t
draw(uint64_t *seed, uint64_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % below;
}

/* Bits flipped, pieces cut out, doubled or put elsewhere. */
static void
damage(struct buf *b, uint64_t *seed)
{
    for (uint64_t n = 1 + draw(seed, 4); n && b->n > 8; n--) {
        size_t at = draw(seed, b->n - 4), many = 1 + draw(seed, 4);

        switch (draw(seed, 4)) {
        case 0:
            b->p[at] = (char)(b->p[at] ^ 1 << draw(seed, 8));
            break;
        case 1:
            memmove(b->p + at, b->p + at + many, b->n - at - many);
            b->n -= many;
            break;
        case 2:
            memmove(b->p + at, b->p + draw(seed, b->n - 4), many);
            break;
        default:
            b->n = at + 1;
            break;
        }
    }
}

/* Of rows as they go on: are all of them this batch's? */
static bool
all_are_ours(const struct fixture *fx)
{
    static const struct {
        int column;
        int64_t shift;
    } whose[] = {
        {1, 32},
        {5, 0 }
    };
    const unsigned char *p = (const unsigned char *)fx->out.p, *end = p + fx->out.n;

    while (p < end) {
        int columns = p[0] << 8 | p[1];

        p += 2;
        for (int c = 0; c < columns; c++) {
            uint32_t n = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

            p += 4;
            for (size_t k = 0; k < sizeof whose / sizeof *whose; k++)
                if (c == whose[k].column) {
                    uint64_t v = 0;

                    for (uint32_t i = 0; i < n; i++)
                        v = v << 8 | p[i];
                    if (v >> whose[k].shift != BATCH)
                        return false;
                }
            p += n == UINT32_MAX ? 0 : n;
        }
    }
    return p == end;
}

static void
damaged_rows_are_ours_or_none(void **state)
{
    struct fixture *fx = *state;
    struct buf stream = {0};
    int taken = 0, refused = 0;

    for (uint64_t nth = 1; nth <= 3000; nth++) {
        uint64_t seed = nth * UINT64_C(0x9E3779B97F4A7C15);
        struct rows_values v = record(fx);
        struct err e = {0};
        rc_t rc = RC_OK;
        size_t at = 0, n;

        stream.n = 0;
        for (int i = 0; i < 4; i++)
            rows_put(&stream, &fx->shape, &fx->shape.tables[ROWS_THINGS], &v, NULL);
        damage(&stream, &seed);
        for (fx->rows.n = 0; rc == RC_OK && at < stream.n; at += n) { /* frames end anywhere */
            n = 1 + draw(&seed, stream.n - at);
            buf_put(&fx->rows, stream.p + at, n);
            rc = rows_take(&fx->taker, ROWS_THINGS, &fx->rows, &fx->out, &e);
            if (rc == RC_OK && !all_are_ours(fx))
                fail_msg("stream %llu: somebody else's row", (unsigned long long)nth);
        }
        assert_true(rc == RC_OK || (rc == RC_RETRY && e.code == ERR_CHILD));
        taken += rc == RC_OK;
        refused += rc != RC_OK;
    }
    buf_free(&stream);
    assert_true(taken > 100 && refused > 100); /* both were tried */
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_true_goes_on_sealed),
        TEST(what_is_shown_stays_here),
        TEST(a_lie_about_whose_a_row_is_ends_it),
        TEST(who_speaks_is_asked_again),
        TEST(what_is_no_row_ends_it),
        TEST(stage_and_table_are_the_same_rows),
        TEST(damaged_rows_are_ours_or_none),
    };

    return cmocka_run_group_tests_name("rows_take", tests, NULL, NULL);
}
