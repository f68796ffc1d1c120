#define _GNU_SOURCE /* memfd_create */
#include "load/reader.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/apart.h"
#include "base/confine.h"
#include "base/log.h"
#include "base/parcel.h"
#include "load/feeds.h"
#include "load/read_rows.h"
#include "spool/digest.h"
#include "spool/fsio.h"

#define SOCKET_FD     APART_FD
#define SETTINGS_FD   (APART_FD + 1)
#define CHILDREN_MOST 64
#define TEXT_MAX      (64u << 20) /* a task; codes of an agent may be many */

/* What comes with a request; in its first byte a bit for each that does. */
enum { FD_CONTROL, FD_OUT, FD_TASK, FD_FILE, FD_SPILL, FD_LINES = FD_SPILL + ROWS_SPILLS, FDS };

/* ---- texts in memory that is handed over ---- */

static rc_t
memory_file(const struct buf *b, int *fd, struct err *e)
{
    *fd = memfd_create("landport", MFD_CLOEXEC);
    if (*fd < 0)
        return err_set(e, RC_RETRY, ERR_SYSTEM, "memfd: %s", strerror(errno));
    return fsio_write_all(*fd, b->p, b->n, "memory", e);
}

static bool
open_parcel(struct parcel *p, struct arena *a, int fd)
{
    struct stat st;
    char *text;

    if (fstat(fd, &st) != 0 || st.st_size < 0 || st.st_size > TEXT_MAX)
        return false;
    text = arena_alloc(a, (size_t)st.st_size + 1);
    *p = (struct parcel){.p = text, .end = text + st.st_size, .a = a};
    return pread(fd, text, (size_t)st.st_size, 0) == st.st_size;
}

/* ---- settings: which formats, and which columns the database has for them ---- */

static void
put_table(struct buf *b, const struct rows_table *t)
{
    parcel_put_text(b, t->name);
    parcel_put_number(b, t->name ? t->count : 0);
    for (uint32_t i = 0; t->name && i < t->count; i++)
        parcel_put_text(b, t->columns[i].name);
}

static void
put_settings(struct buf *b, const struct feeds *f)
{
    parcel_put_text(b, f->reader->share);
    parcel_put_text(b, f->reader->site);
    parcel_put_text(b, f->reader->folder);
    parcel_put_number(b, f->count);
    for (uint32_t i = 0; i < f->count; i++) {
        parcel_put_text(b, f->plans[i]->file);
        put_table(b, &f->shapes[i].tables[ROWS_THINGS]);
        put_table(b, &f->shapes[i].tables[ROWS_LINES]);
    }
    parcel_put_number(b, f->mapping_count);
    for (uint32_t i = 0; i < f->mapping_count; i++)
        parcel_put_text(b, f->mappings[i]->name);
}

/* Those of the folders, then what somebody named by its path. */
static bool
take_mappings(struct feeds *f, struct arena *a, struct parcel *p)
{
    int64_t count = parcel_number(p);

    if (count < (int64_t)f->mapping_count)
        return false;
    for (int64_t i = 0; i < count && !p->broken; i++) {
        const char *name = parcel_text(p);

        if (!name || (i < (int64_t)f->mapping_count && strcmp(name, f->mappings[i]->name) != 0))
            return false;
        if (i >= (int64_t)f->mapping_count)
            feeds_add_mapping(f, a, name, name);
    }
    return true;
}

static bool
take_table(struct parcel *p, struct rows_shape *s, int which)
{
    const char *name = parcel_text(p);
    int64_t count = parcel_number(p);

    if (!name)
        return count == 0;
    rows_table_begin(s, p->a, which, name, (uint32_t)count);
    while (count-- > 0 && !p->broken) {
        const char *column = parcel_text(p);

        if (!column || !rows_table_add(s, which, column))
            return false;
    }
    return true;
}

/* The same files in the same order as whoever asks has them. */
static bool
take_settings(struct feeds *f, struct arena *a, struct parcel *p)
{
    struct conf *conf = conf_none(a);
    struct hub hub = {.arena = a, .conf = conf};
    const char *folder;
    struct err e;

    conf->share = parcel_text(p);
    conf->site = parcel_text(p);
    folder = parcel_text(p);
    if (p->broken || feeds_load(f, &hub, a, folder, &e) != RC_OK ||
        parcel_number(p) != (int64_t)f->count)
        return false;
    for (uint32_t i = 0; i < f->count; i++) {
        const char *file = parcel_text(p);

        if (!file || strcmp(file, f->plans[i]->file) != 0 ||
            !take_table(p, &f->shapes[i], ROWS_THINGS) || !take_table(p, &f->shapes[i], ROWS_LINES))
            return false;
    }
    return take_mappings(f, a, p) && !p->broken;
}

