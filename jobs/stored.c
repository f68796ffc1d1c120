#include "stored.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/log.h"
#include "spool/digest.h"
#include "spool/fsio.h"
#include "sql/statements.h"

#define CHUNK_MAX (64u * 1024 * 1024) /* far above what archive.c writes: a damaged row, not data */

/* Only what was sealed as this chunk of this file is looked at. */
static rc_t
open_chunk(struct arena *a, const char *file_id, int chunk, const struct db_result *r,
           struct span *packed, struct err *e)
{
    const struct piece piece = {(uint64_t)chunk, db_bool(r, 0, "last"), span_of(file_id)};
    struct span sealed = db_unhex(a, db_text(r, 0, "data")),
                salt = db_unhex(a, db_text(r, 0, "salt"));
    char *out = arena_alloc(a, sealed.n + 1);
    struct cipher *seal;
    bool good;

    if (salt.n != CIPHER_SALT)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "is not sealed");
    seal = cipher_new((const unsigned char *)salt.p);
    good = cipher_piece_open(seal, &piece, sealed.p, sealed.n, out);
    cipher_free(&seal);
    if (!good)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "is not what was archived");
    *packed = (struct span){out, sealed.n - CIPHER_TAG};
    return RC_OK;
}

static rc_t
unpack_chunk(struct arena *a, struct span packed, int64_t bytes, struct span *plain, struct err *e)
{
    char *out;
    size_t n;

    if (bytes < 0 || bytes > CHUNK_MAX)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "a chunk of %lld bytes", (long long)bytes);
    /* the size is what the row says, and bounded above: what a damaged frame claims of itself is never allocated */
    out = arena_alloc(a, (size_t)bytes + 1);
    n = ZSTD_decompress(out, (size_t)bytes, packed.p, packed.n);
    if (ZSTD_isError(n) || n != (size_t)bytes)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "zstd: %s",
                       ZSTD_isError(n) ? ZSTD_getErrorName(n) : "a chunk is too short");
    *plain = (struct span){out, n};
    return RC_OK;
}

/* One chunk. Each is asked for alone so that memory holds only one. */
static rc_t
copy_chunk(struct hub *hub, const char *file_id, int chunk, struct digest *d, struct sink out,
           bool *last, struct err *e)
{
    struct arena *a = arena_new("chunk");
    struct db_result *r;
    struct span packed = {NULL, 0}, plain = {NULL, 0};
    rc_t rc = db_query(hub->db, a, SQL_REPORT_CHUNK, DB_ARGS(file_id, arena_printf(a, "%d", chunk)),
                       &r, e);

    if (rc == RC_OK && !r->rows)
        rc = err_set(e, RC_FAIL, chunk ? ERR_SPOOL_DAMAGED : ERR_NOT_FOUND,
                     chunk ? "is missing" : "not archived");
    if (rc == RC_OK && (rc = open_chunk(a, file_id, chunk, r, &packed, e)) == RC_OK &&
        (rc = unpack_chunk(a, packed, db_int(r, 0, "bytes"), &plain, e)) == RC_OK) {
        digest_update(d, plain.p, plain.n);
        rc = out.write(out.ctx, plain.p, plain.n, e);
        *last = db_bool(r, 0, "last");
    }
    arena_free(&a);
    return rc;
}

static rc_t
from_archive(struct hub *hub, const char *file_id, struct sink out, struct err *e)
{
    struct digest *d = digest_new();
    char hex[DIGEST_HEX];
    bool last = false;
    int chunk = 0;
    rc_t rc = RC_OK;

    while (!last && (rc = copy_chunk(hub, file_id, chunk, d, out, &last, e)) == RC_OK)
        chunk++;
    digest_hex(d, hex);
    digest_free(&d);
    if (rc != RC_OK && e->code == ERR_NOT_FOUND)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED,
                       "file %s: not whole in the spool, and not archived", file_id);
    if (rc != RC_OK)
        return err_prefix(e, "archive, file %s, chunk %d", file_id, chunk);
    if (strcmp(hex, file_id) != 0)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "archive: file %s has hash %s", file_id, hex);
    return RC_OK;
}

bool
stored_is_damage(const struct err *e)
{
    return e->code == ERR_NOT_FOUND || e->code == ERR_SPOOL_DAMAGED;
}

rc_t
stored_open(struct hub *hub, const char *file_id, struct blob *b, struct err *e)
{
    struct blob_stream to = {.name = "a file out of the archive"};
    uint64_t bytes;
    rc_t rc = spool_check(hub->spool, file_id, e);

    if (rc == RC_OK)
        return spool_read(hub->spool, file_id, b, &bytes, e);
    if (!stored_is_damage(e))
        return rc;
    if (e->code == ERR_SPOOL_DAMAGED)
        log_warn("%s; looking for it in the archive", e->text);
    if ((rc = blob_temporary(b, spool_tmp(hub->spool), e)) != RC_OK)
        return rc;
    to.blob = *b;
    if ((rc = from_archive(hub, file_id, sink_blob(&to), e)) != RC_OK) {
        blob_close(b);
        return rc;
    }
    *e = (struct err){0}; /* that the spool had it not is no error any more */
    return RC_OK;
}

static rc_t
copy_to(struct source in, struct sink out, struct err *e)
{
    char block[65536];
    size_t n;
    rc_t rc;

    while ((rc = in.read(in.ctx, block, sizeof block, &n, e)) == RC_OK && n)
        if ((rc = out.write(out.ctx, block, n, e)) != RC_OK)
            break;
    return rc;
}

rc_t
stored_restore(struct hub *hub, const char *file_id, struct err *e)
{
    struct spool_file *out = NULL;
    rc_t rc = spool_check(hub->spool, file_id, e);

    if (rc == RC_OK || !stored_is_damage(e))
        return rc;
    if ((rc = spool_begin(hub->spool, &out, e)) == RC_OK &&
        (rc = from_archive(hub, file_id, spool_sink(out), e)) == RC_OK)
        rc = spool_commit_as(&out, file_id, e);
    spool_abort(&out);
    if (rc == RC_OK)
        *e = (struct err){0}; /* that the spool had it not is no error any more */
    return rc;
}

rc_t
stored_copy(struct blob b, const char *file, struct err *e)
{
    struct blob_stream from = {b, "stored file", 0};
    struct stream_fd to = {STDOUT_FILENO, "standard output"};
    bool named = file && strcmp(file, "-") != 0;
    rc_t rc;

    if (named) {
        to = (struct stream_fd){open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), file};
        if (to.fd < 0)
            return fsio_fail("create", file, e);
    }
    fflush(stdout);
    rc = copy_to(source_blob(&from), sink_fd(&to), e);
    if (named && close(to.fd) != 0 && rc == RC_OK)
        rc = fsio_fail("close", file, e);
    return rc;
}
