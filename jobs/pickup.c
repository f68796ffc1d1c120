/*
 * pickup.c - drop boxes into the spool, one batch a file.
 *
 * A file is registered in one transaction and only then moved away on the other side. Killed
 * between the two, the next run finds it again, sees by its hash that it is the same, and moves it;
 * killed after the move, the next run does not find it any more and notes that.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "digest.h"
#include "fault.h"
#include "fsio.h"
#include "log.h"
#include "party.h"
#include "pickup.h"
#include "statements.h"

const char *const pickup_ignored[] = {".part", ".tmp", ".filepart", ".uploading", ".swp", NULL};

static bool
ignored(const char *name)
{
    size_t n = strlen(name);

    if (*name == '.')
        return true;
    for (const char *const *end = pickup_ignored; *end; end++) {
        size_t m = strlen(*end);
        if (n >= m && !strcmp(name + n - m, *end))
            return true;
    }
    return false;
}

static bool
has_marker(const struct sftp_file *files, uint32_t count, const char *name)
{
    size_t n = strlen(name);

    for (uint32_t i = 0; i < count; i++)
        if (!strncmp(files[i].name, name, n) && !strcmp(files[i].name + n, PICKUP_MARKER))
            return true;
    return false;
}

/* Is this remote file a batch that waits to be moved away? */
static rc_t
registered(struct visit *v, struct arena *a, const struct sftp_file *f, bool *yes, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(v->hub->db, a, SQL_PICKUP_KNOWN,
                       DB_ARGS(v->party.id, f->name, db_number(a, (int64_t)f->size),
                               db_number(a, (int64_t)f->mtime)),
                       &r, e);

    *yes = rc == RC_OK && r->rows;
    return rc;
}

/* Stable: listed with the same size and mtime for `settle`, or marked by the partner. */
static rc_t
stable(struct visit *v, struct arena *a, const struct sftp_file *files, uint32_t count,
       const struct sftp_file *f, bool *yes, struct err *e)
{
    const struct conf_dropbox *box = v->party.box;
    struct db_result *r;
    char iso[21];
    rc_t rc;

    if (box->marker && has_marker(files, count, f->name)) {
        *yes = true;
        return RC_OK;
    }
    if (box->marker) /* a run that was killed may have taken the marker and not the file */
        return registered(v, a, f, yes, e);
    rc = db_query(v->hub->db, a, SQL_PICKUP_SEEN,
                  DB_ARGS(v->party.id, f->name, db_number(a, (int64_t)f->size),
                          db_number(a, (int64_t)f->mtime), clock_iso(clock_now(), iso)),
                  &r, e);
    *yes = rc == RC_OK && db_int(r, 0, 0) >= (int64_t)box->settle_s;
    return rc;
}

static void
arrived(void *ctx, size_t n)
{
    progress_add(ctx, 0, n);
}

static rc_t
download(struct visit *v, struct arena *a, const struct sftp_file *f, const char **file_id,
         struct err *e)
{
    struct spool_file *out = NULL;
    struct progress show;
    uint64_t bytes = 0;
    rc_t rc = spool_begin(v->hub->spool, &out, e);

    progress_begin(&show, f->name, f->size);
    if (rc == RC_OK)
        rc = sftp_get(v->link, arena_printf(a, "%s/%s", v->party.box->in, f->name), spool_sink(out),
                      arrived, &show, &bytes, e);
    progress_end(&show);
    if (rc == RC_OK && bytes != f->size)
        rc = err_set(e, RC_REJECT, ERR_SFTP, "%s: %llu bytes listed, %llu read: still growing",
                     f->name, (unsigned long long)f->size, (unsigned long long)bytes);
    if (rc == RC_OK)
        rc = spool_commit(&out, a, file_id, e);
    spool_abort(&out);
    return rc;
}

/* The batch a remote file is already: id 0 none, file_id NULL its bytes were left where they are. */
struct known {
    int64_t id;
    const char *file_id, *state;
    bool released;
};

