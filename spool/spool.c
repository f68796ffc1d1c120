#include "spool/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/process.h"
#include "spool/digest.h"
#include "spool/fsio.h"

#define BUFFER      ((size_t)256 * 1024)
#define ASK_EVERY   (16u << 20)
#define ELSEWHERE_S 86400 /* nobody writes one file for so long without a byte */
#define DIR_MODE    0700  /* uploads hold personal data: nobody else's business */

struct spool {
    struct arena *a;
    const char *root, *tmp;
    struct process writer; /* who we are: another after a fork */
};

struct spool_file {
    struct arena *a;
    struct spool *sp;
    struct digest *digest;
    const char *path;
    struct blob blob;
    char *buffer;
    size_t used;
    uint64_t put,
        asked; /* bytes on their way to disk; as far as there was room when it was asked */
    uint64_t bytes;
};

static bool
is_id(const char *id)
{
    return strlen(id) == DIGEST_HEX - 1 && strspn(id, "0123456789abcdef") == DIGEST_HEX - 1;
}

rc_t
spool_create(const char *root, struct err *e)
{
    struct arena *a = arena_new("spool");
    rc_t rc = fsio_mkdirs(arena_printf(a, "%s/tmp", root), DIR_MODE, e);

    if (rc == RC_OK)
        rc = fsio_sync_dir(root, e);
    arena_free(&a);
    return rc;
}

static rc_t
check_dir(const char *path, struct err *e)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return err_set(e, RC_FATAL, ERR_SYSTEM, "%s: %s; landport init makes the spool", path,
                       strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(e, RC_FATAL, ERR_SYSTEM, "%s: not a directory", path);
    if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(e, RC_FATAL, ERR_SYSTEM,
                       "%s: owned by uid %lu with mode %04o, expected uid %lu and no other writer",
                       path, (unsigned long)st.st_uid, (unsigned)(st.st_mode & 07777),
                       (unsigned long)geteuid());
    return RC_OK;
}

rc_t
spool_open(struct spool **sp, const char *root, struct err *e)
{
    struct arena *a = arena_new("spool");
    struct spool *new = ARENA_NEW(a, struct spool);
    rc_t rc;

    *new =
        (struct spool){.a = a, .root = arena_str(a, root), .tmp = arena_printf(a, "%s/tmp", root)};
    if ((rc = check_dir(new->root, e)) == RC_OK && (rc = check_dir(new->tmp, e)) == RC_OK) {
        *sp = new;
        return RC_OK;
    }
    arena_free(&a);
    return rc;
}

void
spool_close(struct spool **sp)
{
    if (*sp == NULL)
        return;
    struct arena *a = (*sp)->a; /* holds the struct itself */

    arena_free(&a);
    *sp = NULL;
}

const char *
spool_tmp(const struct spool *sp)
{
    return sp->tmp;
}

/* What nobody else writes, and of which everybody can tell whether its writer lives. */
static const char *
own_name(struct spool *sp, struct arena *a, const char *first)
{
    char word[PROCESS_WORD];

    if (sp->writer.pid != getpid())
        process_self(&sp->writer);
    process_word(&sp->writer, word);
    return arena_printf(a, "%s/%s.%s", sp->tmp, first, word);
}

