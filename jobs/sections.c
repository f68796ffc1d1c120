/* sections.c - sections "-- held" and "-- answered". */
#include "sections.h"

#include "aside.h"
#include "base/fault.h"
#include "base/log.h"
#include "message.h"
#include "sql/statements.h"

static rc_t
set_whose(struct db *db, const char *agency, const char *kind, struct err *e)
{
    rc_t rc = db_set(db, "hub.agency", agency, e);

    return rc == RC_OK ? db_set(db, "hub.kind", kind, e) : rc;
}

/* ---- held ---- */

struct held {
    struct job *job;
    struct arena *arena;
    const struct conf_agency *agency;
    const char *kind;
};

static rc_t
stays_held(const struct held *h, const char *but, struct err *e)
{
    return db_exec(h->job->hub->db, SQL_RECONCILE_HELD_FAILED, DB_ARGS(h->agency->id, h->kind, but),
                   NULL, e);
}

/* The savepoint is set by itself: of a script that does not parse nothing is done. */
static rc_t
held_section(const struct held *h, const struct extract_part *section, struct err *e)
{
    struct db *db = h->job->hub->db;
    struct err why = {0};
    rc_t rc = set_whose(db, h->agency->id, h->kind, e);

    if (rc != RC_OK || (rc = db_exec(db, "SAVEPOINT held", DB_NONE, NULL, e)) != RC_OK)
        return rc;
    rc = db_script(db, h->arena, extract_filled(h->arena, SQL_RECONCILE_HELD_SECTION, section->sql),
                   NULL, &why);
    if (rc == RC_OK)
        return db_exec(db, "RELEASE SAVEPOINT held", DB_NONE, NULL, e);
    if (!fault_of_kind(rc, &why)) {
        *e = why;
        return rc;
    }
    err_prefix(&why, "%s:%d: held, %s to %s", section->file, section->line, h->kind, h->agency->id);
    log_err(LOG_ERROR, &why);
    job_count(h->job, "held_failed", 1);
    h->job->rejects = true;
    rc = db_exec(db, "ROLLBACK TO SAVEPOINT held", DB_NONE, NULL, e);
    return rc == RC_OK ? stays_held(h, NULL, e) : rc;
}

/* That a kind cannot be read is declare's to tell. */
static rc_t
held_kind(const struct held *h, struct err *e)
{
    struct extract x;
    struct err why = {0};

    if (format_extract(&x, h->job->hub, h->arena, h->agency->formats, h->kind, &why) != RC_OK) {
        log_debug("%s: what it waits for is not known: %s", h->kind, why.text);
        return stays_held(h, "trade", e);
    }
    return x.held.sql ? held_section(h, &x.held, e) : RC_OK;
}

rc_t
sections_check_held(struct hub *hub, struct arena *a, const struct extract_part *section,
                    struct err *e)
{
    struct db_result *r;
    rc_t rc;

    if (!hub->db)
        return RC_OK;
    if ((rc = db_begin(hub->db, e)) == RC_OK &&
        (rc = db_exec(hub->db,
                      "CREATE TEMP TABLE things_now ON COMMIT DROP AS SELECT what, subject_hash, "
                      "issuer, number, row_id, held FROM hub.ready LIMIT 0",
                      DB_NONE, NULL, e)) == RC_OK)
        rc = db_describe(
            hub->db, a,
            extract_filled(a, "SELECT w.subject_hash, w.row_id FROM (%1$s\n) w", section->sql), &r,
            e);
    db_rollback(hub->db);
    return rc == RC_OK ? rc : err_prefix(e, "%s:%d: held", section->file, section->line);
}

rc_t
sections_held(struct job *job, struct arena *a, struct err *e)
{
    struct db *db = job->hub->db;
    const struct conf *c = job->hub->conf;
    rc_t rc = db_begin(db, e);

    if (rc == RC_OK)
        rc = db_script(db, a, SQL_RECONCILE_HELD, NULL, e);
    for (uint32_t i = 0; rc == RC_OK && i < c->agency_count; i++) {
        struct held h = {.job = job, .arena = a, .agency = &c->agencies[i]};

        for (const char **kind = h.agency->messages; rc == RC_OK && *kind; kind++) {
            h.kind = *kind;
            rc = held_kind(&h, e);
        }
    }
    if (rc == RC_OK)
        rc = db_script(db, a, SQL_RECONCILE_LET_GO, NULL, e);
    fault_point("reconcile-held");
    if (rc == RC_OK)
        rc = db_commit(db, e);
    db_rollback(db);
    return rc;
}

/* ---- answered ---- */

static rc_t
answered_kind(struct hub *hub, struct db *db, struct arena *a, const struct conf_agency *g,
              const char *kind, struct err *e)
{
    struct extract x;
    rc_t rc = format_extract(&x, hub, a, g->formats, kind, e);

    if (rc != RC_OK || !x.answered.sql)
        return rc;
    if ((rc = set_whose(db, g->id, kind, e)) == RC_OK)
        rc = db_script(db, a, x.answered.sql, NULL, e);
    return rc == RC_OK
               ? rc
               : err_prefix(e, "%s:%d: answered, %s", x.answered.file, x.answered.line, kind);
}

rc_t
sections_answered(struct hub *hub, struct db *db, struct arena *a, const char *agency,
                  struct err *e)
{
    const struct conf_agency *g = conf_agency(hub->conf, agency);
    struct db_result *r;
    rc_t rc = db_query(db, a, "SELECT to_regclass('answered_now') IS NOT NULL", DB_NONE, &r, e);

    if (rc != RC_OK || !db_bool(r, 0, 0) || !g)
        return rc;
    rc = db_query(db, a, "SELECT DISTINCT kind FROM answered_now ORDER BY kind", DB_NONE, &r, e);
    /* a message whose files are gone over here asks for nothing any more */
    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        if (format_folder(hub, a, g->formats, db_text(r, i, 0)))
            rc = answered_kind(hub, db, a, g, db_text(r, i, 0), e);
    return rc;
}
