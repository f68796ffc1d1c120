#include "aside.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "message.h"
#include "sql/statements.h"
#include "table.h"

/* ---- collecting ---- */

void
faults_free(struct faults *f)
{
    buf_free(&f->lines);
}

/* A column of COPY's text format. */
static void
put_column(struct buf *b, const char *text, char end)
{
    for (; *text; text++) {
        const char *escape = *text == '\t'   ? "\\t"
                             : *text == '\n' ? "\\n"
                             : *text == '\r' ? "\\r"
                             : *text == '\\' ? "\\\\"
                                             : NULL;

        if (escape)
            buf_str(b, escape);
        else
            buf_put(b, text, 1);
    }
    buf_put(b, &end, 1);
}

static void
put_fault(struct faults *f, const char *kind, const char *doc_no, const struct err *e)
{
    char code[8];

    if (!f->count++)
        f->first = *e;
    put_column(&f->lines, kind, '\t');
    buf_printf(&f->lines, "%s\t%s\t", doc_no, err_name(e->code, code));
    put_column(&f->lines, e->text, '\n');
}

void
faults_document(struct faults *f, const char *kind, uint64_t doc_no, const struct err *e)
{
    char number[24];

    snprintf(number, sizeof number, "%llu", (unsigned long long)doc_no);
    put_fault(f, kind, number, e);
}

void
faults_kind(struct faults *f, const char *kind, const struct err *e)
{
    put_fault(f, kind, "\\N", e);
}

bool
fault_of_kind(rc_t rc, const struct err *e)
{
    static const err_code_t codes[] = {ERR_MESSAGE, ERR_EXTRACT,   ERR_SCHEMA,
                                       ERR_QUERY,   ERR_NOT_FOUND, ERR_SIGNATURE};

    for (size_t i = 0; rc == RC_FAIL && i < sizeof codes / sizeof *codes; i++)
        if (e->code == codes[i])
            return true;
    return false;
}

/* ---- out of a bundle, and back ---- */

static rc_t
copy_faults(struct hub *hub, struct arena *a, const struct faults *f, struct err *e)
{
    rc_t rc = db_script(hub->db, a, SQL_DECLARE_FAULTS, NULL, e);

    if (rc == RC_OK && (rc = db_copy_in(hub->db, "COPY faults FROM STDIN", e)) == RC_OK)
        rc = db_copy_put(hub->db, f->lines.p, f->lines.n, e);
    return rc == RC_OK ? db_copy_end(hub->db, NULL, NULL, e) : rc;
}

/* The messages of kinds of which documents are left, as many as these fill. */
static rc_t
number_messages(struct hub *hub, struct arena *a, uint32_t per_message, const char *bundle,
                struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(
        hub->db, a,
        "SELECT f.kind, b.agency FROM faults f JOIN hub.bundle b ON b.bundle_id = $1::bigint "
        "GROUP BY f.kind, b.agency HAVING count(f.doc_no) = count(*)",
        DB_ARGS(bundle), &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        const struct conf_agency *g = conf_agency(hub->conf, db_text(r, i, "agency"));
        struct format *f;

        if ((rc = format_load(&f, hub, a, g ? g->formats : NULL, db_text(r, i, "kind"), e)) ==
                RC_OK &&
            (rc = db_set(hub->db, "hub.kind", f->kind, e)) == RC_OK &&
            (rc = db_set(hub->db, "hub.per_message", db_number(a, format_size(f, per_message)),
                         e)) == RC_OK)
            rc = db_script(hub->db, a, SQL_DECLARE_MESSAGES, NULL, e);
    }
    return rc;
}

