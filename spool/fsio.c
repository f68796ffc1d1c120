#include "spool/fsio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

rc_t
fsio_fail(const char *doing, const char *path, struct err *e)
{
    int why = errno;
    bool full = why == ENOSPC || why == EDQUOT;

    return err_set(e, full ? RC_RETRY : RC_FAIL, full ? ERR_NO_SPACE : ERR_SYSTEM, "%s: %s: %s",
                   path, doing, strerror(why));
}

static rc_t
make_dir(const char *path, mode_t mode, struct err *e)
{
    struct stat st;

    if (mkdir(path, mode) == 0)
        return RC_OK;
    if (errno != EEXIST)
        return fsio_fail("create directory", path, e);
    if (stat(path, &st) != 0)
        return fsio_fail("stat", path, e);
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return fsio_fail("create directory", path, e);
    }
    return RC_OK;
}

rc_t
fsio_mkdirs(const char *path, mode_t mode, struct err *e)
{
    struct arena *a = arena_new("mkdirs");
    char *copy = arena_str(a, path);
    rc_t rc = RC_OK;

    for (char *slash = copy; rc == RC_OK && (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        rc = make_dir(copy, mode, e);
        *slash = '/';
    }
    if (rc == RC_OK)
        rc = make_dir(path, mode, e);
    arena_free(&a);
    return rc;
}

rc_t
fsio_write_all(int fd, const void *p, size_t n, const char *name, struct err *e)
{
    const char *at = p;

    while (n > 0) {
        ssize_t done = write(fd, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fsio_fail("write", name, e);
        at += done;
        n -= (size_t)done;
    }
    return RC_OK;
}

rc_t
fsio_sync_dir(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc_t rc = RC_OK;

    if (fd < 0)
        return fsio_fail("open directory", path, e);
    if (fsync(fd) != 0)
        rc = fsio_fail("fsync directory", path, e);
    (void)close(fd);
    return rc;
}

static rc_t
read_to_end(struct arena *a, int fd, const char *path, size_t max, struct span *out, struct err *e)
{
    struct stat st;
    size_t n = 0, size;
    ssize_t got;
    char *p;

    if (fstat(fd, &st) != 0)
        return fsio_fail("stat", path, e);
    if (!S_ISREG(st.st_mode))
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: not a regular file", path);
    if ((uint64_t)st.st_size > max)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %lld bytes, at most %zu expected", path,
                       (long long)st.st_size, max);
    size = (size_t)st.st_size;
    p = arena_alloc(a, size + 1);
    while (n < size && (got = read(fd, p + n, size - n)) != 0) {
        if (got < 0 && errno != EINTR)
            return fsio_fail("read", path, e);
        n += got > 0 ? (size_t)got : 0;
    }
    p[n] = '\0';
    *out = (struct span){p, n};
    return RC_OK;
}

rc_t
fsio_read_file(struct arena *a, const char *path, size_t max, struct span *out, struct err *e)
{
    /* O_NONBLOCK: a FIFO in the file's place must not hold us before it is refused */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    rc_t rc;

    if (fd < 0)
        return fsio_fail("open", path, e);
    rc = read_to_end(a, fd, path, max, out, e);
    (void)close(fd);
    return rc;
}

/* A name beside path that nobody has; a dead process of our pid may have left one behind. */
static int
open_beside(struct arena *a, const char *path, const char **tmp)
{
    static unsigned counter;
    int fd;

    do {
        *tmp = arena_printf(a, "%s.%ld-%u.tmp", path, (long)getpid(), counter++);
        fd = open(*tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (fd < 0 && errno == EEXIST);
    return fd;
}

/* close() may be the first to tell that a write has failed (NFS, quotas), so it is asked; and the bytes are on the disk before
 * anybody renames the file: else a power cut can leave the name with nothing in it. */
static rc_t
write_durable(int fd, const void *p, size_t n, mode_t mode, const char *name, struct err *e)
{
    rc_t rc = fsio_write_all(fd, p, n, name, e);

    if (rc == RC_OK && fchmod(fd, mode) != 0)
        rc = fsio_fail("chmod", name, e);
    if (rc == RC_OK && fsync(fd) != 0)
        rc = fsio_fail("fsync", name, e);
    if (close(fd) != 0 && rc == RC_OK)
        rc = fsio_fail("close", name, e);
    return rc;
}

static rc_t
sync_parent(struct arena *a, const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return fsio_sync_dir(".", e);
    return fsio_sync_dir(slash == path ? "/" : arena_strn(a, path, (size_t)(slash - path)), e);
}

rc_t
fsio_replace(const char *path, const void *p, size_t n, mode_t mode, struct err *e)
{
    struct arena *a = arena_new("replace");
    const char *tmp = NULL;
    int fd = open_beside(a, path, &tmp);
    rc_t rc;

    if (fd < 0) {
        rc = fsio_fail("create", tmp, e);
        goto out;
    }
    rc = write_durable(fd, p, n, mode, tmp, e);
    if (rc == RC_OK && rename(tmp, path) != 0)
        rc = fsio_fail("rename to this name", path, e);
    if (rc != RC_OK) {
        (void)unlink(tmp);
        goto out;
    }
    /* the name itself is data of the folder, and lasts only once that is synced */
    rc = sync_parent(a, path, e);
out:
    arena_free(&a);
    return rc;
}

rc_t
fsio_free_bytes(const char *path, uint64_t *bytes, struct err *e)
{
    struct statvfs vfs;

    if (statvfs(path, &vfs) != 0)
        return fsio_fail("statvfs", path, e);
    *bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    return RC_OK;
}

/* One for the process: what is set once from the configuration is asked about by whoever writes, however deep. */
static uint64_t keep_free;

void
fsio_keep_free(uint64_t bytes)
{
    keep_free = bytes;
}

rc_t
fsio_room(const char *path, struct err *e)
{
    uint64_t left = 0;
    rc_t rc = keep_free ? fsio_free_bytes(path, &left, e) : RC_OK;

    if (rc != RC_OK || !keep_free || left >= keep_free)
        return rc;
    return err_set(e, RC_RETRY, ERR_NO_SPACE,
                   "%s: %llu MiB free, spool.min-free asks for %llu MiB; nothing more is written",
                   path, (unsigned long long)left >> 20, (unsigned long long)keep_free >> 20);
}
