#include "load/rows_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/copy.h"
#include "sql/hash.h"

/* What a column of this name holds, if it is none of the feed's. Sorted as enum rows_what. */
static const struct {
    const char *name, *type;
    bool staged, with_lines, with_names;
} ours[] = {
    [ROWS_LINE] = {"line",         "bigint",  true,  false, false},
    [ROWS_BAD] = {"bad",          "boolean", true,  false, false},
    [ROWS_DIGEST] = {"digest",       "bigint",  true,  false, false},
    [ROWS_HEAD] = {"head",         "bigint",  true,  true,  false},
    [ROWS_FIRST_LINE] = {"first_line",   "bigint",  true,  true,  false},
    [ROWS_ALONE] = {"alone",        "boolean", true,  true,  true },
    [ROWS_ISSUER] = {"issuer",       "text",    true,  false, true },
    [ROWS_NUMBER] = {"number",       "text",    false, false, true },
    [ROWS_SUBJECT_HASH] = {"subject_hash", "bigint",  true,  false, true },
    [ROWS_AGAIN] = {"again",        "boolean", true,  false, true },
    [ROWS_PART_KEY] = {"part_key",     "text",    true,  false, true },
    [ROWS_ROW_ID] = {"row_id",       "bigint",  false, false, true },
    [ROWS_BATCH_ID] = {"batch_id",     "bigint",  false, false, true },
    [ROWS_CURRENT] = {"current",      "boolean", false, false, true },
};
#define OURS ((int)(sizeof ours / sizeof ours[0]))

const char *
rows_type(const struct plan_type *type)
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
    return c->what == ROWS_FIELD ? rows_type(s->plan->root->children[c->field]->type)
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
    if (field->issuer || field->number || field->speaker_count)
        return true;
    for (uint32_t i = 0; i < root->child_count; i++)
        if (root->children[i]->issuer_else && !strcmp(root->children[i]->issuer_else, field->name))
            return true;
    return false;
}

/* What the statements that all feeds go through name, whatever rules read (jobs/load/judge.c). */
static bool
is_general(const struct plan *plan, const struct plan_node *field)
{
    const struct plan_node *key = NULL;

    for (uint32_t i = 0; !key && i < plan->root->child_count; i++)
        if (plan->root->children[i]->key)
            key = plan->root->children[i];
    return field->control || field->number || field->line_part || field == plan->sum ||
           field == plan->sum_by || field == key ||
           (key && key->key_else && !strcmp(key->key_else, field->name));
}

static void
look_at_columns(struct rows_shape *s)
{
    const struct plan_node *root = s->plan->root;

    s->whole = true;
    for (uint32_t i = 0; i < root->child_count; i++) {
        s->has_lines |= root->children[i]->line_part;
        s->has_part |= root->children[i]->key;
        s->named |= root->children[i]->number;
        s->whole &= !root->children[i]->staged;
    }
}

