#include "load/rows_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/copy.h"
#include "sql/hash.h"

/* What a column of this name holds, if it is none of the feed's. Sorted as enum rows_what. */
static const struct {
    const char *name, *type;
    bool staged, with_lines, with_tables;
} ours[] = {
    [ROWS_LINE] = {"line",         "bigint",  true,  false, false},
    [ROWS_BAD] = {"bad",          "boolean", true,  false, false},
    [ROWS_DIGEST] = {"digest",       "bigint",  true,  false, false},
    [ROWS_HEAD] = {"head",         "bigint",  true,  true,  false},
    [ROWS_FIRST_LINE] = {"first_line",   "bigint",  true,  true,  false},
    [ROWS_ALONE] = {"alone",        "boolean", true,  true,  true },
    [ROWS_ISSUER] = {"issuer",       "text",    true,  false, true },
    [ROWS_SUBJECT_HASH] = {"subject_hash", "bigint",  true,  false, true },
    [ROWS_AGAIN] = {"again",        "boolean", true,  false, true },
    [ROWS_PART_KEY] = {"part_key",     "text",    true,  false, true },
    [ROWS_ROW_ID] = {"row_id",       "bigint",  false, false, true },
    [ROWS_BATCH_ID] = {"batch_id",     "bigint",  false, false, true },
    [ROWS_CURRENT] = {"current",      "boolean", false, false, true },
};
#define OURS ((int)(sizeof ours / sizeof ours[0]))

static const char *
sql_type(const struct plan_type *type)
{
    switch (type->base) {
    case PLAN_DECIMAL:
        return "numeric";
    case PLAN_INTEGER:
        return "bigint";
    case PLAN_BOOLEAN:
        return "boolean";
    case PLAN_STRING:
        break;
    }
    return "text";
}

static const char *
column_type(const struct rows_shape *s, const struct rows_column *c)
{
    return c->what == ROWS_FIELD ? sql_type(s->plan->root->children[c->field]->type)
                                 : ours[c->what].type;
}

static void
add_column(struct rows_table *t, const char *name, enum rows_what what, uint32_t field)
{
    t->columns[t->count++] = (struct rows_column){name, what, field, false};
}

/* What tells whose a row is: the parent looks at it (rows_take.h). */
static bool
says_whose(const struct plan_node *root, const struct plan_node *field)
{
    if (field->trade || field->speaker_count)
        return true;
    for (uint32_t i = 0; i < root->child_count; i++)
        if (root->children[i]->trade_else && !strcmp(root->children[i]->trade_else, field->name))
            return true;
    return false;
}

/* Does a thing take several rows, with head columns that are the same on each? */
static bool
has_lines(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->root->child_count; i++)
        if (plan->root->children[i]->line_part)
            return true;
    return false;
}

static void
stage_shape(struct rows_shape *s, struct arena *a)
{
    struct rows_table *t = &s->tables[ROWS_STAGE];
    const struct plan_node *root = s->plan->root;
    bool narrow = s->plan->rows_table != NULL;

    t->name = arena_printf(a, "stage_%s", s->plan->rows);
    t->columns = ARENA_ARRAY(a, struct rows_column, root->child_count + (size_t)OURS);
    for (uint32_t i = 0; i < root->child_count; i++) {
        const struct plan_node *field = root->children[i];
        bool kept = !narrow || field->rule || field->control;

        if (kept || says_whose(root, field))
            add_column(t, field->column, ROWS_FIELD, i);
        if (!kept && says_whose(root, field))
            t->columns[t->count - 1].shown = true;
    }
    for (int i = ROWS_LINE; i < OURS; i++)
        if (ours[i].staged && (!ours[i].with_lines || s->has_lines) &&
            (!ours[i].with_tables || narrow) && !(i == ROWS_PART_KEY && s->has_lines))
            add_column(t, ours[i].name, (enum rows_what)i, 0);
}

static bool
find_column(const struct rows_shape *s, const char *name, struct rows_column *c)
{
    for (uint32_t i = 0; i < s->plan->root->child_count; i++)
        if (strcmp(s->plan->root->children[i]->column, name) == 0) {
            *c = (struct rows_column){name, ROWS_FIELD, i, false};
            return true;
        }
    for (int i = ROWS_LINE; i < OURS; i++)
        if (strcmp(ours[i].name, name) == 0) {
            *c = (struct rows_column){name, (enum rows_what)i, 0, false};
            return true;
        }
    return false;
}