/* ---- a task ---- */

static void
put_partner(struct buf *b, const struct conf_partner *partner)
{
    int64_t count = 0;

    parcel_put_number(b, partner != NULL);
    for (const struct conf_pattern *p = partner ? partner->patterns : NULL; p && p->feed; p++)
        count++;
    parcel_put_number(b, count);
    for (int64_t i = 0; i < count; i++) {
        parcel_put_text(b, partner->patterns[i].feed);
        parcel_put_text(b, partner->patterns[i].glob);
    }
}

static const struct conf_partner *
take_partner(struct parcel *p)
{
    struct conf_partner *partner = ARENA_NEW(p->a, struct conf_partner);
    bool any = parcel_number(p) != 0;
    int64_t count = parcel_number(p);

    if (p->broken || count < 0 || count > p->end - p->p)
        return NULL;
    partner->patterns = ARENA_ARRAY(p->a, struct conf_pattern, (size_t)count + 1);
    for (int64_t i = 0; i < count; i++) {
        partner->patterns[i].feed = parcel_text(p);
        partner->patterns[i].glob = parcel_text(p);
    }
    return any ? partner : NULL;
}

static void
put_aliases(struct buf *b, struct header_aliases aliases)
{
    parcel_put_number(b, (int64_t)aliases.count);
    for (size_t i = 0; i < aliases.count; i++) {
        parcel_put_text(b, aliases.all[i].from);
        parcel_put_text(b, aliases.all[i].to);
    }
}

static struct header_aliases
take_aliases(struct parcel *p)
{
    int64_t count = parcel_number(p);
    struct header_alias *all;

    if (p->broken || count < 0 || count > p->end - p->p)
        return (struct header_aliases){NULL, 0};
    all = ARENA_ARRAY(p->a, struct header_alias, (size_t)count + 1);
    for (int64_t i = 0; i < count; i++) {
        all[i].from = parcel_text(p);
        all[i].to = parcel_text(p);
    }
    return (struct header_aliases){all, (size_t)count};
}

static rc_t
put_blob(struct buf *b, const struct blob *blob, struct err *e)
{
    struct blob_pass pass = {.sealed = false};
    rc_t rc = blob->fd >= 0 ? blob_give(blob, &pass, e) : RC_OK;

    parcel_put(b, &pass, sizeof pass);
    return rc;
}

static struct blob
take_blob(struct parcel *p, int fd)
{
    struct blob_pass pass;

    parcel_take(p, &pass, sizeof pass);
    return fd >= 0 && !p->broken ? blob_take(fd, &pass) : BLOB_NONE;
}

static rc_t
put_task(struct buf *b, const struct rows_task *t, struct err *e)
{
    const struct blob none = BLOB_NONE;
    rc_t rc;

    for (uint32_t i = 0; i < t->feeds->count; i++) {
        parcel_put(b, t->feeds->plans[i]->day, sizeof t->feeds->plans[i]->day);
        parcel_put_number(b, t->feeds->plans[i]->utf16);
    }
    parcel_put_text(b, t->upload);
    parcel_put_number(b, t->item);
    put_partner(b, t->partner);
    parcel_put_number(b, t->plan);
    parcel_put_number(b, t->charset);
    put_aliases(b, t->aliases);
    parcel_put_list(b, t->mappings);
    parcel_put_list(b, t->codes);
    parcel_put_list(b, t->roles);
    parcel_put_number(b, (int64_t)t->row_limit);
    parcel_put_number(b, (int64_t)t->faults);
    parcel_put_number(b, t->said != NULL);
    if (t->said)
        parcel_put(b, t->said, sizeof *t->said);
    parcel_put_number(b, t->totals_required);
    parcel_put_text(b, t->overrides);
    parcel_put_number(b, t->batch_id);
    parcel_put_number(b, (int64_t)t->line_count);
    rc = put_blob(b, &t->file, e);
    return rc == RC_OK ? put_blob(b, t->line_count ? &t->lines : &none, e) : rc;
}

