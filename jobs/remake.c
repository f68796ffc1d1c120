#include "remake.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "base/log.h"
#include "feedback.h"
#include "load/load.h"
#include "mend.h"
#include "notice.h"
#include "sql/statements.h"
#include "stored.h"

struct remake {
    struct visit *visit;
    struct arena *arena;
    const char *answer, *name, *batch;
};

static rc_t
ack(struct remake *m, struct sink out, struct err *e)
{
    struct hub *hub = m->visit->hub;
    struct format *f;
    rc_t rc = format_load(&f, hub, m->arena, "feed", "ack", e);

    return rc == RC_OK ? answer_ack(hub, m->arena, f, strtoll(m->batch, NULL, 10), out, e) : rc;
}

/* Of a workbook, the names of its sheets, as ingest had them while it read. */
static rc_t
name_sheets(struct remake *m, struct rows_task *task, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(m->visit->hub->db, m->arena,
                       "SELECT key AS sheet, value AS name FROM hub.batch, jsonb_each_text(sheets)"
                       " WHERE batch_id = $1::bigint",
                       DB_ARGS(m->batch), &r, e);

    if (rc == RC_OK && r->rows)
        task->sheets = ARENA_ARRAY(m->arena, const char *, ROWS_SHEETS_MAX + 1);
    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        int64_t n = db_int(r, i, "sheet");

        if (n > 0 && n <= ROWS_SHEETS_MAX)
            task->sheets[n] = db_text(r, i, "name");
    }
    return rc;
}

/* The upload as it was read, its faults in stage_reject. Without its bytes, which were looked for. */
static rc_t
open_upload(struct remake *m, struct load *l, struct load_file *f, struct err *e)
{
    struct db_result *r;
    struct err gone = {0};
    rc_t rc;

    if ((rc = db_script(l->db, m->arena, SQL_INGEST_STAGE_REJECT, NULL, e)) != RC_OK ||
        (rc = db_query(l->db, m->arena, SQL_PUBLISH_DAMAGED_BATCH, DB_ARGS(m->batch), &r, e)) !=
            RC_OK)
        return rc;
    f->batch = load_batch_of(m->arena, r, 0);
    rc = load_open(l, f, &gone);
    if (rc != RC_OK && stored_is_damage(&gone)) {
        log_warn("%s: its upload is nowhere any more; it says lines and reasons alone", m->name);
        rc = RC_OK;
    } else if (rc != RC_OK) {
        *e = gone;
    }
    return rc == RC_OK ? name_sheets(m, &f->task, e) : rc;
}

static rc_t
rejects(struct remake *m, struct sink out, struct err *e)
{
    struct hub *hub = m->visit->hub;
    struct load l = {.hub = hub, .db = hub->db};
    struct feeds feeds = {0};
    struct load_file f = {.task = {.file = BLOB_NONE}};
    const char *end = strrchr(m->name, '.');
    struct rejects_told told = {.book = end && !strcmp(end, ".xlsx")};
    struct db_result *upload;
    rc_t rc;

    l.feeds = &feeds;
    if ((rc = feeds_load(&feeds, hub, m->arena, FEEDS_PARTNERS, e)) == RC_OK &&
        (rc = db_query(hub->db, m->arena, SQL_INGEST_UPLOAD, DB_ARGS(m->batch), &upload, e)) ==
            RC_OK &&
        (rc = open_upload(m, &l, &f, e)) == RC_OK)
        rc = answer_rejects(hub, upload, &f.task, out, &told, e);
    blob_close(&f.task.file);
    return rc;
}

static rc_t
feedback(struct remake *m, struct sink out, struct err *e)
{
    return feedback_again(m->visit->hub, m->arena, m->visit->party.id, m->name, out, e);
}

static rc_t
notice(struct remake *m, struct sink out, struct err *e)
{
    return notice_again(m->visit->hub, m->arena, m->visit->party.id, m->name, out, e);
}

static const struct {
    const char *kind;
    rc_t (*write)(struct remake *m, struct sink out, struct err *e); /* RC_END: nothing to tell */
} kinds[] = {
    {"ack",      ack     },
    {"rejects",  rejects },
    {"feedback", feedback},
    {"notice",   notice  },
};

static rc_t
write_kind(struct remake *m, const char *kind, struct sink out, struct err *e)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].kind, kind))
            return kinds[i].write(m, out, e);
    BUG("answers of kind %s are not known", kind);
}

/* In a transaction: the file is under its hash before the row says so. */
static rc_t
make(struct remake *m, const char *kind, struct err *e)
{
    struct hub *hub = m->visit->hub;
    struct spool_file *file = NULL;
    struct spool_kept kept = {NULL, 0};
    rc_t rc = spool_begin(hub->spool, &file, e);

    if (rc == RC_OK)
        rc = db_set(hub->db, "hub.batch_id", m->batch ? m->batch : "", e);
    if (rc == RC_OK)
        rc = write_kind(m, kind, spool_sink(file), e);
    rc = spool_end(&file, rc, m->arena, &kept, e);
    if (rc != RC_OK && rc != RC_END)
        return rc;
    log_warn("%s: its bytes in the spool were damaged; %s", m->name,
             kept.id ? "made again" : "what it told of is there no more");
    return db_exec(
        hub->db, SQL_PUBLISH_DAMAGED_REMADE,
        DB_ARGS(m->answer, kept.id, kept.id ? db_number(m->arena, (int64_t)kept.bytes) : NULL),
        NULL, e);
}

/* What the upload itself has lost is found first, since that may take a transaction of its own. Where it is
 * found nowhere, that is noted, and no reason not to go on. */
static rc_t
mend_upload(struct remake *m, const char *file_id, struct err *e)
{
    struct db_result *r;
    struct err gone = {0};
    rc_t rc = db_query(m->visit->hub->db, m->arena,
                       "SELECT file_id FROM hub.batch WHERE batch_id = $1::bigint",
                       DB_ARGS(m->batch), &r, e);

    if (rc != RC_OK || !r->rows || !db_value(r, 0, 0) || !strcmp(db_text(r, 0, 0), file_id))
        return rc;
    rc = mend_file(m->visit, db_text(r, 0, 0), &gone);
    if (rc == RC_FAIL && gone.code == ERR_SPOOL_DAMAGED)
        return RC_OK;
    if (rc != RC_OK)
        *e = gone;
    return rc;
}

rc_t
remake_answers(struct visit *v, const char *file_id, struct err *e)
{
    struct arena *a = arena_new("remake");
    struct db *db = v->hub->db;
    struct db_result *r;
    rc_t rc = db_query(db, a, SQL_PUBLISH_DAMAGED_ANSWERS, DB_ARGS(file_id), &r, e);

    if (rc == RC_OK && !r->rows)
        rc = RC_REJECT;
    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        struct remake m = {v, a, db_text(r, i, "answer_id"), db_text(r, i, "name"),
                           db_value(r, i, "batch_id")};
        const char *kind = db_text(r, i, "kind");

        if (!strcmp(kind, "rejects"))
            rc = mend_upload(&m, file_id, e);
        if (rc == RC_OK && (rc = db_begin(db, e)) == RC_OK && (rc = make(&m, kind, e)) == RC_OK)
            rc = db_commit(db, e);
        db_rollback(db);
        if (rc != RC_OK)
            err_prefix(e, "%s", m.name);
    }
    arena_free(&a);
    return rc;
}