/* A column that is neither the feed's nor ours has to do with its default. */
static rc_t
table_shape(struct rows_shape *s, struct arena *a, struct db *db, int which, const char *name,
            struct err *e)
{
    struct rows_table *t = &s->tables[which];
    struct db_result *r;
    rc_t rc = db_query(db, a,
                       "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute\n"
                       "WHERE attrelid = to_regclass('hub.' || quote_ident($1)) AND attnum > 0\n"
                       "  AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
                       DB_ARGS(name), &r, e);

    if (rc != RC_OK)
        return rc;
    if (!r->rows)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: the database has no table hub.%s",
                       s->plan->file, name);
    t->name = arena_printf(a, "hub.%s", name);
    t->columns = ARENA_ARRAY(a, struct rows_column, (size_t)r->rows);
    for (int i = 0; i < r->rows; i++) {
        struct rows_column c;

        if (!find_column(s, db_text(r, i, 0), &c))
            continue;
        if (strcmp(column_type(s, &c), db_text(r, i, 1)) != 0)
            return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: column %s of %s is %s, its values are %s",
                           s->plan->file, c.name, t->name, db_text(r, i, 1), column_type(s, &c));
        t->columns[t->count++] = c;
    }
    return RC_OK;
}

rc_t
rows_shape(struct rows_shape *s, struct arena *a, const struct plan *plan, struct db *db,
           struct err *e)
{
    rc_t rc = RC_OK;

    *s = (struct rows_shape){.plan = plan, .has_lines = has_lines(plan)};
    stage_shape(s, a);
    if (db && plan->rows_table)
        rc = table_shape(s, a, db, ROWS_THINGS, plan->rows_table, e);
    if (rc == RC_OK && db && plan->lines_table)
        rc = table_shape(s, a, db, ROWS_LINES, plan->lines_table, e);
    return rc;
}

void
rows_table_begin(struct rows_shape *s, struct arena *a, int which, const char *name,
                 uint32_t columns)
{
    s->tables[which] =
        (struct rows_table){.name = name, .columns = ARENA_ARRAY(a, struct rows_column, columns)};
}

bool
rows_table_add(struct rows_shape *s, int which, const char *column)
{
    struct rows_table *t = &s->tables[which];

    return find_column(s, column, &t->columns[t->count]) && ++t->count;
}

const char *
rows_stage_ddl(struct arena *a, const struct rows_shape *s)
{
    const struct rows_table *t = &s->tables[ROWS_STAGE];
    struct buf b = {0};
    const char *comma = "";

    buf_printf(&b, "CREATE TEMP TABLE %s (", t->name);
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->columns[i].shown)
            continue;
        buf_printf(&b, "%s%s %s", comma, t->columns[i].name, column_type(s, &t->columns[i]));
        comma = ", ";
    }
    buf_printf(&b, ") ON COMMIT DROP");
    return buf_text(&b, a);
}

const char *
rows_copy(struct arena *a, const struct rows_table *t)
{
    struct buf b = {0};
    const char *comma = "";

    buf_printf(&b, "COPY %s (", t->name);
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->columns[i].shown)
            continue;
        buf_printf(&b, "%s%s", comma, t->columns[i].name);
        comma = ", ";
    }
    buf_printf(&b, ") FROM STDIN (FORMAT binary)");
    return buf_text(&b, a);
}

/* ---- keys ---- */

static struct span
other_value(const struct plan_node *root, const struct rows_values *v, const char *name)
{
    for (uint32_t i = 0; i < root->child_count; i++)
        if (strcmp(root->children[i]->name, name) == 0)
            return v->fields[i];
    return (struct span){NULL, 0};
}

static void
trade_key(const struct plan_node *root, struct rows_values *v, struct buf *scratch)
{
    struct span key[2] = {
        {NULL, 0},
        {NULL, 0}
    };
    uint32_t n = 0;

    for (uint32_t i = 0; i < root->child_count && n < 2; i++) {
        const struct plan_node *field = root->children[i];
        struct span value = v->fields[i];

        if (!field->trade)
            continue;
        if (field->trade_unless && span_is(value, field->trade_unless))
            value = other_value(root, v, field->trade_else);
        key[n++] = value;
    }
    v->issuer = key[0];
    v->has_trade = key[0].p && key[1].p;
    if (!v->has_trade)
        return;
    scratch->n = 0;
    buf_put(scratch, key[0].p, key[0].n);
    buf_put(scratch, "\x1f", 1);
    buf_put(scratch, key[1].p, key[1].n);
    v->subject_hash = hash_text((struct span){scratch->p, scratch->n});
}

