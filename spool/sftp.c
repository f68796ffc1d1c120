#include "sftp_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "fault.h"
#include "fsio.h"
#include "log.h"

#define READ_SIZE   ((size_t)1024 * 1024)
#define WINDOW      ((size_t)2 * 1024 * 1024) /* kept in flight while uploading */
#define WRITE_SIZE  (2 * WINDOW)
#define ENTRIES_MAX 1000000 /* of one directory: a server may send without end */
#define PUT_MODE    0640

/* --- handles ------------------------------------------------------------------------------ */

static rc_t
open_handle(struct sftp *s, LIBSSH2_SFTP_HANDLE **h, const char *path, unsigned long flags,
            int type, struct err *e)
{
    int n;

    if (*path == '\0')
        path = "."; /* the login directory */
    CALL_PTR(s, n, *h,
             libssh2_sftp_open_ex(s->sftp, path, (unsigned)strlen(path), flags, PUT_MODE, type));
    return n == 0 ? RC_OK : sftp_link_failed(s, n, "open", path, e);
}

/* Frees the handle in every case; what the server says to the close counts only after RC_OK. */
static rc_t
close_handle(struct sftp *s, LIBSSH2_SFTP_HANDLE *h, const char *path, rc_t rc, struct err *e)
{
    rc_t closed;
    int n;

    if (h == NULL)
        return rc;
    if (s->gone) {
        (void)libssh2_sftp_close_handle(h);
        return rc;
    }
    CALL(s, n, libssh2_sftp_close_handle(h));
    if (n == 0)
        return rc;
    closed =
        sftp_link_failed(s, n, "close", path, rc == RC_OK ? e : NULL); /* the first error stays */
    return rc == RC_OK ? closed : rc;
}

static char *
transfer_buffer(struct sftp *s)
{
    if (s->buffer == NULL && (s->buffer = malloc(WRITE_SIZE)) == NULL)
        BUG("out of memory");
    return s->buffer;
}

static char
type_of(unsigned long mode)
{
    return LIBSSH2_SFTP_S_ISREG(mode)    ? '-'
           : LIBSSH2_SFTP_S_ISDIR(mode)  ? 'd'
           : LIBSSH2_SFTP_S_ISLNK(mode)  ? 'l'
           : LIBSSH2_SFTP_S_ISFIFO(mode) ? 'p'
           : LIBSSH2_SFTP_S_ISSOCK(mode) ? 's'
           : LIBSSH2_SFTP_S_ISBLK(mode)  ? 'b'
           : LIBSSH2_SFTP_S_ISCHR(mode)  ? 'c'
                                         : '?';
}

static void
from_attributes(const LIBSSH2_SFTP_ATTRIBUTES *at, struct sftp_file *file)
{
    file->size = at->flags & LIBSSH2_SFTP_ATTR_SIZE ? at->filesize : 0;
    file->mtime = at->flags & LIBSSH2_SFTP_ATTR_ACMODTIME ? at->mtime : 0;
    file->type = '?';
    if (at->flags & LIBSSH2_SFTP_ATTR_PERMISSIONS)
        file->type = type_of(at->permissions);
    file->regular = file->type == '-';
}

/* --- list and stat ------------------------------------------------------------------------ */

struct list {
    struct arena *a;
    const char *dir;
    struct sftp_file *files;
    uint32_t count, size;
};

static void
list_add(struct list *l, const char *name, size_t n, const LIBSSH2_SFTP_ATTRIBUTES *at)
{
    if (l->count == l->size) {
        struct sftp_file *more;

        l->size = l->size ? 2 * l->size : 64;
        more = ARENA_ARRAY(l->a, struct sftp_file, l->size);
        if (l->count > 0)
            memcpy(more, l->files, l->count * sizeof(*more));
        l->files = more;
    }
    l->files[l->count].name = arena_strn(l->a, name, n);
    from_attributes(at, &l->files[l->count++]);
}

/* A name is one step below its directory, or it is not taken. */
static bool
is_name(const char *name, size_t n)
{
    return n > 0 && memchr(name, '\0', n) == NULL && memchr(name, '/', n) == NULL &&
           !(n == 1 && name[0] == '.') && !(n == 2 && memcmp(name, "..", 2) == 0);
}

