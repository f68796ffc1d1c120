#include "documents.h"

#include "agency.h"
#include "base/clock.h"
#include "sql/statements.h"

rc_t
documents_there(const struct extract *x, struct err *e)
{
    if (!x->documents.sql && !x->report.sql)
        return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: no section \"-- documents\" or \"-- report\"",
                       x->file);
    return RC_OK;
}

/* Another message's section may give the column `says` too: where it has none the name is looked for further out, and
 * found empty. */
const char *
documents_query(struct arena *a, const struct extract *x)
{
    if (x->report.sql)
        return SQL_DECLARE_REPORT;
    return arena_printf(a,
                        "SELECT d.* FROM (SELECT NULL::text AS says) none CROSS JOIN LATERAL ("
                        "SELECT d.subject_hash, d.issuer, d.number, d.part_key, d.order_row, "
                        "d.payment_row, d.waybill_row, d.source_row, d.content, d.currency, "
                        "d.amount, says FROM (%s\n) d) d",
                        x->documents.sql);
}

const struct extract_part *
documents_part(const struct extract *x)
{
    return x->report.sql ? &x->report : &x->documents;
}

/* ---- before there is a bundle ---- */

/* As declare sets them, but for nobody: no agency has nothing ready. */
static rc_t
set_nobody(struct hub *hub, struct arena *a, const struct conf_agency *g, const char *kind,
           struct err *e)
{
    static const struct agency_bundle bundle = {"20261130", "1", "1"};
    char now[21], app_time[15];
    const char *const settings[][2] = {
        {"hub.agency",      ""                   },
        {"hub.bundle_id",   "0"                  },
        {"hub.order",       g->order             },
        {"hub.kinds",       kind                 },
        {"hub.kind",        kind                 },
        {"hub.per_message", "1"                  },
        {"hub.low",         "0"                  },
        {"hub.high",        "0"                  },
        {"hub.zone",        hub->conf->zone.code },
        {"hub.now",         clock_iso(clock_now(), now)},
        {"hub.app_time",                 app_time                        }
    };
    rc_t rc = agency_set(hub->db, agency_bundle_settings(hub->conf, a, g, &bundle), e);

    clock_local14(clock_now(), hub->conf->zone.timezone, app_time);
    for (size_t i = 0; rc == RC_OK && i < sizeof settings / sizeof *settings; i++)
        rc = db_set(hub->db, settings[i][0], settings[i][1], e);
    return rc;
}

static rc_t
run_section(struct hub *hub, struct arena *a, const struct extract_part *p, const char *name,
            struct err *e)
{
    rc_t rc = p->sql ? db_script(hub->db, a, p->sql, NULL, e) : RC_OK;

    return rc == RC_OK ? rc : err_prefix(e, "%s:%d: %s", p->file, p->line, name);
}

static rc_t
describe_documents(struct hub *hub, struct arena *a, const struct extract *x, struct err *e)
{
    const struct extract_part *p = documents_part(x);
    struct db_result *r;
    rc_t rc = db_describe(hub->db, a, extract_filled(a, SQL_DECLARE_ASSIGN, documents_query(a, x)),
                          &r, e);

    return rc == RC_OK ? rc : err_prefix(e, "%s:%d: documents", p->file, p->line);
}

rc_t
documents_check(struct hub *hub, struct arena *a, const struct conf_agency *g, const char *kind,
                const struct extract *x, struct err *e)
{
    struct db *db = hub->db;
    rc_t rc = db_begin(db, e);

    if (rc == RC_OK && (rc = set_nobody(hub, a, g, kind, e)) == RC_OK &&
        (rc = db_script(db, a, SQL_DECLARE_READY, NULL, e)) == RC_OK &&
        (rc = db_script(
             db, a, extract_filled(a, SQL_DECLARE_DECLARED, "SELECT subject_hash FROM ready_now"),
             NULL, e)) == RC_OK &&
        (rc = db_script(db, a, SQL_DECLARE_STANDING, NULL, e)) == RC_OK &&
        (rc = run_section(hub, a, &x->prepare, "prepare", e)) == RC_OK &&
        (rc = describe_documents(hub, a, x, e)) == RC_OK)
        rc = run_section(hub, a, &x->closed, "closed", e);
    db_rollback(db);
    return rc;
}
