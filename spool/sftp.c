#include "spool/sftp_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "spool/digest.h"
#include "spool/fsio.h"

#define ENTRIES_MAX 1000000              /* of one directory: a server may send without end */
#define NAMES_MAX   ((size_t)256 << 20)  /* bytes of their names */
#define PUT_AHEAD   ((size_t)256 * 1024) /* read from the blob at a time */

/* --- attributes --------------------------------------------------------------------------- */

struct attributes {
    int64_t flags, size, mtime, type;
};

static bool
take_attributes(struct parcel *p, struct attributes *at)
{
    at->flags = parcel_number(p);
    at->size = parcel_number(p);
    at->mtime = parcel_number(p);
    at->type = parcel_number(p);
    return !p->broken && at->type > 0 && at->type < 128 && strchr("-dlpsbc?", (int)at->type);
}

static void
from_attributes(const struct attributes *at, struct sftp_file *file)
{
    file->size = (uint64_t)at->size;
    file->mtime = (uint64_t)at->mtime;
    file->type = (char)at->type;
    file->regular = file->type == '-';
}

/* The one frame of attributes that comes before the rest of an answer. */
static bool
only_attributes(const struct fetch_frame *frame, struct attributes *at)
{
    struct parcel p = {frame->p, frame->p + frame->n, NULL, false};

    return frame->kind == FETCH_ATTRIBUTES && take_attributes(&p, at) && p.p == p.end;
}

/* --- list and stat ------------------------------------------------------------------------ */

struct list {
    struct arena *a;
    const char *dir;
    struct sftp_file *files;
    uint32_t count;
    size_t bytes; /* of names */
};

/* A name is one step below its directory, or it is not taken. */
static bool
is_name(struct span name)
{
    return name.n > 0 && memchr(name.p, '\0', name.n) == NULL &&
           memchr(name.p, '/', name.n) == NULL && !span_is(name, ".") && !span_is(name, "..");
}

static bool
take_entry(struct list *l, struct parcel *p)
{
    int64_t n = parcel_number(p);
    struct span name = {p->p, (size_t)n};
    struct attributes at;

    if (p->broken || n < 0 || n > FETCH_NAME || n > p->end - p->p)
        return false;
    p->p += n;
    if (!take_attributes(p, &at))
        return false;
    l->bytes += name.n;
    if (!is_name(name) || l->count == ENTRIES_MAX)
        return true;
    l->files = arena_grow(l->a, l->files, sizeof *l->files, l->count);
    l->files[l->count].name = arena_span(l->a, name);
    from_attributes(&at, &l->files[l->count++]);
    return true;
}

static rc_t
take_names(struct sftp *s, struct list *l, const struct fetch_frame *frame, struct err *e)
{
    struct parcel p = {frame->p, frame->p + frame->n, NULL, false};

    while (p.p < p.end)
        if (!take_entry(l, &p))
            return sftp_link_nonsense(s, "a wrong name", e);
    if (l->count < ENTRIES_MAX && l->bytes < NAMES_MAX)
        return RC_OK;
    sftp_link_drop(s);
    return err_set(e, RC_FAIL, ERR_SFTP, "%s: list %s: more than %d entries or %zu bytes of names",
                   s->name, l->dir, ENTRIES_MAX, NAMES_MAX);
}

static rc_t
list_op(struct sftp *s, void *arg, struct err *e)
{
    struct list *l = arg;
    struct fetch_frame frame;
    rc_t rc = sftp_link_ask(s, FETCH_LIST, l->dir, NULL, NULL, e);

    l->files = NULL;
    l->count = 0;
    l->bytes = 0;
    while (rc == RC_OK && (rc = sftp_link_next(s, &frame, e)) == RC_OK) {
        if (frame.kind != FETCH_NAMES)
            return sftp_link_result(s, &frame, l->dir, e);
        rc = take_names(s, l, &frame, e);
    }
    return rc;
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
    enum fetch_kind kind; /* FETCH_STAT, or FETCH_LSTAT for the name itself */
    struct sftp_file *file;
};