static rc_t
list_op(struct sftp *s, void *arg, struct err *e)
{
    struct list *l = arg;
    LIBSSH2_SFTP_HANDLE *h = NULL;
    LIBSSH2_SFTP_ATTRIBUTES at;
    char name[SFTP_NAME_SIZE];
    rc_t rc = open_handle(s, &h, l->dir, 0, LIBSSH2_SFTP_OPENDIR, e);
    int n;

    l->count = 0;
    while (rc == RC_OK) {
        CALL(s, n, libssh2_sftp_readdir_ex(h, name, sizeof(name), NULL, 0, &at));
        if (n == 0)
            break;
        if (n < 0)
            rc = sftp_link_failed(s, n, "list", l->dir, e);
        else if (l->count == ENTRIES_MAX)
            rc = err_set(e, RC_FAIL, ERR_SFTP, "%s: list %s: more than %d entries", s->name, l->dir,
                         ENTRIES_MAX);
        else if (is_name(name, (size_t)n))
            list_add(l, name, (size_t)n, &at);
    }
    return close_handle(s, h, l->dir, rc, e);
}

rc_t
sftp_list(struct sftp *s, struct arena *a, const char *dir, struct sftp_file **files,
          uint32_t *count, struct err *e)
{
    struct list l = {.a = a, .dir = dir};
    rc_t rc = sftp_link_run(s, list_op, &l, e);

    *files = l.files;
    *count = rc == RC_OK ? l.count : 0;
    return rc;
}

struct stat_arg {
    const char *path;
    int type; /* LIBSSH2_SFTP_STAT, or LSTAT for the name itself */
    struct sftp_file *file;
};

static rc_t
stat_op(struct sftp *s, void *arg, struct err *e)
{
    struct stat_arg *t = arg;
    LIBSSH2_SFTP_ATTRIBUTES at;
    int n;

    CALL(s, n, libssh2_sftp_stat_ex(s->sftp, t->path, (unsigned)strlen(t->path), t->type, &at));
    if (n != 0)
        return sftp_link_failed(s, n, "stat", t->path, e);
    t->file->name = t->path;
    from_attributes(&at, t->file);
    return RC_OK;
}

rc_t
sftp_stat(struct sftp *s, const char *path, struct sftp_file *file, struct err *e)
{
    struct stat_arg t = {path, LIBSSH2_SFTP_STAT, file};

    return sftp_link_run(s, stat_op, &t, e);
}

/* *there says whether anything, even a dangling link, has this name. */
static rc_t
name_taken(struct sftp *s, const char *path, bool *there, struct err *e)
{
    struct sftp_file file;
    struct stat_arg t = {path, LIBSSH2_SFTP_LSTAT, &file};
    struct err missing;
    rc_t rc = stat_op(s, &t, &missing);

    *there = rc == RC_OK;
    if (rc == RC_REJECT)
        return RC_OK;
    if (rc != RC_OK && e != NULL)
        *e = missing;
    return rc;
}

/* --- download ----------------------------------------------------------------------------- */

struct get {
    const char *path;
    struct sink out;
    void (*on_bytes)(void *, size_t);
    void *ctx;
    uint64_t bytes; /* taken by the sink; a second try goes on from here */
    LIBSSH2_SFTP_ATTRIBUTES first;
};

static rc_t
get_changed(struct sftp *s, const struct get *g, struct err *e)
{
    return err_set(e, RC_RETRY, ERR_SFTP, "%s: get %s: the file changed while it was read", s->name,
                   g->path);
}

/* The rest of the file has to come from the same file. */
static rc_t
get_position(struct sftp *s, struct get *g, LIBSSH2_SFTP_HANDLE *h, struct err *e)
{
    LIBSSH2_SFTP_ATTRIBUTES at;
    int n;

    CALL(s, n, libssh2_sftp_fstat_ex(h, &at, 0));
    if (n != 0)
        return sftp_link_failed(s, n, "stat", g->path, e);
    if (g->bytes == 0)
        g->first = at;
    else if (at.flags != g->first.flags || at.filesize != g->first.filesize ||
             at.mtime != g->first.mtime)
        return get_changed(s, g, e);
    libssh2_sftp_seek64(h, g->bytes);
    return RC_OK;
}