static bool
take_task(struct rows_task *t, struct feeds *f, struct parcel *p, const int fds[FDS])
{
    struct totals *said = ARENA_NEW(p->a, struct totals);

    *t = (struct rows_task){.feeds = f};
    for (uint32_t i = 0; i < f->count; i++) {
        parcel_take(p, f->plans[i]->day, sizeof f->plans[i]->day);
        f->plans[i]->utf16 = parcel_number(p) != 0;
    }
    t->upload = parcel_text(p);
    t->item = (int)parcel_number(p);
    t->partner = take_partner(p);
    t->plan = (int)parcel_number(p);
    t->charset = (enum charset)parcel_number(p);
    t->aliases = take_aliases(p);
    t->mappings = parcel_list(p);
    t->codes = parcel_list(p);
    t->roles = parcel_list(p);
    t->row_limit = (uint64_t)parcel_number(p);
    t->faults = (uint64_t)parcel_number(p);
    if (parcel_number(p)) {
        parcel_take(p, said, sizeof *said);
        t->said = said;
    }
    t->totals_required = parcel_number(p) != 0;
    t->overrides = parcel_text(p);
    t->batch_id = parcel_number(p);
    t->line_count = (uint64_t)parcel_number(p);
    t->file = take_blob(p, fds[FD_FILE]);
    t->lines = take_blob(p, fds[FD_LINES]);
    for (int i = 0; i < ROWS_SPILLS; i++)
        t->spills[i] = blob_nameless(fds[FD_SPILL + i]);
    return !p->broken && p->p == p->end && t->upload;
}

/* ---- the asking side ---- */

static int
one_fd(const void *cell)
{
    int fd;

    memcpy(&fd, cell, sizeof fd);
    return fd;
}

