#include "load/rows_take.h"

#include <stdlib.h>
#include <string.h>

#include "base/cipher.h"
#include "sql/copy.h"
#include "sql/hash.h"

#define ROW_MAX ((size_t)8 << 20) /* a record has at most 1 MiB */

/* ---- what a table has ---- */

static bool
has_field(const struct rows_table *t, uint32_t field)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->columns[i].what == ROWS_FIELD && t->columns[i].field == field)
            return true;
    return false;
}

static bool
has(const struct rows_table *t, enum rows_what what)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->columns[i].what == what)
            return true;
    return false;
}

/* Is there a column for it, with its text as it is? */
static bool
has_text(const struct rows_table *t, const struct plan_node *root, const char *name)
{
    for (uint32_t i = 0; name && i < root->child_count; i++)
        if (strcmp(root->children[i]->name, name) == 0)
            return root->children[i]->type->base == PLAN_STRING && has_field(t, i);
    return name == NULL;
}

static bool
is_personal(const struct rows_shape *s, const struct rows_column *c)
{
    return c->what == ROWS_FIELD && s->plan->root->children[c->field]->sealed;
}

static void
look_at_table(struct rows_taker *taker, struct arena *a, int which)
{
    const struct rows_table *t = &taker->shape->tables[which];
    const struct plan_node *root = taker->shape->plan->root;
    struct take_table *of = &taker->tables[which];

    *of = (struct take_table){.keys = has(t, ROWS_SUBJECT_HASH) && has(t, ROWS_ISSUER),
                              .number = has(t, ROWS_NUMBER),
                              .part = has(t, ROWS_PART_KEY),
                              .speaks = taker->speakers.count > 0};
    for (uint32_t i = 0; i < root->child_count; i++) {
        const struct plan_node *field = root->children[i];

        if ((field->issuer || field->number) &&
            !(has_text(t, root, field->name) && has_text(t, root, field->issuer_else)))
            of->keys = false;
        if (field->key && !(has_text(t, root, field->name) && has_text(t, root, field->key_else)))
            of->part = false;
    }
    for (uint32_t i = 0; i < taker->speakers.count; i++)
        if (!has_text(t, root, root->children[taker->speakers.list[i].field]->name))
            of->speaks = false;
    for (uint32_t i = 0; i < t->count; i++) {
        of->personal |= is_personal(taker->shape, &t->columns[i]);
        of->shown |= t->columns[i].shown;
        of->kept += !t->columns[i].shown;
    }
    of->cells = ARENA_ARRAY(a, struct span, t->count + 1);
    of->values = ARENA_ARRAY(a, struct span, root->child_count + 1);
}

void
rows_take_begin(struct rows_taker *t, struct arena *a, const struct rows_shape *s, int64_t batch_id,
                const char *const *codes, const char *const *roles)
{
    unsigned char salt[CIPHER_SALT];

    rows_take_free(t);
    *t = (struct rows_taker){.shape = s, .batch_id = batch_id};
    cipher_salt(salt);
    memcpy(&t->secret, salt, sizeof t->secret);
    speakers_find(&t->speakers, a, s->plan, codes, roles);
    for (int i = 0; i < ROWS_TABLES; i++)
        if (s->tables[i].name)
            look_at_table(t, a, i);
}

void
rows_take_free(struct rows_taker *t)
{
    buf_free(&t->keys);
}

/* ---- a row ---- */

static uint64_t
big_endian(const char *p, int bytes)
{
    uint64_t n = 0;

    for (int i = 0; i < bytes; i++)
        n = n << 8 | (unsigned char)p[i];
    return n;
}

static bool
number(struct span cell, int64_t *n)
{
    if (cell.n != sizeof *n)
        return false;
    *n = (int64_t)big_endian(cell.p, sizeof *n);
    return true;
}

/* The bytes of the row that begins at p, whose cells are noted; 0: it is not all there. */
static size_t
take_apart(const struct rows_table *t, struct take_table *of, const char *p, const char *end)
{
    const char *from = p;

    p += 2;
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t n;

        if (end - p < 4)
            return 0;
        n = (uint32_t)big_endian(p, 4);
        p += 4;
        of->cells[i] = (struct span){NULL, 0};
        if (n != UINT32_MAX) {
            if (n > (size_t)(end - p))
                return 0;
            of->cells[i] = (struct span){p, n};
            p += n;
        }
        if (t->columns[i].what == ROWS_FIELD)
            of->values[t->columns[i].field] = of->cells[i];
    }
    return (size_t)(p - from);
}

/* What rows_put() writes of ourselves. */
struct claim {
    int64_t line, first_line, subject_hash, row_id;
    bool has_trade, bad;
    struct span issuer, number, part_key;
};

static bool
read_claim(const struct rows_taker *taker, const struct rows_table *t, const struct take_table *of,
           struct claim *c)
{
    int64_t batch;

    *c = (struct claim){.line = 0};
    for (uint32_t i = 0; i < t->count; i++) {
        struct span cell = of->cells[i];
        bool good = true;

        switch (t->columns[i].what) {
        case ROWS_LINE:
            good = number(cell, &c->line);
            break;
        case ROWS_FIRST_LINE:
            good = number(cell, &c->first_line);
            break;
        case ROWS_BAD:
            good = cell.n == 1;
            c->bad = good && *cell.p;
            break;
        case ROWS_ISSUER:
            c->issuer = cell;
            break;
        case ROWS_NUMBER:
            c->number = cell;
            break;
        case ROWS_PART_KEY:
            c->part_key = cell;
            break;
        case ROWS_SUBJECT_HASH:
            c->has_trade = cell.p != NULL;
            good = !cell.p || number(cell, &c->subject_hash);
            break;
        case ROWS_ROW_ID: /* batch and line */
            good = number(cell, &c->row_id) && c->row_id >> 32 == taker->batch_id;
            break;
        case ROWS_BATCH_ID:
            good = number(cell, &batch) && batch == taker->batch_id;
            break;
        case ROWS_CURRENT:
            good = cell.n == 1 && *cell.p == 1;
            break;
        case ROWS_FIELD:
        case ROWS_DIGEST:
        case ROWS_HEAD:
        case ROWS_ALONE:
        case ROWS_AGAIN:
            break;
        }
        if (!good)
            return false;
    }
    return true;
}

