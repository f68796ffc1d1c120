#include "spool/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/blob.h"
#include "spool/fsio.h"

/*
 * An entry is held back until it ends or passes this size. With its size in the local header the
 * data descriptor has the 16 bytes that every reader expects; without, libarchive writes the 24
 * bytes of zip64, at which Java's ZipInputStream stops for entries below 4 GiB. A tar has no other
    p->spill = BLOB_NONE;
 */
#define PACK_HOLD  ((size_t)16 << 20)
#define PACK_BLOCK (64 << 10)
#define PACK_AHEAD 4 /* entries that wait for the thread, PACK_HOLD bytes of them at most */

struct waiting {
    char *name;
    struct buf data;
};

/*
 * Compressing takes longer than writing the XML, so a thread of its own does it. It alone uses the
 * archive and the sink while entries wait; drain() gives both back.
 */
struct pack {
    struct archive *archive;
    enum pack_form form;
    char *folder;
    struct sink out;
    struct err out_err; /* of the sink: libarchive hands on only that it failed */
    time_t mtime;
    struct digest *digest;
    struct buf held;
    char *name;        /* of the current entry, else NULL */
    bool streaming;    /* too big to be held; zip: its header is written */
    struct blob spill; /* tar: the file it goes into, else none */
    uint64_t bytes;

    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* for all below */
    pthread_cond_t changed;
    struct waiting queue[PACK_AHEAD];
    unsigned first, count;
    size_t queued; /* bytes */
    bool stop;
    struct err failed; /* the thread's first error */
};

/*
 * What came of calls into libarchive. The sink is asked first: libarchive never learns that it
 * failed, since a writer in its fatal state does not free its streams; it writes on into nothing.
 */
static rc_t
pack_rc(struct pack *p, bool ok, struct err *e)
{
    const char *text = archive_error_string(p->archive);

    if (p->out_err.rc != RC_OK) {
        if (e)
            *e = p->out_err;
        return p->out_err.rc;
    }
    return ok ? RC_OK : err_set(e, RC_FAIL, ERR_SYSTEM, "pack: %s", text ? text : "failed");
}

static la_ssize_t
on_write(struct archive *archive, void *ctx, const void *data, size_t n)
{
    struct pack *p = ctx;

    (void)archive;
    if (p->out_err.rc == RC_OK && p->out.write(p->out.ctx, data, n, &p->out_err) != RC_OK &&
        p->out_err.rc == RC_OK)
        BUG("a sink failed without saying why");
    return (la_ssize_t)n;
}

static bool
set_form(struct pack *p)
{
    char level[16];

    if (p->form == PACK_TAR_ZSTD) {
        snprintf(level, sizeof level, "%d", PACK_ZSTD_LEVEL);
        return archive_write_set_format_ustar(p->archive) == ARCHIVE_OK &&
               archive_write_add_filter_zstd(p->archive) == ARCHIVE_OK &&
               archive_write_set_filter_option(p->archive, "zstd", "compression-level", level) ==
                   ARCHIVE_OK;
    }
    snprintf(level, sizeof level, "%d", PACK_LEVEL);
    return archive_write_set_format_zip(p->archive) == ARCHIVE_OK &&
           archive_write_set_format_option(p->archive, "zip", "compression-level", level) ==
               ARCHIVE_OK;
}

rc_t
pack_open(struct pack **out, enum pack_form form, const char *folder, struct sink to, time_t mtime,
          struct err *e)
{
    struct pack *p = calloc(1, sizeof *p);
    rc_t rc;

    if (!p || !(p->archive = archive_write_new()) || (folder && !(p->folder = strdup(folder))))
        BUG("out of memory");
    p->form = form;
    p->out = to;
    p->mtime = mtime;
    p->spill = BLOB_NONE;
    p->digest = digest_new();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    rc = pack_rc(p,
                 set_form(p) &&
                     archive_write_set_bytes_per_block(p->archive, PACK_BLOCK) == ARCHIVE_OK &&
                     archive_write_set_bytes_in_last_block(p->archive, 1) == ARCHIVE_OK &&
                     archive_write_open(p->archive, p, NULL, on_write, NULL) == ARCHIVE_OK,
                 e);
    if (rc != RC_OK)
        pack_abort(&p);
    *out = p;
    return rc;
}

rc_t
pack_begin(struct pack *p, const char *name, struct err *e)
{
    if (p->name)
        BUG("entry '%s' begins inside '%s'", name, p->name);
    if (!*name)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "pack: entry without a name");
    if (!(p->name = strdup(name)))
        BUG("out of memory");
    p->streaming = false;
    p->bytes = 0;
    p->held.n = 0;
    return RC_OK;
}