static rc_t
stat_op(struct sftp *s, void *arg, struct err *e)
{
    struct stat_arg *t = arg;
    struct attributes at;
    struct fetch_frame frame;
    bool known = false;
    rc_t rc = sftp_link_ask(s, t->kind, t->path, NULL, NULL, e);

    if (rc == RC_OK && (rc = sftp_link_next(s, &frame, e)) == RC_OK &&
        (known = only_attributes(&frame, &at)))
        rc = sftp_link_next(s, &frame, e);
    if (rc != RC_OK || (rc = sftp_link_result(s, &frame, t->path, e)) != RC_OK)
        return rc;
    if (!known)
        return sftp_link_nonsense(s, "no attributes", e);
    t->file->name = t->path;
    from_attributes(&at, t->file);
    return RC_OK;
}

rc_t
sftp_stat(struct sftp *s, const char *path, struct sftp_file *file, struct err *e)
{
    struct stat_arg t = {path, FETCH_STAT, file};

    return sftp_link_run(s, stat_op, &t, e);
}

/* *there says whether anything, even a dangling link, has this name. */
static rc_t
name_taken(struct sftp *s, const char *path, bool *there, struct err *e)
{
    struct sftp_file file;
    struct stat_arg t = {path, FETCH_LSTAT, &file};
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
    struct attributes first;
};

static rc_t
get_changed(struct sftp *s, const struct get *g, struct err *e)
{
    return err_set(e, RC_RETRY, ERR_SFTP, "%s: get %s: the file changed while it was read", s->name,
                   g->path);
}

/* The rest of the file has to come from the same file. */
static rc_t
get_first(struct sftp *s, struct get *g, const struct attributes *at, struct err *e)
{
    if (g->bytes == 0)
        g->first = *at;
    if (at->flags == g->first.flags && at->size == g->first.size && at->mtime == g->first.mtime)
        return RC_OK;
    sftp_link_drop(s);
    return get_changed(s, g, e);
}

static rc_t
get_piece(struct sftp *s, struct get *g, const struct fetch_frame *frame, struct err *e)
{
    rc_t rc = g->out.write(g->out.ctx, frame->p, frame->n, e);

    if (rc != RC_OK) {
        sftp_link_drop(s);
        return rc;
    }
    g->bytes += frame->n;
    if (g->on_bytes != NULL)
        g->on_bytes(g->ctx, frame->n);
    if (!(g->first.flags & FETCH_HAS_SIZE) || g->bytes <= (uint64_t)g->first.size)
        return RC_OK;
    sftp_link_drop(s); /* it may have no end */
    return get_changed(s, g, e);
}

static rc_t
get_op(struct sftp *s, void *arg, struct err *e)
{
    struct get *g = arg;
    struct attributes at;
    struct fetch_frame frame;
    bool opened = false;
    rc_t rc = sftp_link_ask(s, FETCH_GET, g->path, NULL, &g->bytes, e);

    while (rc == RC_OK && (rc = sftp_link_next(s, &frame, e)) == RC_OK) {
        if (!opened && only_attributes(&frame, &at))
            rc = get_first(s, g, &at, e);
        else if (opened && frame.kind == FETCH_DATA && frame.n > 0)
            rc = get_piece(s, g, &frame, e);
        else
            break;
        opened = true;
    }
    if (rc != RC_OK || (rc = sftp_link_result(s, &frame, g->path, e)) != RC_OK)
        return rc;
    if (!opened)
        return sftp_link_nonsense(s, "a file that was not opened", e);
    if (g->first.flags & FETCH_HAS_SIZE && g->bytes != (uint64_t)g->first.size)
        return get_changed(s, g, e);
    return RC_OK;
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
    uint64_t sent, bytes; /* read from the blob; acknowledged by the server */
};

static rc_t
put_taken(struct sftp *s, struct put *p, const struct fetch_frame *frame, struct err *e)
{
    struct parcel in = {frame->p, frame->p + frame->n, NULL, false};
    int64_t n = parcel_number(&in);

    if (in.broken || in.p != in.end || n <= 0 || (uint64_t)n > p->sent - p->bytes)
        return sftp_link_nonsense(s, "bytes that were not sent", e);
    p->bytes += (uint64_t)n;
    if (p->on_bytes != NULL)
        p->on_bytes(p->ctx, (size_t)n);
    return RC_OK;
}