/* Of a made table PostgreSQL has columns of its own, too. */
static rc_t
check_made_names(const struct rows_shape *s, struct err *e)
{
    static const char *const system[] = {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"};

    for (uint32_t i = 0; s->plan->tables_made && i < s->plan->root->child_count; i++) {
        const struct plan_node *field = s->plan->root->children[i];

        for (size_t k = 0; k < sizeof system / sizeof *system; k++)
            if (strcmp(field->column, system[k]) == 0)
                return err_set(
                    e, RC_FAIL, ERR_SCHEMA,
                    "%s:%d: column %s cannot be named so, every table of PostgreSQL has one "
                    "of its own; name it otherwise and say <lp:alias names=\"%s\"/>",
                    s->plan->file, field->line, field->name, field->name);
    }
    return RC_OK;
}

/* Rows that have names bear ours beside their own. */
static rc_t
check_names(const struct rows_shape *s, struct err *e)
{
    for (uint32_t i = 0; s->named && i < s->plan->root->child_count; i++) {
        const struct plan_node *field = s->plan->root->children[i];

        for (int k = ROWS_LINE; k < OURS; k++)
            if (strcmp(field->column, ours[k].name) == 0)
                return err_set(e, RC_FAIL, ERR_SCHEMA,
                               "%s:%d: column %s cannot be named so, the hub's own %s is; name it "
                               "otherwise and say <lp:alias names=\"%s\"/>",
                               s->plan->file, field->line, field->name, field->column, field->name);
    }
    return RC_OK;
}

static void
stage_shape(struct rows_shape *s, struct arena *a)
{
    struct rows_table *t = &s->tables[ROWS_STAGE];
    const struct plan_node *root = s->plan->root;

    /* a site's feed may be called like anything the session has a table of (stage_member …) */
    t->name = arena_printf(a, s->plan->tables_made ? "stage_rows_%s" : "stage_%s", s->plan->rows);
    t->columns = ARENA_ARRAY(a, struct rows_column, root->child_count + (size_t)OURS);
    for (uint32_t i = 0; i < root->child_count; i++) {
        const struct plan_node *field = root->children[i];
        bool kept = s->whole || field->staged || is_general(s->plan, field);

        if (kept || says_whose(root, field))
            add_column(t, field->column, ROWS_FIELD, i);
        if (!kept && says_whose(root, field))
            t->columns[t->count - 1].shown = true;
    }
    for (int i = ROWS_LINE; i < OURS; i++)
        if (ours[i].staged && (!ours[i].with_lines || s->has_lines) &&
            (!ours[i].with_names || s->named) && (i != ROWS_PART_KEY || s->has_part))
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

static const char *
role_of(const struct plan_node *n)
{
    return n->issuer ? "issuer" : n->number ? "number" : n->key ? "key" : "line";
}

const char *
rows_named_by(const struct plan *plan, struct arena *a)
{
    struct buf names = {0};

    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        const struct plan_node *n = plan->root->children[i];
        const char *other = n->issuer ? n->issuer_else : n->key_else;

        if (!schema_names_row(n) && !n->line_part)
            continue;
        buf_printf(&names, "%s%s %s", names.n ? ", " : "", role_of(n), n->name);
        if (n->issuer && n->issuer_unless)
            buf_printf(&names, " unless %s", n->issuer_unless);
        if (other)
            buf_printf(&names, " or %s", other);
    }
    return buf_text(&names, a);
}

/* A column of a made table stands where the feed has it now, and is sealed if it is now: what is there already was written so, and would
 * be read as something else. Another table's column of its name is one from before (init/feeds.sql leaves it, if it is empty). */
static bool
is_in_place(const struct rows_shape *s, int which, uint32_t field)
{
    bool line = false;

    for (uint32_t i = 0; i <= field; i++)
        line |= s->plan->root->children[i]->line_part;
    return !s->plan->tables_made || line == (which == ROWS_LINES);
}

static rc_t
check_made(const struct rows_shape *s, const char *table, const char *remark, struct arena *a,
           struct err *e)
{
    const char *named = rows_named_by(s->plan, a);

    if (strncmp(remark, ROWS_NAMED_BY, strlen(ROWS_NAMED_BY)) == 0)
        remark += strlen(ROWS_NAMED_BY);
    if (strcmp(remark, named) != 0)
        return err_set(e, RC_FAIL, ERR_SCHEMA,
                       "%s: its rows are named by %s now, those in hub.%s are %s", s->plan->file,
                       named, table, remark);
    return RC_OK;
}

static rc_t
check_column(const struct rows_shape *s, const struct rows_table *t, const struct rows_column *c,
             const char *type, bool sealed, struct err *e)
{
    bool seals =
        s->plan->tables_made && c->what == ROWS_FIELD && s->plan->root->children[c->field]->sealed;

    if (strcmp(column_type(s, c), type) != 0)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: column %s of %s is %s, its values are %s",
                       s->plan->file, c->name, t->name, type, column_type(s, c));
    if (s->plan->tables_made && seals != sealed)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: column %s is%s personal now, in %s it is%s",
                       s->plan->file, c->name, seals ? "" : " not", t->name, sealed ? "" : " not");
    return RC_OK;
}

/* What of its columns has no place in its tables. */
static const char *
missing_column(const struct rows_shape *s)
{
    for (uint32_t i = 0; i < s->plan->root->child_count; i++) {
        bool found = false;

        for (int k = ROWS_THINGS; k < ROWS_TABLES; k++)
            for (uint32_t c = 0; c < s->tables[k].count; c++)
                found |= s->tables[k].columns[c].what == ROWS_FIELD &&
                         s->tables[k].columns[c].field == i;
        if (!found)
            return s->plan->root->children[i]->name;
    }
    return NULL;
}

