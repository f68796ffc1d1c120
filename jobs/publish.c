/*
 * publish.c - bundles to agencies, answers and feedback to partners.
 *
 * A row becomes `published` only after its bytes were read back from the other side. After a crash
 * the rerun finds the same bytes under the same name and only writes the proof.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agency.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "deliver.h"
#include "feedback.h"
#include "lock.h"
#include "mark.h"
#include "mend.h"
#include "notice.h"
#include "party.h"
#include "sql/statements.h"
#include "stored.h"
#include "table.h"

static const char *
proof(struct visit *v, struct arena *a, const char *file_id, const char *bytes, const char *files)
{
    struct buf b = {0};
    char iso[21];

    buf_printf(&b, "{\"bytes\":%s,\"sha256\":\"%s\",\"host_key\":", bytes, file_id);
    json_string(&b, sftp_fingerprint(v->link));
    buf_str(&b, ",\"server\":");
    json_string(&b, sftp_banner(v->link));
    buf_printf(&b, ",\"read_back_at\":\"%s\"%s}", clock_iso(clock_now(), iso), files);
    return buf_text(&b, a);
}

static void
moved(void *ctx, size_t n)
{
    progress_add(ctx, 0, n);
}

/* What is sent is read back, before it has its name and after. */
static rc_t
send_file(struct visit *v, struct blob b, const char *name, uint64_t bytes, const char *file_id,
          struct err *e)
{
    struct progress show;
    rc_t rc;

    progress_begin(&show, name, 3 * bytes);
    sftp_watch(v->link, moved, &show);
    rc = sftp_publish(
        v->link,
        &(struct sftp_delivery){b, v->party.box->out, name, bytes, file_id, !v->party.agency}, e);
    sftp_watch(v->link, NULL, NULL);
    progress_end(&show);
    return rc;
}

struct outgoing {
    const char *id, *name, *file_id, *bytes;
    const char *container; /* of a bundle; NULL: it goes out as it is */
    const char *files;     /* of one that goes out in parts: what the proof says of them */
};

/* An answer that was made again has other bytes, or there is nothing left to tell: RC_END. */
static rc_t
look_again(struct visit *v, struct arena *a, struct outgoing *out, struct err *e)
{
    struct db_result *r;
    rc_t rc;

    if (v->party.agency)
        return RC_OK;
    rc = db_query(v->hub->db, a, SQL_PUBLISH_ANSWERS, DB_ARGS(v->party.id), &r, e);
    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        if (!strcmp(db_text(r, i, "id"), out->id)) {
            out->file_id = db_text(r, i, "file_id");
            out->bytes = db_text(r, i, "bytes");
            return RC_OK;
        }
    return rc == RC_OK ? RC_END : rc;
}

/* Bytes that are not what they were are found or made again, once. */
static rc_t
send_stored(struct visit *v, struct arena *a, struct outgoing *out, uint64_t *bytes, struct err *e)
{
    rc_t rc = RC_FAIL;

    for (int turn = 0; turn < 2; turn++) {
        struct blob b = BLOB_NONE;

        if ((rc = spool_read(v->hub->spool, out->file_id, &b, bytes, e)) == RC_OK)
            rc = out->container && !conf_is_packed(out->container)
                     ? deliver_files(
                           v, a, b,
                           (const struct deliver_bundle){out->id, out->name, out->container},
                           &out->files, e)
                     : send_file(v, b, out->name, *bytes, out->file_id, e);
        blob_close(&b);
        if (rc == RC_OK || turn || !stored_is_damage(e) ||
            (rc = mend_file(v, out->file_id, e)) != RC_OK ||
            (rc = look_again(v, a, out, e)) != RC_OK)
            break;
    }
    return rc;
}

static rc_t
publish_file(struct visit *v, const struct db_result *r, int row, const char *done_sql,
             struct err *e)
{
    struct arena *a = arena_new("publish");
    struct outgoing out = {.id = db_text(r, row, "id"),
                           .name = db_text(r, row, "name"),
                           .file_id = db_text(r, row, "file_id"),
                           .bytes = db_text(r, row, "bytes"),
                           .container = v->party.agency ? db_text(r, row, "container") : NULL,
                           .files = ""};
    uint64_t bytes = 0;
    char iso[21];
    rc_t rc;