/* The DOS time of a header is local time: it is written under UTC, whatever TZ the process has. */
static int
write_header_utc(struct pack *p, struct archive_entry *entry)
{
    const char *was = getenv("TZ");
    char *kept = NULL;
    struct tm local;
    int r;

    if (localtime_r(&p->mtime, &local) && local.tm_gmtoff == 0)
        return archive_write_header(p->archive, entry);
    if (was && !(kept = strdup(was)))
        BUG("out of memory");
    setenv("TZ", "UTC0", 1);
    tzset();
    r = archive_write_header(p->archive, entry);
    if (kept)
        setenv("TZ", kept, 1);
    else
        unsetenv("TZ");
    tzset();
    free(kept);
    return r;
}

/* size NULL: not known yet */
static rc_t
pack_header(struct pack *p, const char *name, const uint64_t *size, struct err *e)
{
    struct archive_entry *entry = archive_entry_new();
    int r;

    if (!entry)
        BUG("out of memory");
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    /* nothing of this machine, of its accounts or of its clock: the same documents give the same bytes wherever they are packed */
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_set_mtime(entry, p->mtime, 0);
    if (size)
        archive_entry_set_size(entry, (la_int64_t)*size);
    r = write_header_utc(p, entry);
    archive_entry_free(entry);
    return pack_rc(p, r == ARCHIVE_OK, e);
}

static rc_t
pack_data(struct pack *p, const char *data, size_t n, struct err *e)
{
    while (n > 0) {
        la_ssize_t done = archive_write_data(p->archive, data, n);

        if (done < 0 || p->out_err.rc != RC_OK)
            return pack_rc(p, false, e);
        if (done == 0) /* libarchive drops what goes beyond a declared size, and says so this way */
            return err_set(e, RC_FAIL, ERR_SYSTEM, "pack: %zu bytes not taken", n);
        data += done;
        n -= (size_t)done;
    }
    return RC_OK;
}

/* ---- the thread ---- */

static rc_t
write_entry(struct pack *p, const struct waiting *w, struct err *e)
{
    uint64_t size = w->data.n;
    rc_t rc = pack_header(p, w->name, &size, e);

    if (rc == RC_OK)
        rc = pack_data(p, w->data.p, w->data.n, e);
    return rc == RC_OK ? pack_rc(p, archive_write_finish_entry(p->archive) == ARCHIVE_OK, e) : rc;
}

static void *
thread_main(void *ctx)
{
    struct pack *p = ctx;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct waiting *w = &p->queue[p->first];
        struct err e = {0};

        while (!p->count && !p->stop)
            pthread_cond_wait(&p->changed, &p->lock);
        if (!p->count)
            break;
        if (p->failed.rc == RC_OK) {
            pthread_mutex_unlock(&p->lock);
            (void)write_entry(p, w, &e);
            pthread_mutex_lock(&p->lock);
            p->failed = e;
        }
        p->queued -= w->data.n;
        p->first = (p->first + 1) % PACK_AHEAD;
        p->count--;
        pthread_cond_signal(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Signals are the main thread's. */
static void
start_thread(struct pack *p)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&p->thread, NULL, thread_main, p))
        BUG("no thread to pack with");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    p->running = true;
}

static rc_t
failure(const struct pack *p, struct err *e)
{
    if (p->failed.rc != RC_OK && e)
        *e = p->failed;
    return p->failed.rc;
}

/* Hand the held entry over; waits while too much is under way. */
static rc_t
enqueue(struct pack *p, struct err *e)
{
    struct waiting *w;
    struct buf emptied;
    rc_t rc;

    if (!p->running)
        start_thread(p);
    pthread_mutex_lock(&p->lock);
    while (p->count == PACK_AHEAD || (p->count && p->queued + p->held.n > PACK_HOLD))
        pthread_cond_wait(&p->changed, &p->lock);
    w = &p->queue[(p->first + p->count) % PACK_AHEAD];
    emptied = w->data;
    free(w->name);
    w->name = p->name;
    w->data = p->held;
    p->name = NULL;
    p->held = emptied;
    p->queued += w->data.n;
    p->count++;
    rc = failure(p, e);
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return rc;
}

/* Until nothing waits: archive and sink are the caller's then. */
static rc_t
drain(struct pack *p, struct err *e)
{
    rc_t rc;

    pthread_mutex_lock(&p->lock);
    while (p->count)
        pthread_cond_wait(&p->changed, &p->lock);
    rc = failure(p, e);
    pthread_mutex_unlock(&p->lock);
    return rc;
}