static rc_t
get_op(struct sftp *s, void *arg, struct err *e)
{
    struct get *g = arg;
    char *buffer = transfer_buffer(s);
    LIBSSH2_SFTP_HANDLE *h = NULL;
    rc_t rc = open_handle(s, &h, g->path, LIBSSH2_FXF_READ, LIBSSH2_SFTP_OPENFILE, e);
    ssize_t n = 1;

    if (rc == RC_OK)
        rc = get_position(s, g, h, e);
    sftp_link_transfer(s, true);
    while (rc == RC_OK) {
        CALL(s, n, libssh2_sftp_read(h, buffer, READ_SIZE));
        if (n < 0)
            rc = sftp_link_failed(s, n, "get", g->path, e);
        if (n <= 0)
            break;
        if ((rc = g->out.write(g->out.ctx, buffer, (size_t)n, e)) != RC_OK)
            break;
        g->bytes += (uint64_t)n;
        if (g->on_bytes != NULL)
            g->on_bytes(g->ctx, (size_t)n);
    }
    sftp_link_transfer(s, false);
    if (rc == RC_OK && g->first.flags & LIBSSH2_SFTP_ATTR_SIZE && g->bytes != g->first.filesize)
        rc = get_changed(s, g, e);
    return close_handle(s, h, g->path, rc, e);
}

rc_t
sftp_get(struct sftp *s, const char *path, struct sink out, void (*on_bytes)(void *, size_t),
         void *ctx, uint64_t *bytes, struct err *e)
{
    struct get g = {.path = path, .out = out, .on_bytes = on_bytes, .ctx = ctx};
    rc_t rc = sftp_link_run(s, get_op, &g, e);

    *bytes = g.bytes;
    return rc;
}

static rc_t
digest_write(void *ctx, const void *p, size_t n, struct err *e)
{
    (void)e;
    digest_update(ctx, p, n);
    return RC_OK;
}

rc_t
sftp_verify(struct sftp *s, const char *path, uint64_t bytes, const char *sha256, struct err *e)
{
    struct digest *d = NULL;
    struct sftp_file file;
    char hex[DIGEST_HEX];
    uint64_t got = 0;
    rc_t rc = sftp_stat(s, path, &file, e);

    if (rc != RC_OK)
        return rc;
    if (file.size != bytes)
        return err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s has %llu bytes, expected %llu", s->name,
                       path, (unsigned long long)file.size, (unsigned long long)bytes);
    d = digest_new();
    rc = sftp_get(s, path, (struct sink){digest_write, d}, s->on_bytes, s->watcher, &got, e);
    digest_hex(d, hex);
    if (rc == RC_OK && (got != bytes || strcmp(hex, sha256) != 0))
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s has sha256 %s, expected %s", s->name, path,
                     hex, sha256);
    digest_free(&d);
    return rc;
}

/* --- upload ------------------------------------------------------------------------------- */

struct put {
    struct blob blob;
    const char *path;
    void (*on_bytes)(void *, size_t);
    void *ctx;
    uint64_t bytes; /* acknowledged by the server */
};

/*
 * The sliding window: [beg, end) of the buffer is read but not acknowledged. libssh2 has sent part
 * of it already, so each call must pass all of it, unchanged, from its first byte.
 */
struct window {
    char *buffer;
    size_t beg, end;
    uint64_t at; /* in the file */
    bool eof;
};

static rc_t
window_refill(struct window *w, const struct put *p, struct err *e)
{
    if (w->eof || w->end - w->beg >= WINDOW)
        return RC_OK;
    memmove(w->buffer, w->buffer + w->beg, w->end - w->beg);
    w->end -= w->beg;
    w->beg = 0;
    while (!w->eof && w->end < WRITE_SIZE) {
        ssize_t n = blob_read(&p->blob, w->buffer + w->end, WRITE_SIZE - w->end, w->at);

        if (n < 0)
            return blob_failed(p->path, e);
        w->eof = n == 0;
        w->end += (size_t)n;
        w->at += (uint64_t)n;
    }
    return RC_OK;
}

static rc_t
put_bytes(struct sftp *s, struct put *p, LIBSSH2_SFTP_HANDLE *h, struct err *e)
{
    struct window w = {.buffer = transfer_buffer(s)};
    rc_t rc = RC_OK;
    ssize_t n;

    sftp_link_transfer(s, true);
    while ((rc = window_refill(&w, p, e)) == RC_OK && w.beg < w.end) {
        CALL(s, n, libssh2_sftp_write(h, w.buffer + w.beg, w.end - w.beg));
        if (n < 0) {
            rc = sftp_link_failed(s, n, "put", p->path, e);
            break;
        }
        w.beg += (size_t)n;
        p->bytes += (uint64_t)n;
        if (p->on_bytes != NULL)
            p->on_bytes(p->ctx, (size_t)n);
    }
    sftp_link_transfer(s, false);
    return rc;
}