static rc_t
send_request(int to, const int fds[FDS], struct err *e)
{
    union {
        struct cmsghdr header; /* for its alignment */
        char bytes[CMSG_SPACE(FDS * sizeof(int))];
    } control = {.bytes = {0}};
    unsigned char mask = 0;
    struct iovec iov = {&mask, 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes};
    struct cmsghdr *c = &control.header;
    ssize_t n;
    int count = 0;

    for (int i = 0; i < FDS; i++)
        if (fds[i] >= 0) {
            mask = (unsigned char)(mask | 1u << i);
            memcpy(CMSG_DATA(c) + (size_t)count++ * sizeof(int), &fds[i], sizeof(int));
        }
    m.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    do
        n = sendmsg(to, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == 1 ? RC_OK
                  : err_set(e, RC_RETRY, ERR_CHILD, "the reader is gone: %s", strerror(errno));
}

rc_t
reader_start(const struct feeds *f, struct err *e)
{
    struct buf b = {0};
    int ends[2], settings = -1;
    rc_t rc;

    if (f->reader->fd >= 0)
        return RC_OK;
    child_free(&f->reader->process); /* the one before */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(e, RC_RETRY, ERR_SYSTEM, "socketpair: %s", strerror(errno));
    put_settings(&b, f);
    if ((rc = memory_file(&b, &settings, e)) == RC_OK) {
        const int fds[] = {[SOCKET_FD - APART_FD] = ends[1], [SETTINGS_FD - APART_FD] = settings};

        rc = apart_start(READER_WORD, fds, 2, &f->reader->process, e);
    }
    buf_free(&b);
    if (settings >= 0)
        close(settings);
    close(ends[1]);
    f->reader->fd = ends[0];
    if (rc != RC_OK) {
        close(ends[0]);
        f->reader->fd = -1;
    }
    return rc;
}

static rc_t
ask(const struct rows_task *t, const int fds[FDS], struct err *e)
{
    rc_t rc = reader_start(t->feeds, e);

    if (rc != RC_OK || (rc = send_request(t->feeds->reader->fd, fds, e)) == RC_OK)
        return rc;
    close(t->feeds->reader->fd); /* gone, whoever ended it: one more */
    t->feeds->reader->fd = -1;
    rc = reader_start(t->feeds, e);
    return rc == RC_OK ? send_request(t->feeds->reader->fd, fds, e) : rc;
}

rc_t
reader_ask(const struct rows_task *t, const int room[ROWS_SPILLS], int out, int *control,
           struct err *e)
{
    struct buf b = {0};
    int ends[2], fds[FDS], task = -1;
    rc_t rc = put_task(&b, t, e);

    if (rc == RC_OK && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        rc = err_set(e, RC_RETRY, ERR_SYSTEM, "socketpair: %s", strerror(errno));
    if (rc != RC_OK) {
        buf_free(&b);
        return rc;
    }
    if ((rc = memory_file(&b, &task, e)) == RC_OK) {
        fds[FD_CONTROL] = ends[1];
        fds[FD_OUT] = out;
        fds[FD_TASK] = task;
        fds[FD_FILE] = t->file.fd;
        for (int i = 0; i < ROWS_SPILLS; i++)
            fds[FD_SPILL + i] = room[i];
        fds[FD_LINES] = t->line_count ? t->lines.fd : -1;
        rc = ask(t, fds, e);
    }
    memset(b.p, 0, b.n); /* a file's key was in it */
    buf_free(&b);
    if (task >= 0)
        close(task);
    close(ends[1]);
    *control = ends[0];
    if (rc != RC_OK)
        close(ends[0]);
    return rc;
}

/* ---- the reader ---- */

struct reading {
    struct child *child; /* NULL: none */
    int control;
};

static void
close_all(const int fds[FDS])
{
    for (int i = 0; i < FDS; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* False: nobody asks any more. A request that is none has no control. */
static bool
receive(int fds[FDS])
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(FDS * sizeof(int))];
    } control;
    unsigned char mask = 0;
    struct iovec iov = {&mask, 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(SOCKET_FD, &m, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n == 1 ? CMSG_FIRSTHDR(&m) : NULL;
    size_t count = c ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0, at = 0;

    for (int i = 0; i < FDS; i++)
        fds[i] = (mask >> i & 1) && at < count ? one_fd(CMSG_DATA(c) + at++ * sizeof(int)) : -1;
    return n == 1 || (n < 0 && errno == EINTR);
}

/* In the child. */
struct request {
    struct feeds *feeds;
    const int *fds;
};

static int
read_upload(void *ctx, int in, int out)
{
    const struct request *r = ctx;
    struct arena *a = arena_new("task");
    struct rows_task t;
    struct parcel p;

    (void)in;
    (void)out;
    if (open_parcel(&p, a, r->fds[FD_TASK]) && take_task(&t, r->feeds, &p, r->fds))
        rows_child_main(&t, r->fds[FD_OUT]);
    return 1;
}

/* Whoever asked for what is no request, or one too many, finds the control closed and comes again. */
static void
serve_one(struct feeds *f, struct reading readings[CHILDREN_MOST])
{
    struct reading *r = readings;
    int fds[FDS];
    struct request request = {f, fds};
    const struct child_form form = {.name = "reading", .run = read_upload, .ctx = &request};

    if (!receive(fds))
        _exit(0);
    while (r < readings + CHILDREN_MOST && r->child)
        r++;
    if (fds[FD_CONTROL] >= 0 && fds[FD_OUT] >= 0 && fds[FD_TASK] >= 0 &&
        r < readings + CHILDREN_MOST && child_start(&r->child, &form, NULL) == RC_OK) {
        r->control = fds[FD_CONTROL];
        fds[FD_CONTROL] = -1;
    }
    close_all(fds);
}

/* Its turn: it has ended, or who asked waits for it no more. */
static void
turn(struct reading *r, bool unwanted)
{
    if (unwanted)
        child_stop(r->child);
    if (!child_look(r->child))
        return;
    (void)!send(r->control, &r->child->end, sizeof r->child->end, MSG_NOSIGNAL);
    close(r->control);
    child_free(&r->child);
}

static void
serve(struct feeds *f)
{
    static struct reading readings[CHILDREN_MOST];
    struct pollfd polls[1 + 2 * CHILDREN_MOST];

    for (;;) {
        polls[0] = (struct pollfd){SOCKET_FD, POLLIN, 0};
        for (int i = 0; i < CHILDREN_MOST; i++) {
            const struct reading *r = &readings[i];

            polls[1 + 2 * i] = (struct pollfd){r->child ? r->control : -1, POLLIN, 0};
            polls[2 + 2 * i] = (struct pollfd){r->child ? r->child->fd : -1, POLLIN, 0};
        }
        if (poll(polls, 1 + 2 * CHILDREN_MOST, -1) < 0)
            continue;
        for (int i = 0; i < CHILDREN_MOST; i++)
            if (readings[i].child && (polls[1 + 2 * i].revents || polls[2 + 2 * i].revents))
                turn(&readings[i], polls[1 + 2 * i].revents);
        if (polls[0].revents)
            serve_one(f, readings);
    }
}

/* What is loaded when first used is used once, while files can still be opened. */
static void
use_once(void)
{
    struct digest *d = digest_new();
    struct cipher *c = cipher_new(NULL);

    digest_free(&d);
    cipher_free(&c);
    confine_prepare();
}

int
reader_main(void)
{
    struct arena *a = arena_new("reader");
    struct feeds f = {.count = 0};
    struct parcel p;
    struct stat st;

    if (fstat(SOCKET_FD, &st) != 0 || !S_ISSOCK(st.st_mode) || !open_parcel(&p, a, SETTINGS_FD))
        return 64;
    close(SETTINGS_FD);
    if (!take_settings(&f, a, &p))
        return 1;
    use_once();
    if (!apart_enter())
        return 1;
    serve(&f);
    return 0;
}