/* institution/payment number */
static void
part_key(const struct plan_node *root, struct rows_values *v, struct buf *scratch)
{
    bool first = true;

    scratch->n = 0;
    v->part_key = (struct span){NULL, 0};
    for (uint32_t i = 0; i < root->child_count; i++) {
        const struct plan_node *field = root->children[i];
        struct span value = v->fields[i];

        if (!field->key)
            continue;
        if (!value.p && field->key_else)
            value = other_value(root, v, field->key_else);
        if (!value.p)
            return;
        if (!first)
            buf_put(scratch, "/", 1);
        buf_put(scratch, value.p, value.n);
        first = false;
    }
    v->part_key = (struct span){scratch->p, scratch->n};
}

void
rows_keys(const struct rows_shape *s, struct rows_values *v, struct buf *scratch)
{
    trade_key(s->plan->root, v, scratch);
    if (!s->has_lines)
        part_key(s->plan->root, v, scratch);
}

/* ---- a row ---- */

static void
put_integer(struct buf *out, struct span v)
{
    char number[24];

    if (!v.p) {
        copy_null(out);
        return;
    }
    snprintf(number, sizeof number, "%.*s", SPAN_F(v));
    copy_int8(out, strtoll(number, NULL, 10));
}

static void
put_field(struct buf *out, const struct plan_type *type, struct span v)
{
    switch (type->base) {
    case PLAN_DECIMAL:
        copy_numeric(out, v);
        break;
    case PLAN_INTEGER:
        put_integer(out, v);
        break;
    case PLAN_BOOLEAN:
        if (v.p)
            copy_bool(out, v.n && (*v.p == 't' || *v.p == '1'));
        else
            copy_null(out);
        break;
    case PLAN_STRING:
        copy_text(out, v);
        break;
    }
}

static void
put_own(struct buf *out, enum rows_what what, const struct rows_values *v)
{
    switch (what) {
    case ROWS_FIELD:
        break;
    case ROWS_LINE:
        copy_int8(out, v->line);
        break;
    case ROWS_BAD:
        copy_bool(out, v->bad);
        break;
    case ROWS_DIGEST:
        copy_int8(out, v->digest);
        break;
    case ROWS_HEAD:
        copy_int8(out, v->head);
        break;
    case ROWS_FIRST_LINE:
        copy_int8(out, v->first_line);
        break;
    case ROWS_ALONE:
        copy_bool(out, v->alone);
        break;
    case ROWS_ISSUER:
        copy_text(out, v->issuer);
        break;
    case ROWS_SUBJECT_HASH:
        if (v->has_trade)
            copy_int8(out, v->subject_hash);
        else
            copy_null(out);
        break;
    case ROWS_AGAIN:
        copy_bool(out, v->again);
        break;
    case ROWS_PART_KEY:
        copy_text(out, v->part_key);
        break;
    case ROWS_ROW_ID:
        copy_int8(out, (int64_t)((uint64_t)v->batch_id << 32) | v->first_line);
        break;
    case ROWS_BATCH_ID:
        copy_int8(out, v->batch_id);
        break;
    case ROWS_CURRENT:
        copy_bool(out, true);
        break;
    }
}

void
rows_put(struct buf *out, const struct rows_shape *s, const struct rows_table *t,
         const struct rows_values *v, struct rows_marks *marks)
{
    copy_row_begin(out, (int16_t)t->count);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct rows_column *c = &t->columns[i];

        if (c->what == ROWS_FIELD) {
            put_field(out, s->plan->root->children[c->field]->type, v->fields[c->field]);
            continue;
        }
        put_own(out, c->what, v);
        if (c->what == ROWS_DIGEST && marks)
            marks->digest = out->n - sizeof(int64_t);
        if (c->what == ROWS_ALONE && marks)
            marks->alone = out->n - 1;
    }
}