/* Until there is nothing more to hear for now, or (to_end) for ever; a frame that is no TAKEN is the last. */
static rc_t
put_listen(struct sftp *s, struct put *p, bool to_end, struct fetch_frame *last, struct err *e)
{
    rc_t rc = RC_OK;

    while (rc == RC_OK && (to_end || fetch_has_spoken(s->fetch)) &&
           (rc = sftp_link_next(s, last, e)) == RC_OK) {
        if (last->kind != FETCH_TAKEN)
            break;
        rc = put_taken(s, p, last, e);
        last->kind = FETCH_ALIVE;
    }
    return rc;
}

/* A server that refuses is heard before the file has been sent to its end. */
static rc_t
put_bytes(struct sftp *s, struct put *p, struct fetch_frame *last, struct err *e)
{
    rc_t rc = RC_OK;
    ssize_t n = 1;

    if (s->buffer == NULL && (s->buffer = malloc(PUT_AHEAD)) == NULL)
        BUG("out of memory");
    last->kind = FETCH_ALIVE;
    while (rc == RC_OK && last->kind == FETCH_ALIVE && n > 0) {
        n = blob_read(&p->blob, s->buffer, PUT_AHEAD, p->sent);
        if (n < 0) {
            sftp_link_drop(s);
            return blob_failed(p->path, e);
        }
        p->sent += (uint64_t)n;
        if (n == 0 || (rc = sftp_link_say(s, FETCH_DATA, s->buffer, (size_t)n, e)) == RC_OK)
            rc = put_listen(s, p, false, last, e);
    }
    return rc;
}

static rc_t
put_op(struct sftp *s, void *arg, struct err *e)
{
    struct put *p = arg;
    struct sftp_file file;
    struct stat_arg t = {p->path, FETCH_STAT, &file};
    struct fetch_frame last = {FETCH_ALIVE, NULL, 0};
    rc_t rc = sftp_link_ask(s, FETCH_PUT, p->path, NULL, NULL, e);

    p->sent = p->bytes = 0;
    if (rc == RC_OK)
        rc = put_bytes(s, p, &last, e);
    if (rc == RC_OK && last.kind != FETCH_ALIVE &&
        (rc = sftp_link_result(s, &last, p->path, e)) != RC_OK) {
        /* what is left of the connection is only there for what comes next */
        if (!s->gone && !fetch_say(s->fetch, FETCH_DATA, NULL, 0, sftp_link_deadline(s)))
            sftp_link_drop(s);
        return rc;
    }
    if (rc == RC_OK)
        rc = sftp_link_say(s, FETCH_DATA, NULL, 0, e);
    if (rc == RC_OK && (rc = put_listen(s, p, true, &last, e)) == RC_OK)
        rc = sftp_link_result(s, &last, p->path, e);
    if (rc == RC_OK && p->bytes != p->sent)
        return sftp_link_nonsense(s, "an end before all was taken", e);
    if (rc == RC_OK && (rc = stat_op(s, &t, e)) == RC_OK && file.size != p->bytes)
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: put %s: %llu bytes sent, %llu arrived", s->name,
                     p->path, (unsigned long long)p->bytes, (unsigned long long)file.size);
    return rc;
}

rc_t
sftp_put(struct sftp *s, struct blob blob, const char *path, void (*on_bytes)(void *, size_t),
         void *ctx, uint64_t *bytes, struct err *e)
{
    struct put p = {.blob = blob, .path = path, .on_bytes = on_bytes, .ctx = ctx};
    rc_t rc = sftp_link_run(s, put_op, &p, e);

    *bytes = p.bytes;
    return rc;
}

/* --- names -------------------------------------------------------------------------------- */

struct rename_arg {
    const char *from, *to;
};

static rc_t
only_result(struct sftp *s, const char *path, struct err *e)
{
    struct fetch_frame frame;
    rc_t rc = sftp_link_next(s, &frame, e);

    return rc == RC_OK ? sftp_link_result(s, &frame, path, e) : rc;
}

/* Protocol 3 knows no flags and some servers overwrite: look before. On the second try the first
 * may have been done and only its answer lost. */
