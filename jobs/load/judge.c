#include "load/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "load/needs.h"
#include "sql/statements.h"
#include "table.h"

/* ---- what general statements are told of a feed ---- */

static const struct plan_node *
first_of(const struct plan *plan, bool (*is)(const struct plan_node *))
{
    for (uint32_t i = 0; i < plan->root->child_count; i++)
        if (is(plan->root->children[i]))
            return plan->root->children[i];
    return NULL;
}

static bool
is_number(const struct plan_node *n)
{
    return n->number;
}

static bool
is_key(const struct plan_node *n)
{
    return n->key;
}

static bool
is_line(const struct plan_node *n)
{
    return n->line_part;
}

static const char *
column_of(const struct plan *plan, const char *element)
{
    for (uint32_t i = 0; i < plan->root->child_count; i++)
        if (strcmp(plan->root->children[i]->name, element) == 0)
            return plan->root->children[i]->column;
    return element;
}

/* Of a part that is named by who gave it its number, and the number: SQL for the first of the two. */
static const char *
part_issuer(const struct plan *plan, struct arena *a)
{
    const struct plan_node *first = first_of(plan, is_key);
    uint32_t keys = 0;

    for (uint32_t i = 0; i < plan->root->child_count; i++)
        keys += plan->root->children[i]->key;
    if (keys != 2)
        return NULL;
    return first->key_else ? arena_printf(a, "coalesce(%s, %s)", db_ident(a, first->column),
                                          db_ident(a, column_of(plan, first->key_else)))
                           : db_ident(a, first->column);
}

static bool
has_own_number(const struct rows_table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->columns[i].what == ROWS_NUMBER)
            return true;
    return false;
}

static const char *
shape_json(const struct rows_shape *s, struct arena *a)
{
    const struct plan *plan = s->plan;
    const struct plan_node *number = first_of(plan, is_number), *line = first_of(plan, is_line);
    bool own = plan->tables_made || has_own_number(&s->tables[ROWS_THINGS]);
    struct buf json = {0};

    buf_str(&json, "{");
    json_pair(&json, "stage", s->tables[ROWS_STAGE].name);
    json_pair(&json, "table", plan->rows_table);
    json_pair(&json, "lines", plan->lines_table);
    json_pair(&json, "more", plan->more_table);
    json_pair(&json, "more_lines", plan->more_lines_table);
    json_pair(&json, "number", number->column);
    json_pair(&json, "number_name", number->name);
    json_pair(&json, "table_number", own ? "number" : number->column);
    json_pair(&json, "part", s->has_part ? "true" : "false");
    json_pair(&json, "part_issuer", part_issuer(plan, a));
    json_pair(&json, "line", line ? line->column : NULL);
    json_pair(&json, "line_name", line ? line->name : NULL);
    json_pair(&json, "counted", line && line->lines_count ? "true" : "false");
    json_pair(&json, "sum", plan->sum ? plan->sum->column : NULL);
    json_pair(&json, "sum_name", plan->sum ? plan->sum->name : NULL);
    json_pair(&json, "sum_by", plan->sum_by ? plan->sum_by->column : NULL);
    buf_str(&json, "}");
    return buf_text(&json, a);
}

/* ---- running them ---- */

/* Where the program has statements of that name: a feed may have none of its own. */
static rc_t
run_own(struct load *l, struct arena *a, const struct load_result *res, const char *feed,
        struct err *e)
{
    const char *name = arena_printf(a, "ingest/%s", feed);

    return sql_find(name) ? load_run(l, a, res, name, e) : RC_OK;
}

/* Those that a variant has beside the feed's own. */
static rc_t
run_variant(struct load *l, struct arena *a, const struct load_result *res, struct err *e)
{
    return strcmp(res->feed, res->rows_of) ? run_own(l, a, res, res->feed, e) : RC_OK;
}

static rc_t
is_there(struct load *l, struct arena *a, const char *table, bool *there, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(l->db, a, "SELECT to_regclass('pg_temp.' || $1) IS NOT NULL", DB_ARGS(table),
                       &r, e);

    *there = rc == RC_OK && db_bool(r, 0, 0);
    return rc;
}

/* What has happened is not dated after now, but for what clocks differ by. */
static rc_t
set_latest_time(struct load *l, struct err *e)
{
    const struct conf *c = l->hub->conf;
    char latest[15];

    clock_local14(clock_now() + c->reconcile.ahead_days * 86400L, c->zone.timezone, latest);
    return db_set(l->db, "hub.latest_time", latest, e);
}