rc_t
aside_keep(struct hub *hub, struct arena *a, uint32_t per_message, const char *bundle, bool *gone,
           const struct faults *f, struct err *e)
{
    struct db_result *r;
    char now[21];
    rc_t rc;

    if ((rc = db_begin(hub->db, e)) != RC_OK)
        return rc;
    if ((rc = db_set(hub->db, "hub.bundle_id", bundle, e)) == RC_OK &&
        (rc = db_set(hub->db, "hub.zone", hub->conf->zone.code, e)) == RC_OK &&
        (rc = db_set(hub->db, "hub.now", clock_iso(clock_now(), now), e)) == RC_OK &&
        (rc = copy_faults(hub, a, f, e)) == RC_OK &&
        (rc = db_script(hub->db, a, SQL_DECLARE_ASIDE, NULL, e)) == RC_OK &&
        (rc = number_messages(hub, a, per_message, bundle, e)) == RC_OK &&
        (rc = db_script(hub->db, a, SQL_DECLARE_EMPTY, NULL, e)) == RC_OK &&
        (rc = db_query(hub->db, a,
                       "SELECT state = 'begun' FROM hub.bundle WHERE bundle_id = $1::bigint",
                       DB_ARGS(bundle), &r, e)) == RC_OK) {
        fault_point("aside-marking");
        rc = db_commit(hub->db, e);
    }
    db_rollback(hub->db);
    fault_point("aside-marked");
    *gone = rc == RC_OK && !r->rows;
    if (rc == RC_OK && !*gone && db_bool(r, 0, 0))
        return RC_END;
    return rc;
}

rc_t
aside_take_up(struct hub *hub, const char *agency, struct err *e)
{
    return db_exec(hub->db, SQL_DECLARE_TAKE_UP, DB_ARGS(agency), NULL, e);
}

rc_t
aside_settle(struct hub *hub, const char *agency, struct err *e)
{
    char now[21];

    return db_exec(hub->db, SQL_DECLARE_SETTLE, DB_ARGS(agency, clock_iso(clock_now(), now)), NULL,
                   e);
}

/* ---- telling ---- */

/* "SALE of L101 (ORDER_1.csv:3): set aside, all others go without it: E1014 …" */
static void
tell_one(const struct db_result *r, int row)
{
    const char *number = db_text(r, row, "number"), *place = db_text(r, row, "place");

    log_warn("%s%s%s%s%s%s: %s: %s %s", db_text(r, row, "kind"), *number ? " of " : "", number,
             *place ? " (" : "", place, *place ? ")" : "",
             strcmp(db_text(r, row, "state"), "aside") == 0
                 ? "set aside, all others go without it (landport bundle aside)"
                 : "waits for its kind of message",
             db_text(r, row, "code"), db_text(r, row, "reason"));
}

/* What it goes out without, also where nothing was ready to ask for it: a report. */
static rc_t
tell_lacking(struct job *job, struct arena *a, const char *bundle, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(job->hub->db, a, SQL_DECLARE_LACKING, DB_ARGS(bundle), &r, e);

    if (rc != RC_OK || !r->rows)
        return rc;
    for (int i = 0; i < r->rows; i++)
        log_warn("the bundle goes out without %s, which could not be made: %s %s; put it right "
                 "(landport check), then landport run",
                 db_text(r, i, "kind"), db_text(r, i, "code"), db_text(r, i, "reason"));
    job_count(job, "kinds_lacking", r->rows);
    job->rejects = true;
    return RC_OK;
}

rc_t
aside_tell(struct job *job, struct arena *a, const char *bundle, struct err *e)
{
    struct db_result *r, *counts;
    rc_t rc = tell_lacking(job, a, bundle, e);

    if (rc == RC_OK)
        rc = db_query(job->hub->db, a, SQL_DECLARE_ASIDES, DB_ARGS(bundle), &r, e);
    if (rc != RC_OK || !r->rows)
        return rc;
    if ((rc = db_query(job->hub->db, a,
                       "SELECT count(*) FILTER (WHERE state = 'aside') AS aside,"
                       " count(*) FILTER (WHERE state = 'waiting') AS waiting FROM hub.aside "
                       "WHERE bundle_id = $1::bigint AND state IN ('aside', 'waiting')",
                       DB_ARGS(bundle), &counts, e)) != RC_OK)
        return rc;
    for (int i = 0; i < r->rows; i++)
        tell_one(r, i);
    if (db_int(counts, 0, "aside") + db_int(counts, 0, "waiting") > r->rows)
        log_warn("… and %lld more",
                 (long long)(db_int(counts, 0, "aside") + db_int(counts, 0, "waiting") - r->rows));
    job_count(job, "aside", db_int(counts, 0, "aside"));
    job_count(job, "waiting", db_int(counts, 0, "waiting"));
    job->rejects = true;
    return RC_OK;
}
