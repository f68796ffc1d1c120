/* sections.c - sections "-- held" and "-- answered". */
#include "sections.h"

#include <string.h>

#include "agency.h"
#include "aside.h"
#include "base/fault.h"
#include "base/log.h"
#include "message.h"
#include "sql/statements.h"

static rc_t
set_whose(struct hub *hub, struct db *db, struct arena *a, const struct conf_agency *g,
          const char *kind, struct err *e)
{
    rc_t rc = agency_set(db, agency_own_settings(hub->conf, a, g), e);

    if (rc == RC_OK)
        rc = db_set(db, "hub.agency", g->id, e);
    return rc == RC_OK ? db_set(db, "hub.kind", kind, e) : rc;
}

void
sections_read(struct sections *s, struct hub *hub, struct arena *a)
{
    const struct conf *c = hub->conf;
    uint32_t count = 0;

    for (uint32_t i = 0; i < c->agency_count; i++)
        for (const char **kind = c->agencies[i].messages; *kind; kind++)
            count++;
    *s = (struct sections){ARENA_ARRAY(a, struct section_kind, count + 1), 0};
    for (uint32_t i = 0; i < c->agency_count; i++)
        for (const char **kind = c->agencies[i].messages; *kind; kind++) {
            struct section_kind *k = &s->all[s->count++];
            struct err why = {0};

            *k = (struct section_kind){.agency = &c->agencies[i], .kind = *kind};
            if (format_extract(&k->extract, hub, a, k->agency->formats, *kind, &why) != RC_OK)
                k->unread = arena_str(a, why.text);
        }
}

/* ---- held ---- */

struct held {
    struct job *job;
    struct arena *arena;
    const struct section_kind *kind;
};

static rc_t
stays_held(const struct held *h, const char *but, struct err *e)
{
    return db_exec(h->job->hub->db, SQL_RECONCILE_HELD_FAILED,
                   DB_ARGS(h->kind->agency->id, h->kind->kind, but), NULL, e);
}

static rc_t
ask_held(void *ctx, struct err *e)
{
    const struct held *h = ctx;
    const char *sql =
        extract_filled(h->arena, SQL_RECONCILE_HELD_SECTION, h->kind->extract.held.sql);

    return db_script(h->job->hub->db, h->arena, sql, NULL, e);
}

static rc_t
held_section(struct held *h, struct err *e)
{
    const struct section_kind *k = h->kind;
    struct db *db = h->job->hub->db;
    rc_t rc = set_whose(h->job->hub, db, h->arena, k->agency, k->kind, e);

    if (rc != RC_OK || (rc = db_try(db, ask_held, h, e)) == RC_OK || !fault_of_kind(rc, e))
        return rc;
    err_prefix(e, "%s:%d: held, %s to %s", k->extract.held.file, k->extract.held.line, k->kind,
               k->agency->id);
    log_err(LOG_ERROR, e);
    memset(e, 0, sizeof *e);
    job_count(h->job, "held_failed", 1);
    h->job->rejects = true;
    return stays_held(h, NULL, e);
}

/* That a kind cannot be read is declare's to tell. */
static rc_t
held_kind(struct held *h, struct err *e)
{
    if (h->kind->unread) {
        log_debug("%s: what it waits for is not known: %s", h->kind->kind, h->kind->unread);
        return stays_held(h, "trade", e);
    }
    return h->kind->extract.held.sql ? held_section(h, e) : RC_OK;
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
        (rc = db_exec(hub->db, "CREATE TEMP TABLE things_now (LIKE hub.ready) ON COMMIT DROP",
                      DB_NONE, NULL, e)) == RC_OK)
        rc = db_describe(
            hub->db, a,
            extract_filled(a, "SELECT w.subject_hash, w.row_id FROM (%1$s\n) w", section->sql), &r,
            e);
    db_rollback(hub->db);
    return rc == RC_OK ? rc : err_prefix(e, "%s:%d: held", section->file, section->line);
}

rc_t
sections_held(struct job *job, const struct sections *s, struct arena *a, struct err *e)
{
    struct db *db = job->hub->db;
    rc_t rc = db_begin(db, e);

    if (rc == RC_OK)
        rc = db_script(db, a, SQL_RECONCILE_HELD, NULL, e);
    for (uint32_t i = 0; rc == RC_OK && i < s->count; i++)
        rc = held_kind(&(struct held){job, a, &s->all[i]}, e);
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
    if ((rc = set_whose(hub, db, a, g, kind, e)) == RC_OK)
        rc = db_script(db, a, x.answered.sql, NULL, e);
    return rc == RC_OK
               ? rc
               : err_prefix(e, "%s:%d: answered, %s", x.answered.file, x.answered.line, kind);
}

rc_t
sections_check_answered(struct hub *hub, struct arena *a, const struct conf_agency *g,
                        const char *kind, const struct extract_part *section, struct err *e)
{
    rc_t rc = db_begin(hub->db, e);

    if (rc == RC_OK && (rc = set_whose(hub, hub->db, a, g, kind, e)) == RC_OK &&
        (rc = db_exec(hub->db,
                      "CREATE TEMP TABLE answered_now ON COMMIT DROP AS "
                      "SELECT kind, subject_hash FROM hub.document LIMIT 0",
                      DB_NONE, NULL, e)) == RC_OK &&
        (rc = db_script(hub->db, a, section->sql, NULL, e)) != RC_OK)
        err_prefix(e, "%s:%d: answered", section->file, section->line);
    db_rollback(hub->db);
    return rc;
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