static bool
same(struct span a, struct span b)
{
    return (a.p != NULL) == (b.p != NULL) && span_eq(a, b);
}

/* Is it the trade, and the part of it, that its own columns name? */
static bool
keys_are_its_own(struct rows_taker *taker, const struct take_table *of, const struct claim *c)
{
    struct rows_values v = {.fields = of->values};

    if (!of->keys)
        return true;
    rows_keys(taker->shape, &v, &taker->keys);
    return v.has_trade == c->has_trade && (!v.has_trade || v.subject_hash == c->subject_hash) &&
           same(v.issuer, c->issuer) && (!of->number || same(v.number, c->number)) &&
           (!of->part || same(v.part_key, c->part_key));
}

static bool
values_fit(const struct rows_shape *s, const struct rows_table *t, const struct take_table *of)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct span cell = of->cells[i];
        const struct plan_node *field;
        int32_t most;

        if (t->columns[i].what != ROWS_FIELD)
            continue;
        field = s->plan->root->children[t->columns[i].field];
        most = field->type->length >= 0 ? field->type->length : field->type->max_length;
        if (!cell.p && field->min)
            return false;
        if (field->type->base == PLAN_STRING && most >= 0 && cell.n > (size_t)most &&
            span_chars(cell) > (size_t)most)
            return false;
    }
    return true;
}

static uint64_t
mixed(const struct rows_taker *taker, int64_t line, int64_t trade)
{
    const uint64_t words[3] = {(uint64_t)line, (uint64_t)trade, taker->secret};

    return (uint64_t)hash_text((struct span){(const char *)words, sizeof words});
}

/* The tables' rows are those of the stage that are not bad: of a feed with lines its lines are. */
static void
add_up(struct rows_taker *taker, int table, const struct claim *c)
{
    bool lines = taker->shape->has_lines;

    if (table == ROWS_STAGE) {
        taker->staged++;
        if (!c->bad && c->has_trade)
            taker->sum[0] += mixed(taker, lines ? c->first_line : c->line, c->subject_hash);
    } else if (table == (lines ? ROWS_LINES : ROWS_THINGS)) {
        taker->sum[1] += mixed(taker, c->row_id & UINT32_MAX, c->subject_hash);
    }
}

static bool
vouch(struct rows_taker *taker, int table)
{
    const struct rows_table *t = &taker->shape->tables[table];
    const struct take_table *of = &taker->tables[table];
    struct claim c;
    struct span seen;

    if (!read_claim(taker, t, of, &c) || !keys_are_its_own(taker, of, &c))
        return false;
    if (of->speaks && !c.bad && speakers_wrong(&taker->speakers, of->values, &seen))
        return false;
    if (table != ROWS_STAGE && !values_fit(taker->shape, t, of))
        return false;
    add_up(taker, table, &c);
    return true;
}

/* ---- passing it on ---- */

static void
seal_value(struct buf *out, struct span value)
{
    size_t at = out->n, n;

    copy_text(out, SPAN(""));
    cipher_seal(out, value);
    n = out->n - at - sizeof(uint32_t);
    for (int i = 0; i < 4; i++)
        out->p[at + (size_t)i] = (char)(n >> 8 * (3 - i));
}

static void
pass_on(struct rows_taker *taker, int table, const char *p, size_t n, struct buf *out)
{
    const struct rows_table *t = &taker->shape->tables[table];
    const struct take_table *of = &taker->tables[table];

    if (!of->personal && !of->shown) {
        buf_put(out, p, n);
        return;
    }
    copy_row_begin(out, (int16_t)of->kept);
    for (uint32_t i = 0; i < t->count; i++) {
        struct span cell = of->cells[i];

        if (t->columns[i].shown)
            continue;
        if (cell.n && is_personal(taker->shape, &t->columns[i]))
            seal_value(out, cell);
        else
            copy_text(out, cell);
    }
}

static rc_t
broken(const char *what, struct err *e)
{
    return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent %s", what);
}

rc_t
rows_take(struct rows_taker *taker, int table, struct buf *rows, struct buf *out, struct err *e)
{
    const struct rows_table *t = &taker->shape->tables[table];
    const char *p = rows->p, *end = rows->p + rows->n;
    size_t n = 1;

    out->n = 0;
    while (end - p >= 2 && big_endian(p, 2) == t->count &&
           (n = take_apart(t, &taker->tables[table], p, end)) > 0) {
        if (!vouch(taker, table))
            return broken("a row that is not this file's", e);
        pass_on(taker, table, p, n, out);
        p += n;
    }
    rows->n = (size_t)(end - p);
    if ((n && rows->n >= 2) || rows->n > ROW_MAX)
        return broken("broken rows", e);
    if (rows->n)
        memmove(rows->p, p, rows->n);
    return RC_OK;
}

rc_t
rows_take_end(struct rows_taker *t, int64_t rows, struct err *e)
{
    int table = t->shape->has_lines ? ROWS_LINES : ROWS_THINGS;

    if (rows < 0 || (uint64_t)rows < t->staged)
        return broken("more rows than it says", e);
    if (t->shape->tables[table].name && t->sum[0] != t->sum[1])
        return broken("rows that it does not stand by", e);
    return RC_OK;
}
