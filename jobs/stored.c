#include "stored.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "digest.h"
#include "fsio.h"
#include "statements.h"

#define CHUNK_MAX (64u * 1024 * 1024) /* far above what archive.c writes: a damaged row, not data */

static rc_t
unpack_chunk(struct arena *a, const char *hex, const char *salt, int64_t bytes, struct span *plain,
             struct err *e)
{
    struct span packed = db_unhex(a, hex);
    struct span of = db_unhex(a, salt); /* none: from before there was a key */
    char *out;
    size_t n;

    if (bytes < 0 || bytes > CHUNK_MAX)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "a chunk of %lld bytes", (long long)bytes);
    if (of.n == CIPHER_SALT) {
        struct cipher *seal = cipher_new((const unsigned char *)of.p);

        cipher_apply(seal, 0, (char *)(uintptr_t)packed.p, packed.n);
        cipher_free(&seal);
    }
    out = arena_alloc(a, (size_t)bytes + 1);
    n = ZSTD_decompress(out, (size_t)bytes, packed.p, packed.n);
    if (ZSTD_isError(n) || n != (size_t)bytes)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "zstd: %s",
                       ZSTD_isError(n) ? ZSTD_getErrorName(n) : "a chunk is too short");
    *plain = (struct span){out, n};
    return RC_OK;
}

/* One chunk; RC_END after the last. Each is asked for alone so that memory holds only one. */
static rc_t
copy_chunk(struct hub *hub, const char *file_id, int chunk, struct digest *d, struct sink out,
           struct err *e)
{
    struct arena *a = arena_new("chunk");
    struct db_result *r;
    struct span plain = {NULL, 0};
    rc_t rc = db_query(hub->db, a, SQL_REPORT_CHUNK, DB_ARGS(file_id, arena_printf(a, "%d", chunk)),
                       &r, e);

    if (rc == RC_OK && !r->rows)
        rc = RC_END;
    if (rc == RC_OK && (rc = unpack_chunk(a, db_text(r, 0, 1), db_text(r, 0, 2), db_int(r, 0, 0),
                                          &plain, e)) == RC_OK) {
        digest_update(d, plain.p, plain.n);
        rc = out.write(out.ctx, plain.p, plain.n, e);
    }
    arena_free(&a);
    return rc;
}

static rc_t
from_archive(struct hub *hub, const char *file_id, struct sink out, struct err *e)
{
    struct digest *d = digest_new();
    char hex[DIGEST_HEX];
    int chunk = 0;
    rc_t rc;

    while ((rc = copy_chunk(hub, file_id, chunk, d, out, e)) == RC_OK)
        chunk++;
    digest_hex(d, hex);
    digest_free(&d);
    if (rc != RC_END)
        return err_prefix(e, "archive, file %s, chunk %d", file_id, chunk);
    if (!chunk)
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "file %s is neither in the spool nor archived",
                       file_id);
    if (strcmp(hex, file_id) != 0)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "archive: file %s has hash %s", file_id, hex);
    return RC_OK;
}

rc_t
stored_open(struct hub *hub, const char *file_id, struct blob *b, struct err *e)
{
    struct blob_stream to = {.name = "a file out of the archive"};
    uint64_t bytes;
    rc_t rc = spool_read(hub->spool, file_id, b, &bytes, e);

    if (rc == RC_OK || e->code != ERR_NOT_FOUND)
        return rc;
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
    struct blob_stream from = {BLOB_NONE, file_id, 0};
    const char *id;
    rc_t rc = stored_open(hub, file_id, &from.blob, e);

    if (rc != RC_OK)
        return rc;
    if (access(spool_path(hub->spool, hub->arena, file_id), R_OK) != 0 &&
        (rc = spool_begin(hub->spool, &out, e)) == RC_OK &&
        (rc = copy_to(source_blob(&from), spool_sink(out), e)) == RC_OK)
        rc = spool_commit(&out, hub->arena, &id, e);
    spool_abort(&out);
    blob_close(&from.blob);
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