rc_t
spool_begin(struct spool *sp, struct spool_file **f, struct err *e)
{
    static unsigned counter;
    struct arena *a = arena_new("spool file");
    struct spool_file *new = ARENA_NEW(a, struct spool_file);
    int fd;
    rc_t rc = RC_OK;

    new->a = a;
    new->sp = sp;
    do { /* where nothing is known of processes, a dead one of our pid may have left a file behind */
        new->path = own_name(sp, a, arena_printf(a, "%u", counter++));
        fd = open(new->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0) {
        rc = fsio_fail("create", new->path, e);
        arena_free(&a);
        return rc;
    }
    new->buffer = arena_alloc(a, BUFFER);
    new->digest = digest_new();
    *f = new;
    if ((rc = blob_create(&new->blob, fd, e)) == RC_OK)
        return rc;
    err_prefix(e, "%s", new->path);
    spool_abort(f);
    return rc;
}

static rc_t
put_out(struct spool_file *f, const char *p, size_t n, struct err *e)
{
    rc_t rc;

    if (f->put >= f->asked) {
        f->asked = f->put + ASK_EVERY;
        if ((rc = fsio_room(f->sp->tmp, e)) != RC_OK)
            return rc;
    }
    f->put += n;
    digest_update(f->digest, p, n);
    rc = blob_write(&f->blob, p, n, e);
    return rc == RC_OK ? rc : err_prefix(e, "%s", f->path);
}

static rc_t
flush(struct spool_file *f, struct err *e)
{
    size_t n = f->used;

    f->used = 0;
    return n > 0 ? put_out(f, f->buffer, n, e) : RC_OK;
}

rc_t
spool_write(struct spool_file *f, const void *p, size_t n, struct err *e)
{
    rc_t rc;

    f->bytes += n;
    if (f->used + n > BUFFER && (rc = flush(f, e)) != RC_OK)
        return rc;
    if (n >= BUFFER)
        return put_out(f, p, n, e);
    if (n > 0)
        memcpy(f->buffer + f->used, p, n);
    f->used += n;
    return RC_OK;
}

static rc_t
sink_write(void *ctx, const void *buf, size_t n, struct err *e)
{
    return spool_write(ctx, buf, n, e);
}

struct sink
spool_sink(struct spool_file *f)
{
    return (struct sink){sink_write, f};
}

uint64_t
spool_bytes(const struct spool_file *f)
{
    return f->bytes;
}

/* Sealed under the name it will have; data before that name: one seen after a crash is then always a
 * whole file. */
static rc_t
make_durable(struct spool_file *f, const char *id, struct err *e)
{
    int fd = f->blob.fd;
    rc_t rc = blob_end(&f->blob, id, e);

    if (rc != RC_OK)
        err_prefix(e, "%s", f->path);
    else if (fsync(fd) != 0)
        rc = fsio_fail("fsync", f->path, e);
    f->blob.fd = -1;
    if (close(fd) != 0 && rc == RC_OK)
        rc = fsio_fail("close", f->path, e);
    return rc;
}

/*
 * The same bytes may be there already, under a database row that points to them: the rename puts
 * equal bytes over them, and after a failed sync of the directory the name stays.
 */
static rc_t
give_name(struct spool_file *f, const char *id, struct err *e)
{
    const char *dir = arena_printf(f->a, "%s/%.2s", f->sp->root, id);
    const char *path = spool_path(f->sp, f->a, id);
    rc_t rc;

    if ((rc = fsio_mkdirs(dir, DIR_MODE, e)) != RC_OK)
        return rc;
    fault_point("spool-synced");
    if (rename(f->path, path) != 0)
        return fsio_fail("rename to this name", path, e);
    fault_point("spool-renamed");
    if ((rc = fsio_sync_dir(dir, e)) != RC_OK)
        return rc;
    /* always: another process may have made dir and not yet synced it */
    return fsio_sync_dir(f->sp->root, e);
}

/* want NULL: whatever hash it has. */
static rc_t
commit(struct spool_file *f, const char *want, char hex[DIGEST_HEX], struct err *e)
{
    rc_t rc = flush(f, e);

    if (rc != RC_OK)
        return rc;
    digest_hex(f->digest, hex);
    if (want && strcmp(hex, want) != 0)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "bytes of sha256 %s, not %s", hex, want);
    rc = make_durable(f, hex, e);
    return rc == RC_OK ? give_name(f, hex, e) : rc;
}

rc_t
spool_commit(struct spool_file **f, struct arena *a, const char **id, struct err *e)
{
    char hex[DIGEST_HEX];
    rc_t rc = commit(*f, NULL, hex, e);

    if (rc == RC_OK)
        *id = arena_str(a, hex);
    spool_abort(f);
    return rc;
}

