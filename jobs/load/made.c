#include "load/made.h"

#include "load/feeds.h"
#include "sql/migrate.h"
#include "sql/statements.h"
#include "table.h"

static const char *
role_of(const struct plan_node *n)
{
    return n->issuer ? "issuer" : n->number ? "number" : n->key ? "key" : "line";
}

/* Elements that name its rows and number their lines, each with what it is, as people read them: what is found by one of
 * these is found by no other. */
static const char *
named_by(const struct plan *plan, struct arena *a)
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

static void
put_column(struct buf *json, const struct plan_node *n, bool line)
{
    buf_str(json, "{");
    json_pair(json, "name", n->column);
    json_pair(json, "element", n->name);
    json_pair(json, "type", rows_type(n->type));
    json_flag(json, "sealed", n->sealed);
    json_flag(json, "line", line);
    buf_str(json, "}");
}

static void
put_feed(struct buf *json, struct arena *a, const struct rows_shape *s)
{
    const struct plan *plan = s->plan;
    bool line = false;

    buf_str(json, json->n > 1 ? ",\n{" : "{");
    json_pair(json, "feed", plan->rows);
    json_pair(json, "file", plan->file);
    json_pair(json, "rows", plan->rows_table);
    json_pair(json, "lines", plan->lines_table);
    json_pair(json, "named", named_by(plan, a));
    json_flag(json, "parts", s->has_part);
    json_name(json, "columns");
    buf_str(json, "[");
    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        line |= plan->root->children[i]->line_part;
        buf_str(json, i ? ",\n " : "");
        put_column(json, plan->root->children[i], line);
    }
    buf_str(json, "]}");
}

static rc_t
set_tables(struct hub *hub, const struct feeds *f, struct err *e)
{
    struct buf json = {0};

    buf_str(&json, "[");
    for (uint32_t i = 0; i < f->count; i++)
        if (f->plans[i]->tables_made)
            put_feed(&json, hub->arena, &f->shapes[i]);
    buf_str(&json, "]");
    return db_set(hub->db, "hub.feed_tables", buf_text(&json, hub->arena), e);
}

static rc_t
read_told(struct hub *hub, const char ***told, struct err *e)
{
    struct db_result *r;
    rc_t rc =
        db_query(hub->db, hub->arena, "SELECT told FROM feed_made ORDER BY nth", DB_NONE, &r, e);

    if (rc != RC_OK)
        return rc;
    *told = ARENA_ARRAY(hub->arena, const char *, (size_t)r->rows + 1);
    for (int i = 0; i < r->rows; i++)
        (*told)[i] = db_text(r, i, 0);
    return RC_OK;
}

rc_t
made_tables(struct hub *hub, const char ***told, struct err *e)
{
    struct feeds f = {0};
    rc_t rc = feeds_load(&f, hub, hub->arena, FEEDS_PARTNERS, e);

    if (rc != RC_OK || (rc = set_tables(hub, &f, e)) != RC_OK)
        return rc;
    if ((rc = db_script(hub->db, hub->arena, SQL_INIT_FEEDS, NULL, e)) != RC_OK) {
        if (rc == RC_FAIL)
            e->code = ERR_SCHEMA;
        return rc;
    }
    if ((rc = db_script(hub->db, hub->arena, SQL_INIT_THINGS, NULL, e)) != RC_OK ||
        (rc = migrate_note(hub->db, e)) != RC_OK)
        return rc;
    return read_told(hub, told, e);
}