static rc_t
rename_op(struct sftp *s, void *arg, struct err *e)
{
    struct rename_arg *r = arg;
    bool from_there = true, to_there = false;
    rc_t rc = name_taken(s, r->to, &to_there, e);

    if (rc == RC_OK && s->again)
        rc = name_taken(s, r->from, &from_there, e);
    if (rc != RC_OK || (to_there && !from_there))
        return rc;
    if (to_there)
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: rename %s: %s exists", s->name, r->from, r->to);
    if ((rc = sftp_link_ask(s, FETCH_RENAME, r->from, r->to, NULL, e)) != RC_OK)
        return rc;
    return only_result(s, r->from, e);
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
    rc_t rc = sftp_link_ask(s, FETCH_REMOVE, path, NULL, NULL, &missing);

    if (rc == RC_OK)
        rc = only_result(s, path, &missing);
    if (rc == RC_OK || rc == RC_REJECT)
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

/* What it says of one that is there differs from server to server: look before. */
static rc_t
folder_op(struct sftp *s, void *arg, struct err *e)
{
    const char *path = *(const char **)arg;
    struct sftp_file there = {.type = '?'};
    struct err missing;
    rc_t rc = sftp_stat(s, path, &there, &missing);

    if (rc == RC_OK && there.type != 'd')
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: make folder %s: there is a file of that name",
                       s->name, path);
    if (rc == RC_OK)
        return RC_OK;
    if (rc != RC_REJECT) {
        *e = missing;
        return rc;
    }
    if ((rc = sftp_link_ask(s, FETCH_FOLDER, path, NULL, NULL, e)) != RC_OK)
        return rc;
    return only_result(s, path, e);
}

rc_t
sftp_folder(struct sftp *s, const char *path, struct err *e)
{
    return sftp_link_run(s, folder_op, &path, e);
}

/* --- publish ------------------------------------------------------------------------------ */

static const char *
join(struct arena *a, const char *dir, const char *name)
{
    size_t n = strlen(dir);

    return arena_printf(a, "%s%s%s", dir, n > 0 && dir[n - 1] != '/' ? "/" : "", name);
}

struct names {
    const char *part, *final;
    bool left; /* receives: the first is still there */
};

/* Is it there under its own name, and are these its bytes? */
static rc_t
is_there_whole(struct sftp *s, const struct names *n, const struct sftp_delivery *d, bool *there,
               bool *same, struct err *e)
{
    struct err why = {.rc = RC_OK};
    rc_t rc = sftp_verify(s, n->final, d->bytes, d->sha256, &why);

    *there = rc != RC_REJECT;
    *same = rc == RC_OK;
    if (rc == RC_OK || rc == RC_REJECT || (rc == RC_FAIL && why.code == ERR_VERIFY))
        return RC_OK;
    if (e != NULL)
        *e = why;
    return rc;
}

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
check_arrived(struct sftp *s, struct names *n, const struct sftp_delivery *d, struct err *e)
{
    struct err why = {.rc = RC_OK};
    rc_t rc = sftp_verify(s, n->final, d->bytes, d->sha256, &why), left;

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
upload_and_rename(struct sftp *s, const struct sftp_delivery *d, struct names *n, bool replace,
                  struct err *e)
{
    uint64_t sent = 0;
    rc_t rc;

    if ((rc = sftp_put(s, d->file, n->part, s->on_bytes, s->watcher, &sent, e)) != RC_OK)
        return rc;
    fault_point("sftp-uploaded");
    if ((rc = sftp_verify(s, n->part, d->bytes, d->sha256, e)) != RC_OK)
        return rc;
    if (replace && (rc = sftp_remove(s, n->final, e)) != RC_OK)
        return rc;
    if ((rc = sftp_rename(s, n->part, n->final, e)) != RC_OK)
        return rc;
    fault_point("sftp-renamed");
    return check_arrived(s, n, d, e);
}

rc_t
sftp_publish(struct sftp *s, const struct sftp_delivery *d, struct err *e)
{
    struct arena *a = arena_new("publish");
    const char *final = join(a, d->dir, d->name);
    struct names n = {arena_printf(a, "%s.part", final), final, false};
    bool there = false, same = false;
    rc_t rc = is_there_whole(s, &n, d, &there, &same, e);

    if (rc != RC_OK)
        goto out;
    if (same) { /* a crash may have left this behind: its rename answered late */
        rc = old_name_gone(s, &n, e);
        goto out;
    }
    if (there && !d->replace) {
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s exists with other bytes", s->name, final);
        goto out;
    }
    rc = upload_and_rename(s, d, &n, there, e);
out:
    arena_free(&a);
    return rc;
}