/* Not every server has the fsync extension; one that has must succeed. */
static rc_t
sync_handle(struct sftp *s, LIBSSH2_SFTP_HANDLE *h, const char *path, struct err *e)
{
    int n;

    CALL(s, n, libssh2_sftp_fsync(h));
    if (n == 0 || (n == LIBSSH2_ERROR_SFTP_PROTOCOL &&
                   libssh2_sftp_last_error(s->sftp) == LIBSSH2_FX_OP_UNSUPPORTED))
        return RC_OK;
    return sftp_link_failed(s, n, "fsync", path, e);
}

static rc_t
put_op(struct sftp *s, void *arg, struct err *e)
{
    struct put *p = arg;
    struct sftp_file file;
    struct stat_arg t = {p->path, LIBSSH2_SFTP_STAT, &file};
    LIBSSH2_SFTP_HANDLE *h = NULL;
    rc_t rc = open_handle(s, &h, p->path, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC,
                          LIBSSH2_SFTP_OPENFILE, e);

    p->bytes = 0;
    if (rc == RC_OK)
        rc = put_bytes(s, p, h, e);
    if (rc == RC_OK)
        rc = sync_handle(s, h, p->path, e);
    rc = close_handle(s, h, p->path, rc, e);
    if (rc == RC_OK && (rc = stat_op(s, &t, e)) == RC_OK && file.size != p->bytes)
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: put %s: %llu bytes sent, %llu arrived", s->name,
                     p->path, (unsigned long long)p->bytes, (unsigned long long)file.size);
    return rc;
}

rc_t
sftp_put(struct sftp *s, struct blob blob, const char *path, void (*on_bytes)(void *, size_t),
         void *ctx, uint64_t *bytes, struct err *e)
{
    struct put p = {blob, path, on_bytes, ctx, 0};
    rc_t rc = sftp_link_run(s, put_op, &p, e);

    *bytes = p.bytes;
    return rc;
}

/* --- names -------------------------------------------------------------------------------- */

struct rename_arg {
    const char *from, *to;
};

/* Protocol 3 knows no flags and some servers overwrite: look before. On the second try the first
 * may have been done and only its answer lost. */
static rc_t
rename_op(struct sftp *s, void *arg, struct err *e)
{
    struct rename_arg *r = arg;
    bool from_there = true, to_there = false;
    rc_t rc = name_taken(s, r->to, &to_there, e);
    int n;

    if (rc == RC_OK && s->again)
        rc = name_taken(s, r->from, &from_there, e);
    if (rc != RC_OK || (to_there && !from_there))
        return rc;
    if (to_there)
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: rename %s: %s exists", s->name, r->from, r->to);
    CALL(s, n,
         libssh2_sftp_rename_ex(s->sftp, r->from, (unsigned)strlen(r->from), r->to,
                                (unsigned)strlen(r->to), 0));
    return n == 0 ? RC_OK : sftp_link_failed(s, n, "rename", r->from, e);
}

rc_t
sftp_rename(struct sftp *s, const char *from, const char *to, struct err *e)
{
    struct rename_arg r = {from, to};

    return sftp_link_run(s, rename_op, &r, e);
}

static rc_t
remove_op(struct sftp *s, void *arg, struct err *e)
{
    const char *path = *(const char **)arg;
    struct err missing;
    rc_t rc;
    int n;

    CALL(s, n, libssh2_sftp_unlink_ex(s->sftp, path, (unsigned)strlen(path)));
    if (n == 0)
        return RC_OK;
    rc = sftp_link_failed(s, n, "remove", path, &missing);
    if (rc == RC_REJECT)
        return RC_OK;
    if (e != NULL)
        *e = missing;
    return rc;
}

rc_t
sftp_remove(struct sftp *s, const char *path, struct err *e)
{
    return sftp_link_run(s, remove_op, &path, e);
}

/* --- publish ------------------------------------------------------------------------------ */

static const char *
join(struct arena *a, const char *dir, const char *name)
{
    size_t n = strlen(dir);

    return arena_printf(a, "%s%s%s", dir, n > 0 && dir[n - 1] != '/' ? "/" : "", name);
}