/* A column that is neither the feed's nor ours has to do with its default. */
static rc_t
table_shape(struct rows_shape *s, struct arena *a, struct db *db, int which, const char *name,
            struct err *e)
{
    struct rows_table *t = &s->tables[which];
    struct db_result *r;
    rc_t rc =
        db_query(db, a,
                 "SELECT attname AS name, format_type(atttypid, atttypmod) AS type,\n"
                 "  col_description(attrelid, attnum) IS NOT DISTINCT FROM 'sealed' AS sealed,\n"
                 "  obj_description(attrelid, 'pg_class') AS remark FROM pg_attribute\n"
                 "WHERE attrelid = to_regclass('hub.' || quote_ident($1)) AND attnum > 0\n"
                 "  AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
                 DB_ARGS(name), &r, e);

    if (rc != RC_OK)
        return rc;
    if (!r->rows)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: the database has no table hub.%s",
                       s->plan->file, name);
    if (s->plan->tables_made && which == ROWS_THINGS)
        rc = check_made(s, name, db_text(r, 0, "remark"), a, e);
    t->name = arena_printf(a, "hub.%s", name);
    t->columns = ARENA_ARRAY(a, struct rows_column, (size_t)r->rows);
    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        struct rows_column c;

        if (!find_column(s, db_text(r, i, "name"), &c) ||
            (c.what == ROWS_FIELD && !is_in_place(s, which, c.field)))
            continue;
        rc = check_column(s, t, &c, db_text(r, i, "type"), db_bool(r, i, "sealed"), e);
        t->columns[t->count++] = c;
    }
    return rc;
}

static bool
is_staged(const struct rows_shape *s, const char *column)
{
    const struct rows_table *stage = &s->tables[ROWS_STAGE];

    for (uint32_t i = 0; i < stage->count; i++)
        if (strcmp(stage->columns[i].name, column) == 0)
            return true;
    return false;
}

/* What a variant has beyond the feed's tables is stored from the stage (hub.keep_more), so all of it must be there. */
static rc_t
more_shape(const struct rows_shape *s, struct arena *a, struct db *db, const char *name,
           struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(db, a,
                       "SELECT attname AS name FROM pg_attribute\n"
                       "WHERE attrelid = to_regclass('hub.' || quote_ident($1)) AND attnum > 0\n"
                       "  AND NOT attisdropped AND attname NOT IN ('subject_hash', 'row_id')",
                       DB_ARGS(name), &r, e);

    if (rc == RC_OK && !r->rows)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: the database has no table hub.%s",
                       s->plan->file, name);
    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        if (!is_staged(s, db_text(r, i, "name")))
            rc = err_set(e, RC_FAIL, ERR_SCHEMA,
                         "%s: hub.%s has a column %s, which no column with lp:staged fills",
                         s->plan->file, name, db_text(r, i, "name"));
    return rc;
}

static rc_t
find_tables(struct rows_shape *s, struct arena *a, struct db *db, struct err *e)
{
    const struct plan *plan = s->plan;
    const char *missing;
    rc_t rc = RC_OK;

    if (plan->rows_table)
        rc = table_shape(s, a, db, ROWS_THINGS, plan->rows_table, e);
    if (rc == RC_OK && plan->lines_table)
        rc = table_shape(s, a, db, ROWS_LINES, plan->lines_table, e);
    if (rc == RC_OK && plan->more_table)
        rc = more_shape(s, a, db, plan->more_table, e);
    if (rc == RC_OK && plan->more_lines_table)
        rc = more_shape(s, a, db, plan->more_lines_table, e);
    if (rc == RC_OK && plan->tables_made && (missing = missing_column(s)))
        rc = err_set(e, RC_FAIL, ERR_SCHEMA, "%s: the database's table of it has no column for %s",
                     plan->file, missing);
    return rc;
}

rc_t
rows_shape(struct rows_shape *s, struct arena *a, const struct plan *plan, struct db *db,
           struct err *e)
{
    struct err why = {0};
    rc_t rc;

    *s = (struct rows_shape){.plan = plan};
    look_at_columns(s);
    if ((rc = check_names(s, e)) != RC_OK || (rc = check_made_names(s, e)) != RC_OK)
        return rc;
    stage_shape(s, a);
    if (!db || (rc = find_tables(s, a, db, &why)) == RC_OK)
        return RC_OK;
    if (rc == RC_FAIL && why.code == ERR_SCHEMA) {
        s->unmade =
            arena_printf(a, "%s%s", why.text, plan->tables_made ? "; run landport init" : "");
        s->tables[ROWS_THINGS] = s->tables[ROWS_LINES] = (struct rows_table){.name = NULL};
        return RC_OK;
    }
    *e = why;
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

static bool
has_column(const struct rows_table *t, const char *name)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (!t->columns[i].shown && strcmp(t->columns[i].name, name) == 0)
            return true;
    return false;
}