rc_t
spool_end(struct spool_file **f, rc_t rc, struct arena *a, struct spool_kept *kept, struct err *e)
{
    if (rc == RC_OK) {
        kept->bytes = spool_bytes(*f);
        rc = spool_commit(f, a, &kept->id, e);
    }
    spool_abort(f);
    return rc;
}

rc_t
spool_commit_as(struct spool_file **f, const char *id, struct err *e)
{
    char hex[DIGEST_HEX];
    rc_t rc = commit(*f, id, hex, e);

    spool_abort(f);
    return rc;
}

void
spool_abort(struct spool_file **fp)
{
    struct spool_file *f = *fp;
    struct arena *a;

    if (f == NULL)
        return;
    blob_close(&f->blob);
    (void)unlink(f->path); /* after a commit the name is gone already */
    digest_free(&f->digest);
    a = f->a;
    arena_free(&a);
    *fp = NULL;
}

const char *
spool_path(struct spool *sp, struct arena *a, const char *id)
{
    if (!is_id(id))
        BUG("spool id \"%.80s\" is not a sha256 in hex", id);
    return arena_printf(a, "%s/%.2s/%s", sp->root, id, id);
}

rc_t
spool_read(struct spool *sp, const char *id, struct blob *b, uint64_t *bytes, struct err *e)
{
    struct arena *a = arena_new("spool read");
    const char *path = spool_path(sp, a, id);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    rc_t rc = RC_OK;

    *b = blob_plain(fd);
    if (fd < 0 && errno == ENOENT)
        rc = err_set(e, RC_FAIL, ERR_NOT_FOUND, "%s: not in the spool", path);
    else if (fd < 0)
        rc = fsio_fail("open", path, e);
    else if (fstat(fd, &st) != 0)
        rc = fsio_fail("stat", path, e);
    else if (!S_ISREG(st.st_mode))
        rc = err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "%s: not a regular file", path);
    else if ((rc = blob_open(b, fd, id, bytes, e)) != RC_OK)
        rc = err_prefix(e, "%s", path);
    if (rc != RC_OK)
        blob_close(b);
    arena_free(&a);
    return rc;
}

rc_t
spool_check(struct spool *sp, const char *id, struct err *e)
{
    struct arena *a = arena_new("spool check");
    struct digest *d = digest_new();
    char *buffer = arena_alloc(a, BUFFER), hex[DIGEST_HEX];
    struct blob b;
    uint64_t bytes, at = 0;
    ssize_t n = 0;
    rc_t rc = spool_read(sp, id, &b, &bytes, e);

    if (rc != RC_OK)
        goto out;
    for (; (n = blob_read(&b, buffer, BUFFER, at)) > 0; at += (uint64_t)n)
        digest_update(d, buffer, (size_t)n);
    if (n < 0)
        rc = blob_failed(spool_path(sp, a, id), e);
    digest_hex(d, hex);
    if (rc == RC_OK && strcmp(hex, id) != 0)
        rc = err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "%s: holds other bytes", spool_path(sp, a, id));
    blob_close(&b);
out:
    digest_free(&d);
    arena_free(&a);
    return rc;
}

rc_t
spool_remove(struct spool *sp, const char *id, struct err *e)
{
    struct arena *a = arena_new("spool remove");
    const char *path = spool_path(sp, a, id);
    rc_t rc = RC_OK;

    if (unlink(path) != 0 && errno != ENOENT)
        rc = fsio_fail("remove", path, e);
    arena_free(&a);
    return rc;
}

static bool
written_before(int dir, const char *name, time_t before)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           st.st_mtime < before;
}