static rc_t
find_known(struct visit *v, struct arena *a, const struct sftp_file *f, struct known *k,
           struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(v->hub->db, a, SQL_PICKUP_KNOWN,
                       DB_ARGS(v->party.id, f->name, db_number(a, (int64_t)f->size),
                               db_number(a, (int64_t)f->mtime)),
                       &r, e);

    *k = (struct known){.id = 0};
    if (rc == RC_OK && r->rows)
        *k = (struct known){db_int(r, 0, 0), db_value(r, 0, 1), db_text(r, 0, 2), db_bool(r, 0, 3)};
    return rc;
}

static rc_t
enrol(struct visit *v, struct arena *a, const struct sftp_file *f, const char *file_id,
      int64_t *batch, struct err *e)
{
    struct db_result *r;
    char iso[21];
    rc_t rc =
        db_query(v->hub->db, a, SQL_PICKUP_REGISTER,
                 DB_ARGS(v->party.id, f->name, db_number(a, (int64_t)f->size),
                         db_number(a, (int64_t)f->mtime), file_id, clock_iso(clock_now(), iso)),
                 &r, e);

    if (rc != RC_OK)
        return rc;
    *batch = db_int(r, 0, 0);
    job_count(v->job, "files", 1);
    job_count(v->job, "bytes", file_id ? (int64_t)f->size : 0);
    log_info("%s: %llu bytes, batch B%06lld", f->name, (unsigned long long)f->size,
             (long long)*batch);
    return RC_OK;
}

/* Into done/, under its own name or, where that is taken, with the batch's; or deleted. */
static rc_t
move_away(struct visit *v, struct arena *a, const char *name, int64_t batch, struct err *e)
{
    const struct conf_dropbox *box = v->party.box;
    const char *from = arena_printf(a, "%s/%s", box->in, name);
    const char *to = arena_printf(a, "%s/%s", box->done, name);
    struct sftp_file there;
    rc_t rc;

    /* the marker first: one left behind would call the next file of that name complete */
    if (box->marker && (rc = sftp_remove(v->link, arena_printf(a, "%s.ok", from), e)) != RC_OK)
        return rc;
    if (!*box->done) {
        rc = sftp_remove(v->link, from, e);
    } else {
        if ((rc = sftp_stat(v->link, to, &there, e)) == RC_OK)
            to = arena_printf(a, "%s.B%06lld", to, (long long)batch);
        else if (rc != RC_REJECT)
            return rc;
        rc = sftp_rename(v->link, from, to, e);
    }
    if (rc != RC_OK)
        return rc;
    fault_point("pickup-moved");
    return db_exec(v->hub->db, SQL_PICKUP_MOVED, DB_ARGS(db_number(a, batch)), NULL, e);
}

/*
 * A file over its partner's limit is registered without its bytes, which stay where they are until a
 * person has decided: released, they are fetched; discarded, they are moved away unread. False when
 * there is nothing to be fetched.
 */
static bool
wanted(struct visit *v, struct arena *a, const struct sftp_file *f, struct known *k, rc_t *rc,
       struct err *e)
{
    const struct conf_partner *p = conf_partner(v->hub->conf, v->party.id);
    bool fits = !p || f->size <= p->limits.size;

    if (k->id && !k->file_id && !strcmp(k->state, "discarded"))
        *rc = move_away(v, a, f->name, k->id, e);
    else if (k->id && !k->file_id && (strcmp(k->state, "received") || !(fits || k->released)))
        job_count(v->job, "waiting", 1);
    else if (!k->id && !fits)
        *rc = enrol(v, a, f, NULL, &k->id, e);
    else
        return true;
    return false;
}

static rc_t
take(struct visit *v, struct arena *a, const struct sftp_file *f, struct err *e)
{
    const char *file_id;
    struct known k;
    rc_t rc;

    if ((rc = find_known(v, a, f, &k, e)) != RC_OK || !wanted(v, a, f, &k, &rc, e) ||
        (rc = download(v, a, f, &file_id, e)) != RC_OK)
        return rc;
    fault_point("pickup-downloaded");
    if (k.id && !k.file_id)
        rc = db_exec(v->hub->db, SQL_PICKUP_FETCHED, DB_ARGS(db_number(a, k.id), file_id), NULL, e);
    else if (!k.id || strcmp(k.file_id, file_id) != 0)
        rc = enrol(v, a, f, file_id, &k.id, e);
    if (rc != RC_OK)
        return rc;
    fault_point("pickup-registered");
    return move_away(v, a, f->name, k.id, e);
}

