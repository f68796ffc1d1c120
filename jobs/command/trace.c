/*
 * trace.c - landport trace KEY: one order, waybill, payment, row of another feed, report, file or bundle
 * through every stage.
 *
 * No column of a person is selected by any of these queries.
 */
#include <stdio.h>

#include "closing.h"
#include "show.h"
#include "sql/statements.h"

/* clang-format off */
static const struct section trade_sections[] = {
    {"trade",     "trade",                SHOW_FACTS, SQL_REPORT_TRACE_TRADE},
    {"breaks",    "breaks",               SHOW_LIST,  SQL_REPORT_TRACE_BREAKS},
    {"orders",    "order (商流)",          SHOW_LIST,  SQL_REPORT_TRACE_ORDERS},
    {"tax",       "import tax",           SHOW_LIST,  SQL_REPORT_TRACE_TAX},
    {"payments",  "payments (资金流)",     SHOW_LIST,  SQL_REPORT_TRACE_PAYMENTS},
    {"waybills",  "waybills (物流)",       SHOW_LIST,  SQL_REPORT_TRACE_WAYBILLS},
    {"documents", "documents declared",   SHOW_LIST,  SQL_REPORT_TRACE_DOCUMENTS},
    {"aside",     "documents aside",      SHOW_CARDS, SQL_REPORT_TRACE_ASIDE},
    {"bundles",   "bundles and delivery", SHOW_CARDS, SQL_REPORT_TRACE_BUNDLES},
    {"receipts",  "receipts (回执)",       SHOW_LIST,  SQL_REPORT_TRACE_RECEIPTS},
    {NULL,        NULL,                   SHOW_LIST,  NULL},
};
static const struct section batch_sections[] = {
    {"batch",   "batch",                  SHOW_FACTS, SQL_REPORT_BATCH},
    {"codes",   "rejects by code",        SHOW_LIST,  SQL_REPORT_REJECT_CODES},
    {"upload",  "other files of its upload", SHOW_LIST, SQL_REPORT_UPLOAD},
    {"answers", "answers to the partner", SHOW_CARDS, SQL_REPORT_ANSWERS},
    {NULL,      NULL,                     SHOW_LIST,  NULL},
};
static const struct section bundle_sections[] = {
    {"bundle", "bundle",           SHOW_FACTS, SQL_REPORT_BUNDLE},
    {"kinds",  "messages by kind", SHOW_LIST,  SQL_REPORT_BUNDLE_KINDS},
    {NULL,     NULL,               SHOW_LIST,  NULL},
};
static const struct section row_sections[] = {
    {"rows",      "rows",               SHOW_CARDS, SQL_REPORT_TRACE_ROWS},
    {"reports",   "reports",            SHOW_CARDS, SQL_REPORT_TRACE_REPORTS},
    {"documents", "documents declared", SHOW_LIST,  SQL_REPORT_TRACE_TOLD},
    {"aside",     "documents aside",    SHOW_CARDS, SQL_REPORT_TRACE_LEFT},
    {NULL,        NULL,                 SHOW_LIST,  NULL},
};
/* clang-format on */

/* A file or a bundle, by what `find` gives for its name: its whole answer. RC_END when there is
 * none. */
static rc_t
trace_named(struct hub *hub, const char *find, const char *column, const char *key,
            const struct section *sections, struct err *e)
{
    struct db_result *r;
    rc_t rc;

    if (!key)
        return RC_END;
    rc = db_query(hub->db, hub->arena, find, DB_ARGS(key), &r, e);
    if (rc != RC_OK)
        return rc;
    return r->rows ? show_report(hub, sections, DB_ARGS(db_text(r, 0, column)), e) : RC_END;
}

/* Rows of other feeds and reports that bear the number. RC_END when there are none. */
static rc_t
trace_rows(struct hub *hub, const char *key, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(hub->db, hub->arena, SQL_REPORT_TRACE_KNOWN, DB_ARGS(key), &r, e);

    if (rc != RC_OK)
        return rc;
    return db_bool(r, 0, 0) ? show_report(hub, row_sections, DB_ARGS(key), e) : RC_END;
}

static rc_t
trace_trades(struct hub *hub, const char *key, struct err *e)
{
    struct buf json = {0};
    struct db_result *r;
    rc_t rc = show_find_trades(hub, key, "batch", &r, e);

    if (rc != RC_OK)
        return rc;
    rc = closing_settings(hub, hub->arena, e);
    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        buf_str(&json, i ? ",\n" : "");
        rc = show_sections(hub, trade_sections,
                           DB_ARGS(db_text(r, i, "subject_hash"), db_text(r, i, "issuer"),
                                   db_text(r, i, "order_no")),
                           &json, e);
    }
    if (hub->json && rc == RC_OK)
        printf("{\"trades\": [%.*s]}\n", (int)json.n, json.p);
    buf_free(&json);
    return rc;
}

/* A number that no trade has may be that of rows of another feed, or a report's. */
static rc_t
trace_number(struct hub *hub, const char *key, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(hub->db, hub->arena, SQL_REPORT_TRACE_FIND, DB_ARGS(key), &r, e);

    if (rc == RC_OK && !r->rows && (rc = trace_rows(hub, key, e)) != RC_END)
        return rc;
    return rc == RC_OK || rc == RC_END ? trace_trades(hub, key, e) : rc;
}

rc_t
cmd_trace(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct option none[] = {
        {NULL, NULL, NULL}
    };
    rc_t rc = show_options(none, argc, argv, 1, "trace KEY", e);

    if (rc != RC_OK)
        return rc;
    rc = trace_named(hub, "SELECT batch_id FROM hub.batch WHERE batch_id = $1::bigint", "batch_id",
                     show_batch_id(hub->arena, argv[1], true), batch_sections, e);
    if (rc == RC_END)
        rc = trace_named(hub, SQL_REPORT_BUNDLE_FIND, "name", argv[1], bundle_sections, e);
    return rc == RC_END ? trace_number(hub, argv[1], e) : rc;
}