/* The files of one folder, which is named by the first two letters of theirs. */
static rc_t
each_in(const char *path, const char *letters, time_t before,
        rc_t (*on_file)(void *ctx, const char *id, struct err *e), void *ctx, struct err *e)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    rc_t rc = RC_OK;

    if (dir == NULL)
        return errno == ENOENT ? RC_OK : fsio_fail("open directory", path, e);
    for (errno = 0; rc == RC_OK && (entry = readdir(dir)) != NULL; errno = 0)
        if (is_id(entry->d_name) && strncmp(entry->d_name, letters, 2) == 0 &&
            written_before(dirfd(dir), entry->d_name, before))
            rc = on_file(ctx, entry->d_name, e);
    if (rc == RC_OK && errno != 0)
        rc = fsio_fail("read directory", path, e);
    (void)closedir(dir);
    return rc;
}

rc_t
spool_each_before(struct spool *sp, time_t before,
                  rc_t (*on_file)(void *ctx, const char *id, struct err *e), void *ctx,
                  struct err *e)
{
    struct arena *a = arena_new("spool each");
    rc_t rc = RC_OK;

    for (unsigned i = 0; rc == RC_OK && i < 256; i++) {
        char letters[3];

        snprintf(letters, sizeof letters, "%02x", i);
        rc = each_in(arena_printf(a, "%s/%s", sp->root, letters), letters, before, on_file, ctx, e);
        arena_reset(a);
    }
    arena_free(&a);
    return rc;
}

/* The name goes back to bytes that somebody committed while we were about to remove older ones. */
static rc_t
give_back(struct spool *sp, const char *aside, const char *path, struct arena *a, const char *id,
          struct err *e)
{
    if (rename(aside, path) != 0)
        return fsio_fail("rename back", path, e);
    return fsio_sync_dir(arena_printf(a, "%s/%.2s", sp->root, id), e);
}

/*
 * Somebody may commit the same bytes at this moment and trust that they stay. So the file is first
 * moved aside, where nobody else takes it for anything, and then looked at: what is new gets its
 * name back, what is committed after the move is not touched.
 */
rc_t
spool_remove_before(struct spool *sp, const char *id, time_t before, bool *removed, struct err *e)
{
    struct arena *a = arena_new("spool remove");
    const char *path = spool_path(sp, a, id);
    const char *aside = own_name(sp, a, "aside");
    rc_t rc = RC_OK;

    if (removed)
        *removed = false;
    if (!written_before(AT_FDCWD, path, before))
        goto out;
    if (rename(path, aside) != 0) {
        if (errno != ENOENT)
            rc = fsio_fail("move aside", path, e);
        goto out;
    }
    if (!written_before(AT_FDCWD, aside, before))
        rc = give_back(sp, aside, path, a, id, e);
    else if (unlink(aside) != 0 && errno != ENOENT)
        rc = fsio_fail("remove", aside, e);
    else if (removed)
        *removed = true;
out:
    arena_free(&a);
    return rc;
}

/* "<n>.<process>" of one that is gone; of one that cannot be looked at, what it has left alone for long. */
static bool
is_stale(int dir, const char *name)
{
    const char *word = strchr(name, '.');
    struct process writer;

    if (!word || !process_of_word(&writer, word + 1))
        return false;
    switch (process_state(&writer)) {
    case PROCESS_GONE:
        return true;
    case PROCESS_ELSEWHERE:
        return written_before(dir, name, time(NULL) - ELSEWHERE_S);
    default:
        return false;
    }
}

rc_t
spool_clean(struct spool *sp, uint64_t *removed, struct err *e)
{
    DIR *dir = opendir(sp->tmp);
    struct dirent *entry;
    rc_t rc = RC_OK;

    *removed = 0;
    if (dir == NULL)
        return fsio_fail("open directory", sp->tmp, e);
    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
        if (!is_stale(dirfd(dir), entry->d_name))
            continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            (*removed)++;
        else if (errno != ENOENT && rc == RC_OK)
            rc = fsio_fail("remove stale file below", sp->tmp, e);
    }
    if (errno != 0 && rc == RC_OK)
        rc = fsio_fail("read directory", sp->tmp, e);
    (void)closedir(dir);
    return rc;
}
