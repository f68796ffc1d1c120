/*
 * spool.h - the bytes that states in the database point to.
 *
 * Shape    <root>/<2 hex>/<64 hex sha256>; a file never changes once it has its name.
 *          <root>/tmp holds what is being written and is never trusted after a crash. A file there is named by who writes it
 *          ("N.PROCESS", base/process.h), so that of several machines or containers that share a root none takes away what
 *          another writes: spool_clean() removes what dead processes of its own left, and of others what is a day old.
 *          Where a key is loaded (base/cipher.h) a file is sealed under its own; its name is the
 *          sha256 of what it holds, not of how it lies there.
 * Safety   On RC_OK of spool_commit() data and directories are on disk. Committing the same
 *          bytes twice is one file.
 * Owner    Returned strings live in the arena passed in; spool_close() frees the struct.
 * Errors   RC_RETRY no space; RC_FAIL bytes don't match their name; RC_FATAL root missing or
 *          not ours. It never looks inside files: no RC_REJECT.
 * Calls    One struct spool per process; several processes may share a root.
 */
#ifndef LANDPORT_SPOOL_H
#define LANDPORT_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/err.h"
#include "base/stream.h"

struct spool;
struct spool_file;

rc_t spool_create(const char *root, struct err *e); /* make root and tmp; fine if they exist */
rc_t spool_open(struct spool **sp, const char *root, struct err *e);
void spool_close(struct spool **sp);

/* The folder for files without a name. */
const char *spool_tmp(const struct spool *sp);
/* Open a new file under tmp/ for writing. */
rc_t spool_begin(struct spool *sp, struct spool_file **f, struct err *e);
rc_t spool_write(struct spool_file *f, const void *p, size_t n, struct err *e);
struct sink spool_sink(struct spool_file *f);
uint64_t spool_bytes(const struct spool_file *f);
/* Make it durable under its hash, which *id receives; f is closed and nulled either way. */
rc_t spool_commit(struct spool_file **f, struct arena *a, const char **id, struct err *e);
/* Only under this hash; other bytes are thrown away: RC_FAIL ERR_SPOOL_DAMAGED. */
rc_t spool_commit_as(struct spool_file **f, const char *id, struct err *e);
/* A file that was kept: the hash it is under, and its size. */
struct spool_kept {
    const char *id;
    uint64_t bytes;
};
/* How writing ends: where all went well (rc) it is committed, else thrown away. Gives rc, or why it could not be committed. */
rc_t spool_end(struct spool_file **f, rc_t rc, struct arena *a, struct spool_kept *kept,
               struct err *e);
/* Throw it away; NULL is fine. */
void spool_abort(struct spool_file **f);

/* Where the bytes lie; does not check that they do. */
const char *spool_path(struct spool *sp, struct arena *a, const char *id);
/* Open for reading; RC_FAIL ERR_NOT_FOUND. */
rc_t spool_read(struct spool *sp, const char *id, struct blob *b, uint64_t *bytes, struct err *e);
/* Read the file to its end and compare with its name; RC_FAIL ERR_SPOOL_DAMAGED. */
rc_t spool_check(struct spool *sp, const char *id, struct err *e);
rc_t spool_remove(struct spool *sp, const char *id, struct err *e);
/* Every file whose bytes were written before `before`; on_file returns RC_OK to go on, and may
 * remove it. */
rc_t spool_each_before(struct spool *sp, time_t before,
                       rc_t (*on_file)(void *ctx, const char *id, struct err *e), void *ctx,
                       struct err *e);
/* Remove it unless it is gone or was committed once more since `before`; *removed may be NULL. */
rc_t spool_remove_before(struct spool *sp, const char *id, time_t before, bool *removed,
                         struct err *e);
/* Remove files in tmp/ whose writer is gone, or cannot be looked at from here and has not written for a day. */
rc_t spool_clean(struct spool *sp, uint64_t *removed, struct err *e);

#endif
