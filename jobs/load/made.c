#include "load/made.h"

#include "load/feeds.h"
#include "sql/migrate.h"
#include "sql/statements.h"
#include "table.h"

static void
put_column(struct buf *json, const struct plan_node *n, bool line)
{
    buf_str(json, "{");
    json_pair(json, "name", n->column);
    json_pair(json, "element", n->name);
    json_pair(json, "type", rows_type(n->type));
    json_flag(json, "sealed", n->sealed);
    json_flag(json, "indexed", n->indexed);
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
    json_pair(json, "named", rows_named_by(plan, a));
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
read_told(struct hub *hub, const struct feeds *f, struct made *made, struct err *e)
{
    struct db_result *r;
    size_t did = 0, refused = 0;
    rc_t rc = db_query(hub->db, hub->arena, "SELECT refused, told FROM feed_made ORDER BY nth",
                       DB_NONE, &r, e);

    if (rc != RC_OK)
        return rc;
    made->did = ARENA_ARRAY(hub->arena, const char *, (size_t)r->rows + 1);
    made->refused = ARENA_ARRAY(hub->arena, const char *, (size_t)r->rows + f->broken_count + 1);
    for (uint32_t i = 0; i < f->broken_count; i++)
        made->refused[refused++] = f->broken[i].why;
    for (int i = 0; i < r->rows; i++)
        if (db_bool(r, i, "refused"))
            made->refused[refused++] = db_text(r, i, "told");
        else
            made->did[did++] = db_text(r, i, "told");
    return RC_OK;
}

rc_t
made_tables(struct hub *hub, struct made *made, struct err *e)
{
    struct feeds f = {0};
    rc_t rc = feeds_load(&f, hub, hub->arena, FEEDS_PARTNERS, e);

    if (rc != RC_OK || (rc = set_tables(hub, &f, e)) != RC_OK ||
        (rc = db_script(hub->db, hub->arena, SQL_INIT_FEEDS, NULL, e)) != RC_OK ||
        (rc = db_script(hub->db, hub->arena, SQL_INIT_THINGS, NULL, e)) != RC_OK ||
        (rc = migrate_note(hub->db, e)) != RC_OK)
        return rc;
    return read_told(hub, &f, made, e);
}
