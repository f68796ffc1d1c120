/*
 * archive.c - originals and bundles, compressed, into PostgreSQL.
 *
 * A file goes in as zstd frames of CHUNK bytes each, sealed, with its mark, in one transaction. The spool
 * keeps its copy until spool.keep has passed since the last that points to it came to its end; which
 * files that are is asked of the spool, so that it costs what the spool holds and not the archive.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/cipher.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/stream.h"
#include "sql/copy.h"
#include "sql/statements.h"

#include "job.h"
#include "mend.h"
#include "stored.h"

#define CHUNK (4u * 1024 * 1024)
#define LEVEL 1    /* on order text both faster and smaller than 3 */
#define ASKED 1000 /* files in one question */

struct chunks {
    char *plain, *packed, *sealed;
    size_t packed_size;
    struct buf rows;
    bool copying; /* the chunk before is not stored yet */
};

/* Fill `plain`; *n is short only at the end. */
static rc_t
read_chunk(struct source in, char *plain, size_t *n, struct err *e)
{
    size_t got;
    rc_t rc;

    for (*n = 0; *n < CHUNK; *n += got) {
        if ((rc = in.read(in.ctx, plain + *n, CHUNK - *n, &got, e)) != RC_OK)
            return rc;
        if (!got)
            break;
    }
    return RC_OK;
}

static rc_t
end_chunk(struct db *db, struct chunks *c, struct err *e)
{
    bool copying = c->copying;

    c->copying = false;
    return copying ? db_copy_wait(db, e) : RC_OK;
}

/* A COPY each: PostgreSQL 15 holds up to 1000 rows of a binary COPY in memory, whatever their size.
 * It stores one chunk while the next is compressed here. */
static rc_t
put_chunk(struct db *db, struct chunks *c, const char *file_id, int32_t chunk, size_t n,
          struct err *e)
{
    const struct piece piece = {(uint64_t)chunk, n < CHUNK, span_of(file_id)};
    size_t packed = ZSTD_compress(c->packed, c->packed_size, c->plain, n, LEVEL);
    unsigned char salt[CIPHER_SALT];
    struct cipher *seal;
    rc_t rc;

    if (ZSTD_isError(packed))
        return err_set(e, RC_FAIL, ERR_SYSTEM, "zstd: %s", ZSTD_getErrorName(packed));
    if ((rc = end_chunk(db, c, e)) != RC_OK)
        return rc;
    c->rows.n = 0;
    copy_begin(&c->rows);
    cipher_salt(salt);
    seal = cipher_new(salt);
    cipher_piece_seal(seal, &piece, c->packed, packed, c->sealed);
    cipher_free(&seal);
    copy_row_begin(&c->rows, 6);
    copy_text(&c->rows, span_of(file_id));
    copy_int4(&c->rows, chunk);
    copy_int8(&c->rows, (int64_t)n);
    copy_text(&c->rows, (struct span){c->sealed, packed + CIPHER_TAG}); /* bytea has this form */
    copy_text(&c->rows, (struct span){(const char *)salt, sizeof salt});
    copy_bool(&c->rows, piece.last);
    copy_end(&c->rows);
    rc = db_copy_in(db,
                    "COPY hub.archive_file (file_id, chunk, bytes, data, salt, last) FROM STDIN "
                    "(FORMAT binary)",
                    e);
    if (rc == RC_OK && (rc = db_copy_put(db, c->rows.p, c->rows.n, e)) == RC_OK)
        rc = db_copy_sent(db, e);
    c->copying = rc == RC_OK;
    return rc;
}

static rc_t
put_file(struct db *db, struct chunks *c, const char *file_id, struct blob b, uint64_t bytes,
         struct err *e)
{
    struct blob_stream from = {b, file_id, 0};
    struct progress show;
    size_t n;
    rc_t rc = RC_OK;

    progress_begin(&show, "archive", bytes);
    n = CHUNK;
    for (int32_t chunk = 0; rc == RC_OK && n == CHUNK; chunk++) {
        if ((rc = read_chunk(source_blob(&from), c->plain, &n, e)) == RC_OK)
            rc = put_chunk(db, c, file_id, chunk, n, e);
        progress_add(&show, 0, n);
    }
    progress_end(&show);
    if (rc == RC_OK)
        rc = end_chunk(db, c, e);
    c->copying = false; /* after an error the rollback ends it */
    return rc;
}

static rc_t
stored_already(struct db *db, struct arena *a, const char *file_id, bool *yes, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(db, a, "SELECT 1 FROM hub.archive_file WHERE file_id = $1 LIMIT 1",
                       DB_ARGS(file_id), &r, e);

    *yes = rc == RC_OK && r->rows;
    return rc;
}