/* Columns of a stage as DDL has them, but for those of `but` (NULL: all). */
static void
put_columns(struct buf *b, struct arena *a, const struct rows_shape *s,
            const struct rows_shape *but)
{
    const struct rows_table *t = &s->tables[ROWS_STAGE];

    for (uint32_t i = 0; i < t->count; i++) {
        const struct rows_column *c = &t->columns[i];

        if (!c->shown && !(but && has_column(&but->tables[ROWS_STAGE], c->name)))
            buf_printf(b, "%s%s %s", b->p[b->n - 1] == '(' ? "" : ", ", db_ident(a, c->name),
                       column_type(s, c));
    }
}

const char *
rows_stage_ddl(struct arena *a, const struct rows_shape *s, const struct rows_shape *base)
{
    struct buf b = {0};

    buf_printf(&b, "CREATE TEMP TABLE %s (", s->tables[ROWS_STAGE].name);
    put_columns(&b, a, s, NULL);
    if (base && base != s)
        put_columns(&b, a, base, s);
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
        buf_printf(&b, "%s%s", comma, db_ident(a, t->columns[i].name));
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
subject_key(const struct plan_node *root, struct rows_values *v, struct buf *scratch)
{
    v->issuer = v->number = (struct span){NULL, 0};
    for (uint32_t i = 0; i < root->child_count; i++) {
        const struct plan_node *field = root->children[i];

        if (field->number)
            v->number = v->fields[i];
        if (!field->issuer)
            continue;
        v->issuer = v->fields[i];
        if (field->issuer_unless && span_is(v->issuer, field->issuer_unless))
            v->issuer = other_value(root, v, field->issuer_else);
    }
    v->has_trade = v->issuer.p && v->number.p;
    if (!v->has_trade)
        return;
    scratch->n = 0;
    buf_put(scratch, v->issuer.p, v->issuer.n);
    buf_put(scratch, "\x1f", 1);
    buf_put(scratch, v->number.p, v->number.n);
    v->subject_hash = hash_text((struct span){scratch->p, scratch->n});
}

/* What may hold a / and is not the last, as a name in place of a code: else a/b and c would be the part that a and b/c are. */
static void
put_component(struct buf *out, struct span v)
{
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] == '/' || v.p[i] == '%')
            buf_printf(out, "%%%02X", (unsigned)v.p[i]);
        else
            buf_put(out, v.p + i, 1);
}

/* institution/payment number; nothing where a subject has one part. */
static void
part_key(const struct plan_node *root, struct rows_values *v, struct buf *scratch)
{
    struct span last = {NULL, 0};

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
        if (last.p) {
            put_component(scratch, last);
            buf_put(scratch, "/", 1);
        }
        last = value;
    }
    if (last.p)
        buf_put(scratch, last.p, last.n);
    v->part_key = (struct span){scratch->p, scratch->n};
}

void
rows_keys(const struct rows_shape *s, struct rows_values *v, struct buf *scratch)
{
    subject_key(s->plan->root, v, scratch);
    v->part_key = SPAN("");
    if (s->has_part)
        part_key(s->plan->root, v, scratch);
}

/* ---- a row ---- */

/* It was checked to be one that fits (good_number() of formats/xsd/check.c), but may have any number of zeros in front. */
static void
put_integer(struct buf *out, struct span v)
{
    char number[24];
    bool negative;

    if (!v.p) {
        copy_null(out);
        return;
    }
    negative = v.n && *v.p == '-';
    while (v.n && (*v.p == '-' || *v.p == '+' || *v.p == '0'))
        v.p++, v.n--;
    snprintf(number, sizeof number, "%s%.*s", negative ? "-" : "", SPAN_F(v));
    copy_int8(out, strtoll(number, NULL, 10));
}

static void
put_field(struct buf *out, const struct plan_type *type, struct span v)
{
    switch (type->base) {
    case PLAN_DECIMAL:
        if (!copy_numeric(out, v)) /* it was checked */
            BUG("a decimal that is none");
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
    case ROWS_NUMBER:
        copy_text(out, v->number);
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
