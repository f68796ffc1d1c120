/*
 * fsio.h - files that are on disk when a call says so.
 *
 * Errors   RC_RETRY ERR_NO_SPACE (ENOSPC, EDQUOT), else RC_FAIL ERR_SYSTEM with path and reason.
 */
#ifndef LANDPORT_FSIO_H
#define LANDPORT_FSIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

/* Fill *e from errno: "path: doing: reason". */
rc_t fsio_fail(const char *doing, const char *path, struct err *e);
rc_t fsio_mkdirs(const char *path, mode_t mode, struct err *e); /* like mkdir -p */
rc_t fsio_write_all(int fd, const void *p, size_t n, const char *name, struct err *e);
rc_t fsio_sync_dir(const char *path, struct err *e);
/* Whole file, at most max bytes, NUL-terminated in the arena. */
rc_t fsio_read_file(struct arena *a, const char *path, size_t max, struct span *out, struct err *e);
/* Write under a temporary name, fsync, rename over path, fsync the directory. */
rc_t fsio_replace(const char *path, const void *p, size_t n, mode_t mode, struct err *e);
/* From now on in this process: so many bytes stay free wherever files are written; 0 at first. */
void fsio_keep_free(uint64_t bytes);
/* Is there room for more in the file system of this path? RC_RETRY ERR_NO_SPACE. */
rc_t fsio_room(const char *path, struct err *e);
rc_t fsio_free_bytes(const char *path, uint64_t *bytes, struct err *e);

#endif