static rc_t
archive_file(struct job *job, struct chunks *c, const char *file_id, struct err *e)
{
    struct arena *a = arena_new("archive");
    struct db *db = job->hub->db;
    uint64_t bytes = 0;
    bool there;
    struct blob b = BLOB_NONE;
    rc_t rc;

    if ((rc = spool_check(job->hub->spool, file_id, e)) != RC_OK ||
        (rc = spool_read(job->hub->spool, file_id, &b, &bytes, e)) != RC_OK ||
        (rc = db_begin(db, e)) != RC_OK ||
        (rc = stored_already(db, a, file_id, &there, e)) != RC_OK)
        goto out;
    if (!there && (rc = put_file(db, c, file_id, b, bytes, e)) != RC_OK)
        goto out;
    if ((rc = db_exec(db, SQL_ARCHIVE_MARK, DB_ARGS(file_id), NULL, e)) != RC_OK)
        goto out;
    fault_point("archive-stored");
    if ((rc = db_commit(db, e)) == RC_OK) {
        job_count(job, "files", 1);
        job_count(job, "bytes", (int64_t)bytes);
    }
out:
    db_rollback(db);
    blob_close(&b);
    arena_free(&a);
    return rc;
}

/* Bytes that are not what they were wait for the next pickup, which looks for them; what cannot be read
 * at all is tried again. Others go on. */
static rc_t
archive_or_note(struct job *job, struct chunks *c, const char *file_id, struct err *e)
{
    rc_t rc = archive_file(job, c, file_id, e);
    struct err found = *e;

    if (rc != RC_FAIL || (!stored_is_damage(e) && e->code != ERR_SYSTEM))
        return rc;
    if (stored_is_damage(e)) {
        *e = (struct err){0};
        if ((rc = mend_note(job, file_id, &found, e)) != RC_FAIL)
            return rc;
    }
    log_err(LOG_ERROR, e);
    *e = (struct err){0}; /* told */
    job->retry = true;
    return RC_OK;
}

/* ---- spool.keep ---- */

struct expiry {
    struct job *job;
    time_t before;
    struct buf ids; /* {id,id,…} */
    int count;
};

static rc_t
remove_expired(struct expiry *x, struct err *e)
{
    struct arena *a = arena_new("expired");
    struct db_result *r;
    char iso[21];
    rc_t rc;

    buf_put(&x->ids, "}", 2); /* with its NUL */
    rc = db_query(x->job->hub->db, a, SQL_ARCHIVE_EXPIRED,
                  DB_ARGS(x->ids.p, clock_iso(x->before, iso)), &r, e);
    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        bool removed = false;

        rc = spool_remove_before(x->job->hub->spool, db_text(r, i, 0), x->before, &removed, e);
        if (removed)
            job_count(x->job, "removed", 1);
    }
    x->ids.n = 0;
    x->count = 0;
    arena_free(&a);
    return rc;
}

static rc_t
ask_for(void *ctx, const char *id, struct err *e)
{
    struct expiry *x = ctx;

    buf_str(&x->ids, x->count++ ? "," : "{");
    buf_str(&x->ids, id);
    return x->count == ASKED ? remove_expired(x, e) : RC_OK;
}

static rc_t
clean_spool(struct job *job, struct err *e)
{
    struct expiry x = {.job = job, .before = clock_now() - (time_t)job->hub->conf->spool.keep_s};
    rc_t rc = spool_each_before(job->hub->spool, x.before, ask_for, &x, e);

    if (rc == RC_OK && x.count)
        rc = remove_expired(&x, e);
    buf_free(&x.ids);
    return rc;
}

rc_t
archive_run(struct job *job, struct err *e)
{
    struct chunks c = {.packed_size = ZSTD_compressBound(CHUNK)};
    struct db_result *due;
    uint64_t removed = 0;
    rc_t rc;

    if ((rc = spool_clean(job->hub->spool, &removed, e)) != RC_OK ||
        (rc = db_query(job->hub->db, job->hub->arena, SQL_ARCHIVE_DUE, DB_NONE, &due, e)) != RC_OK)
        return rc;
    c.plain = malloc(CHUNK);
    c.packed = malloc(c.packed_size);
    c.sealed = malloc(c.packed_size + CIPHER_TAG);
    if (!c.plain || !c.packed || !c.sealed)
        BUG("out of memory");
    for (int i = 0; rc == RC_OK && i < due->rows; i++)
        rc = archive_or_note(job, &c, db_text(due, i, 0), e);
    free(c.plain);
    free(c.packed);
    free(c.sealed);
    buf_free(&c.rows);
    return rc == RC_OK ? clean_spool(job, e) : rc;
}