static rc_t
forget(struct visit *v, struct arena *a, const struct sftp_file *files, uint32_t count,
       struct err *e)
{
    struct buf names = {0};
    const char *list;
    rc_t rc;

    buf_str(&names, "{");
    for (uint32_t i = 0; i < count; i++) {
        buf_str(&names, i ? ",\"" : "\"");
        for (const char *p = files[i].name; *p; p++) {
            if (*p == '"' || *p == '\\')
                buf_str(&names, "\\");
            buf_put(&names, p, 1);
        }
        buf_str(&names, "\"");
    }
    buf_str(&names, "}");
    list = arena_span(a, (struct span){names.p, names.n});
    rc = db_exec(v->hub->db, SQL_PICKUP_FORGET, DB_ARGS(v->party.id, list), NULL, e);
    buf_free(&names);
    return rc;
}

/* A name the database cannot keep is the partner's to correct; the neighbours go on. */
static bool
usable(const struct sftp_file *f)
{
    struct span name = span_of(f->name);

    if (span_valid_utf8(name) == name.n && name.n <= 255)
        return true;
    log_warn("a file is left in in/: its name is not UTF-8 or longer than 255 bytes");
    return false;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct sftp_file *)a)->name, ((const struct sftp_file *)b)->name);
}

static rc_t
take_file(struct visit *v, const struct sftp_file *files, uint32_t count, const struct sftp_file *f,
          struct err *e)
{
    struct arena *a = arena_new("file");
    bool ready = false;
    rc_t rc = stable(v, a, files, count, f, &ready, e);

    if (rc == RC_OK && !ready)
        job_count(v->job, "waiting", 1);
    if (rc == RC_OK && ready)
        rc = take(v, a, f, e);
    if (rc == RC_REJECT) { /* gone or grown since it was listed: the next run sees to it */
        log_err(LOG_WARN, e);
        rc = RC_OK;
    }
    arena_free(&a);
    return rc;
}

static rc_t
visit(struct visit *v, struct err *e)
{
    struct arena *a = arena_new("pickup");
    const struct conf_dropbox *box = v->party.box;
    struct sftp_file *files;
    uint32_t count;
    rc_t rc = party_link(v, e);

    if (rc == RC_OK)
        rc = sftp_list(v->link, a, box->in, &files, &count, e);
    if (rc == RC_OK) {
        if (count) /* the same order each night */
            qsort(files, count, sizeof *files, by_name);
        rc = forget(v, a, files, count, e);
    }
    for (uint32_t i = 0; rc == RC_OK && i < count; i++) {
        size_t n = strlen(files[i].name);
        if (!files[i].regular || ignored(files[i].name) || !usable(&files[i]) ||
            (box->marker && n > 3 && !strcmp(files[i].name + n - 3, ".ok")))
            continue;
        rc = take_file(v, files, count, &files[i], e);
    }
    arena_free(&a);
    return rc;
}

/* Agencies' receipts come with the formats that read them. */
static rc_t
partners_only(struct job *job, const struct party *p, uint64_t *work, struct err *e)
{
    (void)job;
    (void)e;
    *work = !p->agency;
    return RC_OK;
}

rc_t
pickup_run(struct job *job, struct err *e)
{
    const struct conf *c = job->hub->conf;
    const struct party_round round = {visit, partners_only, LINKS_AT_ONCE, LINK_PATIENCE_MS, NULL};
    uint64_t removed = 0, left = 0;
    rc_t rc = spool_clean(job->hub->spool, &removed, e);

    if (rc == RC_OK)
        rc = fsio_free_bytes(c->spool.root, &left, e);
    if (rc == RC_OK && left < c->spool.min_free)
        rc = err_set(e, RC_RETRY, ERR_NO_SPACE,
                     "%s: %llu MiB free, spool.min-free asks for %llu; nothing is picked up",
                     c->spool.root, (unsigned long long)left >> 20,
                     (unsigned long long)c->spool.min_free >> 20);
    return rc == RC_OK ? party_each(job, &round, e) : rc;
}
