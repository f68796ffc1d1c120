#include "load/needs.h"

#include <string.h>

#include "base/log.h"
#include "message.h"
#include "sql/statements.h"
#include "table.h"

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
    bool found =
        f->extract.documents.sql &&
        strstr(f->extract.documents.sql, arena_printf(a, ".%s IS NOT NULL", column)) != NULL;

    arena_free(&a);
    return found;
}

static void
put_number(struct buf *json, const char *name, int64_t number)
{
    json_name(json, name);
    if (number >= 0)
        buf_printf(json, "%lld", (long long)number);
    else
        buf_str(json, "null");
}

/* What a type takes, as far as it can be compared with another's. */
static void
put_type(struct buf *json, const struct plan_type *t)
{
    put_number(json, "length", !t ? -1 : t->length >= 0 ? t->length : t->max_length);
    put_number(json, "total", t ? t->total_digits : -1);
    put_number(json, "fraction", t ? t->fraction_digits : -1);
    json_name(json, "allowed");
    if (!t || !t->values) {
        buf_str(json, "null");
        return;
    }
    for (const char **v = t->values; *v; v++) {
        buf_str(json, v == t->values ? "[" : ", ");
        json_string(json, *v);
    }
    buf_str(json, *t->values ? "]" : "[]");
}

/* Each column of the level that is one of a table's as it stands: for sql/ingest/needed.sql. */
static void
put_level(struct buf *json, const struct format *f, const char *path, const struct db_result *r)
{
    const struct plan_node *node = node_at(f->plan->root, path);
    bool list = node && strchr(path, '/') && node->max > 1 && node->max != PLAN_UNBOUNDED;

    for (int i = 1; node && i < r->columns; i++) {
        const struct plan_node *child = child_of(node, db_column(r, i));
        int number;
        uint32_t table = db_origin(r, i, &number);

        if (!table || (!child && !list))
            continue;
        buf_printf(json, "%s{\"rel\": %u", json->n > 1 ? ",\n" : "", table);
        put_number(json, "att", number);
        json_pair(json, "kind", f->kind);
        put_number(json, "lines", list ? (int64_t)node->max : -1);
        json_flag(json, "required",
                  child && child->min > 0 && !child->fixed && !child->dflt &&
                      !is_waited_for(f, child->column));
        json_pair(json, "element", child ? child->name : NULL);
        json_flag(json, "personal", child && child->personal);
        put_type(json, child ? child->type : NULL);
        buf_str(json, "}");
    }
}

/* Messages are looked through one after the other. */
struct wanting {
    struct buf *json;
    struct hub *hub;
    struct db *db;
    struct arena *arena;
    const char *folder, *kind; /* the one at hand */
};

static rc_t
put_kind(void *ctx, struct err *e)
{
    struct wanting *w = ctx;
    struct format *f;
    rc_t rc = format_load(&f, w->hub, w->arena, w->folder, w->kind, e);

    for (uint32_t i = 0; rc == RC_OK && i < f->extract.count; i++) {
        struct db_result *r;

        if ((rc = db_describe(w->db, w->arena, f->extract.levels[i].query, &r, e)) == RC_OK)
            put_level(w->json, f, f->extract.levels[i].path, r);
    }
    return rc;
}

/* A kind that is broken is declare's to tell: here it needs nothing. */
static rc_t
try_kind(struct wanting *w, const char *folder, const char *kind, struct err *e)
{
    size_t before = w->json->n;
    rc_t rc;

    w->folder = folder;
    w->kind = kind;
    if ((rc = db_try(w->db, put_kind, w, e)) == RC_OK || rc == RC_RETRY)
        return rc;
    log_debug("%s: what it needs is not known: %s", kind, e->text);
    memset(e, 0, sizeof *e);
    w->json->n = before;
    return RC_OK;
}

/* Of two agencies that take a kind each may have its own. */
static bool
is_first(struct hub *hub, struct arena *a, uint32_t agency, const char **kind)
{
    const struct conf_agency *all = hub->conf->agencies;
    const char *folder = format_folder(hub, a, all[agency].formats, *kind), *other;

    for (uint32_t i = 0; i <= agency; i++)
        for (const char **k = all[i].messages; *k && k != kind; k++)
            if (!strcmp(*k, *kind) &&
                (!folder ||
                 ((other = format_folder(hub, a, all[i].formats, *k)) && !strcmp(other, folder))))
                return false;
    return true;
}

static rc_t
put_kinds(struct buf *json, struct hub *hub, struct db *db, struct err *e)
{
    struct wanting w = {.json = json, .hub = hub, .db = db, .arena = arena_new("needs")};
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < hub->conf->agency_count; i++)
        for (const char **k = hub->conf->agencies[i].messages; rc == RC_OK && *k; k++)
            if (is_first(hub, w.arena, i, k)) {
                rc = try_kind(&w, hub->conf->agencies[i].formats, *k, e);
                arena_reset(w.arena);
            }
    arena_free(&w.arena);
    return rc;
}

/* What partners may upload: each column of each feed. */
static void
put_feeds(struct buf *json, const struct feeds *f)
{
    for (uint32_t i = 0; i < f->count; i++) {
        const struct plan *p = f->plans[i];

        for (uint32_t k = 0; k < p->root->child_count; k++) {
            const struct plan_node *c = p->root->children[k];

            buf_str(json, json->n > 1 ? ",\n{\"feed\": " : "{\"feed\": ");
            json_string(json, p->feed);
            json_pair(json, "rows", p->rows);
            json_pair(json, "col", c->column);
            json_pair(json, "name", c->name);
            json_flag(json, "required", c->min > 0);
            json_flag(json, "sealed", c->sealed);
            json_flag(json, "utf16", p->utf16);
            put_type(json, c->type);
            buf_str(json, "}");
        }
    }
}

static const char *
take_json(struct buf *json, struct arena *a)
{
    buf_str(json, "]");
    return buf_text(json, a);
}

rc_t
needs_find(struct hub *hub, struct db *db, struct feeds *f, struct err *e)
{
    struct buf kinds = {0}, feeds = {0};
    struct db_result *r;
    rc_t rc;

    buf_str(&kinds, "[");
    buf_str(&feeds, "[");
    put_feeds(&feeds, f);
    if ((rc = put_kinds(&kinds, hub, db, e)) == RC_OK)
        rc = db_query(db, hub->arena, SQL_INGEST_NEEDED,
                      DB_ARGS(take_json(&kinds, hub->arena), take_json(&feeds, hub->arena)), &r, e);
    if (rc == RC_OK) {
        f->needs = db_text(r, 0, "needs");
        f->parts = db_text(r, 0, "parts");
    }
    buf_free(&kinds);
    buf_free(&feeds);
    return rc;
}

rc_t
needs_load(struct db *db, const struct feeds *f, struct err *e)
{
    struct arena *a = arena_new("needs");
    struct db_result *r;
    rc_t rc =
        db_query(db, a, "SELECT to_regclass('pg_temp.need_lines') IS NOT NULL", DB_NONE, &r, e);

    if (rc == RC_OK && !db_bool(r, 0, 0) && (rc = db_set(db, "hub.needs", f->needs, e)) == RC_OK &&
        (rc = db_script(db, a, SQL_INGEST_NEED_TABLES, NULL, e)) == RC_OK)
        rc = db_set(db, "hub.needs", "", e);
    arena_free(&a);
    return rc;
}