static rc_t
set_names(struct load *l, struct arena *a, const struct load_result *res, struct err *e)
{
    const struct plan_node *root = res->shape->plan->root;
    struct buf names = {0};

    for (uint32_t i = 0; i < root->child_count; i++) {
        buf_str(&names, i ? ", " : "{");
        json_string(&names, root->children[i]->column);
        buf_str(&names, ": ");
        json_string(&names, root->children[i]->name);
    }
    buf_str(&names, "}");
    return db_set(l->db, "hub.names", buf_text(&names, a), e);
}

/* What messages ask of its rows, where the stage has them whole; after the feed's own rules, which may know what a
 * row is told in. Of the others ingest/fits.sql asks in the feed's tables what does not fit. */
static rc_t
run_needs(struct load *l, struct arena *a, const struct load_result *res, struct err *e)
{
    rc_t rc = set_names(l, a, res, e);

    return rc == RC_OK ? load_run(l, a, res, "ingest/needs", e) : rc;
}

static rc_t
run_rules(struct load *l, struct arena *a, const struct load_result *res, struct err *e)
{
    const struct rows_shape *s = res->shape;
    rc_t rc;

    if ((rc = load_run(l, a, res, "ingest/staged", e)) != RC_OK ||
        (!s->whole && (rc = load_run(l, a, res, "ingest/fits", e)) != RC_OK) ||
        (rc = run_variant(l, a, res, e)) != RC_OK ||
        (rc = run_own(l, a, res, res->rows_of, e)) != RC_OK)
        return rc;
    return s->whole ? run_needs(l, a, res, e) : RC_OK;
}

/* What the rows are about, each such subject once. Orders say it with their rules. */
static rc_t
run_general(struct load *l, struct arena *a, const struct load_result *res, struct err *e)
{
    bool said;
    rc_t rc = is_there(l, a, "stage_subject", &said, e);

    if (rc == RC_OK && !said && (rc = load_run(l, a, res, "ingest/subjects", e)) == RC_OK)
        rc = load_run(l, a, res, res->shape->has_lines ? "ingest/several_rows" : "ingest/one_row",
                      e);
    if (rc == RC_OK && !l->trial)
        rc = load_run(l, a, res, "ingest/lock", e);
    return rc == RC_OK ? load_run(l, a, res, "ingest/versions", e) : rc;
}

rc_t
judge_rows(struct load *l, struct arena *a, const struct load_result *res, struct err *e)
{
    rc_t rc;

    if ((rc = db_set(l->db, "hub.feed", res->feed, e)) != RC_OK ||
        (rc = db_set(l->db, "hub.rows", res->rows_of, e)) != RC_OK ||
        (rc = set_latest_time(l, e)) != RC_OK)
        return rc;
    if (!res->shape->named)
        rc = load_run(l, a, res, arena_printf(a, "ingest/%s", res->rows_of), e);
    else if ((rc = needs_load(l->db, l->feeds, e)) == RC_OK &&
             (rc = db_set(l->db, "hub.shape", shape_json(res->shape, a), e)) == RC_OK &&
             (rc = run_rules(l, a, res, e)) == RC_OK)
        rc = run_general(l, a, res, e);
    return rc == RC_OK ? load_run(l, a, res, "ingest/mask", e) : rc;
}

rc_t
judge_keep(struct load *l, struct arena *a, const struct load_result *res, struct err *e)
{
    return res->shape->named
               ? load_run(l, a, res, "ingest/keep", e)
               : load_run(l, a, res, arena_printf(a, "ingest/%s_merge", res->rows_of), e);
}

rc_t
judge_take_out(struct load *l, const struct load_result *res, struct err *e)
{
    if (!res->shape || !res->shape->tables[ROWS_THINGS].name)
        return RC_OK;
    return db_exec(l->db, "SELECT hub.take_out_all($1, $2)",
                   DB_ARGS(res->shape->plan->rows_table, res->shape->plan->lines_table), NULL, e);
}

rc_t
judge_withdraw(struct load *l, struct arena *a, const struct load_result *res, int64_t *withdrawn,
               int64_t *declared, struct err *e)
{
    struct db_result *r;
    bool judged;
    rc_t rc = is_there(l, a, "stage_fate", &judged, e);

    *withdrawn = *declared = 0;
    if (rc != RC_OK || !judged || (rc = load_run(l, a, res, "ingest/withdraw", e)) != RC_OK)
        return rc;
    rc = db_query(l->db, a,
                  "SELECT count(*) AS withdrawn, count(*) FILTER (WHERE declared) AS declared FROM "
                  "stage_withdrawn",
                  DB_NONE, &r, e);
    if (rc == RC_OK) {
        *withdrawn = db_int(r, 0, "withdrawn");
        *declared = db_int(r, 0, "declared");
    }
    return rc;
}