/* Is path there, and are these its bytes? */
static rc_t
look(struct sftp *s, const char *path, uint64_t bytes, const char *sha256, bool *there, bool *same,
     struct err *e)
{
    struct err why = {.rc = RC_OK};
    rc_t rc = sftp_verify(s, path, bytes, sha256, &why);

    *there = rc != RC_REJECT;
    *same = rc == RC_OK;
    if (rc == RC_OK || rc == RC_REJECT || (rc == RC_FAIL && why.code == ERR_VERIFY))
        return RC_OK;
    if (e != NULL)
        *e = why;
    return rc;
}

struct names {
    const char *part, *final;
    bool left; /* receives: the first is still there */
};

static rc_t
left_op(struct sftp *s, void *arg, struct err *e)
{
    struct names *n = arg;

    return name_taken(s, n->part, &n->left, e);
}

/* A server may say yes to a rename and do nothing, or copy: then the old name is still there. */
static rc_t
old_name_gone(struct sftp *s, struct names *n, struct err *e)
{
    rc_t rc;

    if ((rc = sftp_link_run(s, left_op, n, e)) != RC_OK || !n->left)
        return rc;
    if ((rc = sftp_remove(s, n->part, e)) != RC_OK ||
        (rc = sftp_link_run(s, left_op, n, e)) != RC_OK || !n->left)
        return rc;
    return err_set(e, RC_FAIL, ERR_VERIFY,
                   "%s: %s is still there, although its removal was acknowledged", s->name,
                   n->part);
}

/*
 * Delivered is what was read back under its own name, with the other one gone. The other side may take
 * the file as soon as it has its name: both gone is then no fault, since it was read back before.
 */
static rc_t
check_arrived(struct sftp *s, struct names *n, uint64_t bytes, const char *sha256, struct err *e)
{
    struct err why = {.rc = RC_OK};
    rc_t rc = sftp_verify(s, n->final, bytes, sha256, &why), left;

    if (rc == RC_OK)
        return old_name_gone(s, n, e);
    if (rc == RC_REJECT && (left = sftp_link_run(s, left_op, n, &why)) != RC_OK)
        rc = left;
    else if (rc == RC_REJECT && n->left)
        rc = err_set(&why, RC_FAIL, ERR_VERIFY,
                     "%s: %s is not there and %s still is, although the rename was acknowledged",
                     s->name, n->final, n->part);
    else if (rc == RC_REJECT)
        rc = RC_OK;
    if (rc == RC_OK)
        log_warn("%s: gone as soon as it had its name; taken, as it seems", n->final);
    else if (e != NULL)
        *e = why;
    return rc;
}

void
sftp_watch(struct sftp *s, void (*on_bytes)(void *, size_t), void *ctx)
{
    s->on_bytes = on_bytes;
    s->watcher = ctx;
}

/* Read back before the rename: nobody ever sees wrong bytes under the final name. */
static rc_t
upload_and_rename(struct sftp *s, struct blob blob, struct names *n, bool replace, uint64_t bytes,
                  const char *sha256, struct err *e)
{
    uint64_t sent = 0;
    rc_t rc;

    if ((rc = sftp_put(s, blob, n->part, s->on_bytes, s->watcher, &sent, e)) != RC_OK)
        return rc;
    fault_point("sftp-uploaded");
    if ((rc = sftp_verify(s, n->part, bytes, sha256, e)) != RC_OK)
        return rc;
    if (replace && (rc = sftp_remove(s, n->final, e)) != RC_OK)
        return rc;
    if ((rc = sftp_rename(s, n->part, n->final, e)) != RC_OK)
        return rc;
    fault_point("sftp-renamed");
    return check_arrived(s, n, bytes, sha256, e);
}

rc_t
sftp_publish(struct sftp *s, struct blob blob, const char *dir, const char *name, uint64_t bytes,
             const char *sha256, bool replace, struct err *e)
{
    struct arena *a = arena_new("publish");
    const char *final = join(a, dir, name);
    struct names n = {arena_printf(a, "%s.part", final), final, false};
    bool there = false, same = false;
    rc_t rc = look(s, final, bytes, sha256, &there, &same, e);

    if (rc != RC_OK)
        goto out;
    if (same) { /* a crash may have left this behind: its rename answered late */
        rc = old_name_gone(s, &n, e);
        goto out;
    }
    if (there && !replace) {
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s exists with other bytes", s->name, final);
        goto out;
    }
    rc = upload_and_rename(s, blob, &n, there, bytes, sha256, e);
out:
    arena_free(&a);
    return rc;
}