    if (v->party.agency &&
        (rc = db_exec(v->hub->db, SQL_PUBLISH_BUNDLE_OFFERED,
                      DB_ARGS(out.id, clock_iso(clock_now(), iso)), NULL, e)) != RC_OK)
        goto out;
    if ((rc = send_stored(v, a, &out, &bytes, e)) != RC_OK) {
        rc = rc == RC_END ? RC_OK : rc;
        goto out;
    }
    /* Killed here, the next run finds these bytes under this name at the other side, reads them back and writes the proof. */
    fault_point("publish-sent");
    rc = db_exec(v->hub->db, done_sql,
                 DB_ARGS(out.id, proof(v, a, out.file_id, out.bytes, out.files),
                         clock_iso(clock_now(), iso)),
                 NULL, e);
    if (rc != RC_OK)
        goto out;
    fault_point("publish-proved");
    job_count(v->job, v->party.agency ? "bundles" : "answers", 1);
    job_count(v->job, "bytes", (int64_t)bytes);
    log_info("%s: published, read back", out.name);
out:
    arena_free(&a);
    return rc;
}

/* One answer that cannot be delivered, or has lost its bytes, costs the partner no other. Bundles go out
 * in the order of their numbers: nothing passes one that waits. */
static bool
passed_by(const struct visit *v, rc_t rc, const struct err *e)
{
    return !v->party.agency && rc == RC_FAIL &&
           (e->code == ERR_SFTP || e->code == ERR_VERIFY || e->code == ERR_SPOOL_DAMAGED);
}

/* What was published and stands no more; a partner may have fetched it long ago. */
static rc_t
recall(struct visit *v, struct arena *a, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(v->hub->db, a, SQL_PUBLISH_RECALLS, DB_ARGS(v->party.id), &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        rc = sftp_remove(v->link,
                         arena_printf(a, "%s/%s", v->party.box->out, db_text(r, i, "name")), e);
        if (rc == RC_OK)
            rc = db_exec(v->hub->db, SQL_PUBLISH_RECALLED, DB_ARGS(db_text(r, i, "answer_id")),
                         NULL, e);
        if (rc == RC_OK)
            log_info("%s: taken back, since it stands no more", db_text(r, i, "name"));
    }
    return rc;
}

static rc_t
visit(struct visit *v, struct err *e)
{
    struct arena *a = arena_new("publish list");
    struct err first = {.code = ERR_NONE};
    struct db_result *r;
    rc_t rc = db_query(v->hub->db, a, v->party.agency ? SQL_PUBLISH_BUNDLES : SQL_PUBLISH_ANSWERS,
                       DB_ARGS(v->party.id), &r, e);

    if (rc == RC_OK && r->rows)
        rc = mark_raise(v->hub, e); /* nothing goes out that it does not know */
    if (rc == RC_OK)
        rc = party_link(v, e);
    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        rc = publish_file(v, r, i,
                          v->party.agency ? SQL_PUBLISH_BUNDLE_DONE : SQL_PUBLISH_ANSWER_DONE, e);
        if (!passed_by(v, rc, e))
            continue;
        rc = RC_OK;
        job_count(v->job, "not_delivered", 1);
        if (first.code == ERR_NONE)
            first = *e;
        else
            log_err(LOG_ERROR, e);
    }
    if (rc == RC_OK && !v->party.agency)
        rc = recall(v, a, e);
    arena_free(&a);
    if (rc == RC_OK && first.code != ERR_NONE) {
        *e = first; /* told by whoever called */
        rc = RC_FAIL;
    }
    return rc;
}

static rc_t
waiting_files(struct job *job, const struct party *p, const void *ctx, uint64_t *work,
              struct err *e)
{
    struct arena *a = arena_new("publish ask");
    struct db_result *r;
    rc_t rc = db_query(job->hub->db, a, SQL_PUBLISH_WAITING, DB_ARGS(p->id), &r, e);

    (void)ctx;
    *work = rc == RC_OK ? (uint64_t)db_int(r, 0, 0) : 0;
    arena_free(&a);
    return rc;
}

rc_t
publish_run(struct job *job, struct err *e)
{
    const struct party_round round = {visit, waiting_files, LINKS_AT_ONCE, LINK_PATIENCE_MS,
                                      true,  NULL};
    rc_t rc = lock_take(job, job->hub->db, NULL, e);

    if (rc == RC_OK) {
        if ((rc = feedback_make(job, e)) == RC_OK)
            rc = notice_make(job, e);
        lock_give(job, job->hub->db, NULL);
    }
    return rc == RC_OK ? party_each(job, &round, e) : rc;
}