static void
stop_thread(struct pack *p)
{
    if (!p->running)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    p->running = false;
}

/* ---- entries ---- */

static rc_t
spill_begin(struct pack *p, struct err *e)
{
    rc_t rc;

    if (!p->folder)
        BUG("no folder for an entry above %zu bytes", PACK_HOLD);
    if ((rc = blob_temporary(&p->spill, p->folder, e)) != RC_OK)
        return rc;
    return blob_write(&p->spill, p->held.p, p->held.n, e);
}

/* Too big to be held: from here on its data go straight into the archive, or into a file. */
static rc_t
begin_streaming(struct pack *p, struct err *e)
{
    rc_t rc;

    p->streaming = true;
    if (p->form == PACK_TAR_ZSTD)
        return spill_begin(p, e);
    if ((rc = drain(p, e)) != RC_OK || (rc = pack_header(p, p->name, NULL, e)) != RC_OK)
        return rc;
    return pack_data(p, p->held.p, p->held.n, e);
}

/* The whole entry from its file into the archive. */
static rc_t
spill_end(struct pack *p, struct err *e)
{
    char block[PACK_BLOCK];
    uint64_t at = 0;
    ssize_t n = 0;
    rc_t rc;

    if ((rc = drain(p, e)) != RC_OK || (rc = pack_header(p, p->name, &p->bytes, e)) != RC_OK)
        return rc;
    for (; rc == RC_OK && (n = blob_read(&p->spill, block, sizeof block, at)) > 0;
         at += (uint64_t)n)
        rc = pack_data(p, block, (size_t)n, e);
    return n < 0 ? blob_failed(p->name, e) : rc;
}

static void
spill_close(struct pack *p)
{
    blob_close(&p->spill);
}

static rc_t
on_entry_data(void *ctx, const void *data, size_t n, struct err *e)
{
    struct pack *p = ctx;
    rc_t rc;

    if (!p->name)
        BUG("data outside of an entry");
    digest_update(p->digest, data, n);
    p->bytes += n;
    if (!p->streaming && p->bytes <= PACK_HOLD) {
        buf_put(&p->held, data, n);
        return RC_OK;
    }
    if (!p->streaming && (rc = begin_streaming(p, e)) != RC_OK)
        return rc;
    if (p->spill.fd < 0)
        return pack_data(p, data, n, e);
    return blob_write(&p->spill, data, n, e);
}

struct sink
pack_sink(struct pack *p)
{
    return (struct sink){on_entry_data, p};
}

rc_t
pack_end(struct pack *p, struct pack_entry *done, struct err *e)
{
    rc_t rc = RC_OK;

    if (!p->name)
        BUG("no entry to end");
    done->bytes = p->bytes;
    digest_hex(p->digest, done->sha256);
    if (!p->streaming)
        return enqueue(p, e);
    if (p->spill.fd >= 0)
        rc = spill_end(p, e);
    spill_close(p);
    if (rc == RC_OK)
        rc = pack_rc(p, archive_write_finish_entry(p->archive) == ARCHIVE_OK, e);
    free(p->name);
    p->name = NULL;
    return rc;
}

static void
pack_free(struct pack **p)
{
    stop_thread(*p);
    for (int i = 0; i < PACK_AHEAD; i++) {
        free((*p)->queue[i].name);
        buf_free(&(*p)->queue[i].data);
    }
    pthread_cond_destroy(&(*p)->changed);
    pthread_mutex_destroy(&(*p)->lock);
    archive_write_free((*p)->archive);
    spill_close(*p);
    free((*p)->folder);
    digest_free(&(*p)->digest);
    buf_free(&(*p)->held);
    free((*p)->name);
    free(*p);
    *p = NULL;
}

rc_t
pack_close(struct pack **p, struct err *e)
{
    bool closed;
    rc_t rc;

    if ((*p)->name)
        BUG("closed inside entry '%s'", (*p)->name);
    if ((rc = drain(*p, e)) == RC_OK) {
        closed = archive_write_close((*p)->archive) == ARCHIVE_OK;
        rc = pack_rc(*p, closed, e);
        pack_free(p);
    } else {
        pack_abort(p);
    }
    return rc;
}

void
pack_abort(struct pack **p)
{
    if (!*p)
        return;
    (void)drain(*p, NULL);
    if ((*p)->out_err.rc == RC_OK) /* freeing still writes the directory: not to the sink */
        err_set(&(*p)->out_err, RC_FAIL, ERR_SYSTEM, "pack: aborted");
    pack_free(p);
}
