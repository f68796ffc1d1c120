#include "needs.h"

#include <string.h>

#include "log.h"
#include "message.h"
#include "statements.h"

/* The element a level's rows are; NULL: there is none. */
static const struct plan_node *
node_at(const struct plan_node *node, const char *path)
{
    size_t n = strcspn(path, "/");

    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct plan_node *child = node->children[i], *found = NULL;

        if (child->kind != PLAN_ELEMENT)
            found = node_at(child, path);
        else if (strlen(child->name) == n && memcmp(child->name, path, n) == 0)
            found = path[n] ? node_at(child, path + n + 1) : child;
        if (found)
            return found;
    }
    return NULL;
}

/* Its own children: what stands in a choice or an optional group may be missing with that. */
static const struct plan_node *
child_of(const struct plan_node *node, const char *column)
{
    for (uint32_t i = 0; i < node->child_count; i++)
        if (node->children[i]->kind == PLAN_ELEMENT && !strcmp(node->children[i]->column, column))
            return node->children[i];
    return NULL;
}

/* A document is only made once the column is there. */
static bool
is_waited_for(const struct format *f, const char *column)
{
    struct arena *a = arena_new("need");
    bool found = f->extract.documents &&
                 strstr(f->extract.documents, arena_printf(a, ".%s IS NOT NULL", column)) != NULL;

    arena_free(&a);
    return found;
}

/* A line a column of the level: kind, lines it may have, required, table, number in the table. */
static void
put_level(struct buf *lines, const struct format *f, const char *path, const struct db_result *r)
{
    const struct plan_node *node = node_at(f->plan->root, path);
    bool list = node && strchr(path, '/') && node->max > 1 && node->max != PLAN_UNBOUNDED;

    for (int i = 1; node && i < r->columns; i++) {
        const struct plan_node *child = child_of(node, db_column(r, i));
        bool required = child && child->min > 0 && !child->fixed && !child->dflt &&
                        !is_waited_for(f, child->column);
        int number;
        uint32_t table = db_origin(r, i, &number);

        if (!table || (!required && !list))
            continue;
        buf_printf(lines, "%s\t", f->kind);
        if (list)
            buf_printf(lines, "%u", node->max);
        else
            buf_str(lines, "\\N");
        buf_printf(lines, "\t%s\t%u\t%d\n", required ? "t" : "f", table, number);
    }
}

static rc_t
put_kind(struct buf *lines, struct hub *hub, struct db *db, struct arena *a, const char *kind,
         struct err *e)
{
    struct format *f;
    rc_t rc = format_load(&f, hub, a, NULL, kind, e);

    for (uint32_t i = 0; rc == RC_OK && i < f->extract.count; i++) {
        struct db_result *r;

        if ((rc = db_describe(db, a, f->extract.levels[i].query, &r, e)) == RC_OK)
            put_level(lines, f, f->extract.levels[i].path, r);
    }
    return rc;
}

/* A broken one leaves the transaction as it was. */
static rc_t
try_kind(struct buf *lines, struct hub *hub, struct db *db, struct arena *a, const char *kind,
         struct err *e)
{
    size_t before = lines->n;
    struct err why = {0};
    rc_t rc = db_exec(db, "SAVEPOINT need", DB_NONE, NULL, e);

    if (rc != RC_OK)
        return rc;
    rc = put_kind(lines, hub, db, a, kind, &why);
    if (rc == RC_RETRY) {
        *e = why;
        return rc;
    }
    if (rc != RC_OK) {
        log_debug("%s: what it needs is not known: %s", kind, why.text);
        lines->n = before;
        if ((rc = db_exec(db, "ROLLBACK TO SAVEPOINT need", DB_NONE, NULL, e)) != RC_OK)
            return rc;
    }
    return db_exec(db, "RELEASE SAVEPOINT need", DB_NONE, NULL, e);
}

static bool
is_first(const struct conf *c, uint32_t agency, const char **kind)
{
    for (uint32_t i = 0; i <= agency; i++)
        for (const char **k = c->agencies[i].messages; *k && k != kind; k++)
            if (!strcmp(*k, *kind))
                return false;
    return true;
}

static rc_t
put_kinds(struct buf *lines, struct hub *hub, struct db *db, struct err *e)
{
    struct arena *a = arena_new("needs");
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < hub->conf->agency_count; i++)
        for (const char **k = hub->conf->agencies[i].messages; rc == RC_OK && *k; k++)
            if (is_first(hub->conf, i, k)) {
                rc = try_kind(lines, hub, db, a, *k, e);
                arena_reset(a);
            }
    arena_free(&a);
    return rc;
}

rc_t
needs_load(struct hub *hub, struct db *db, struct err *e)
{
    struct arena *a = arena_new("needs");
    struct buf lines = {0};
    struct db_result *r;
    rc_t rc =
        db_query(db, a, "SELECT to_regclass('pg_temp.need_lines') IS NOT NULL", DB_NONE, &r, e);

    if (rc != RC_OK || db_bool(r, 0, 0))
        goto out;
    if ((rc = put_kinds(&lines, hub, db, e)) != RC_OK ||
        (rc = db_exec(db,
                      "CREATE TEMP TABLE need_raw (kind text, lines int, required boolean, "
                      "rel oid, att int) ON COMMIT DROP",
                      DB_NONE, NULL, e)) != RC_OK ||
        (rc = db_copy_in(db, "COPY need_raw FROM STDIN", e)) != RC_OK ||
        (lines.n && (rc = db_copy_put(db, lines.p, lines.n, e)) != RC_OK) ||
        (rc = db_copy_end(db, NULL, NULL, e)) != RC_OK)
        goto out;
    rc = db_script(db, a, SQL_INGEST_NEED_TABLES, NULL, e);
out:
    buf_free(&lines);
    arena_free(&a);
    return rc;
}
