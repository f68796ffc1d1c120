#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * An entry is held back until it ends or passes this size. With its size in the local header the
 * data descriptor has the 16 bytes that every reader expects; without, libarchive writes the 24
 * bytes of zip64, at which Java's ZipInputStream stops for entries below 4 GiB.
 */
#define PACK_HOLD  ((size_t)16 << 20)
#define PACK_BLOCK (64 << 10)

struct pack {
    struct archive *archive;
    struct sink out;
    struct err out_err; /* of the sink: libarchive hands on only that it failed */
    time_t mtime;
    struct digest *digest;
    struct buf held;
    char *name;     /* of the current entry, else NULL */
    bool streaming; /* its header is written */
    uint64_t bytes;
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
    return ok ? RC_OK : err_set(e, RC_FAIL, ERR_SYSTEM, "zip writer: %s", text ? text : "failed");
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

rc_t
pack_open(struct pack **out, struct sink to, time_t mtime, struct err *e)
{
    struct pack *p = calloc(1, sizeof *p);
    char level[16];
    rc_t rc;

    if (!p || !(p->archive = archive_write_new()))
        BUG("out of memory");
    p->out = to;
    p->mtime = mtime;
    p->digest = digest_new();
    snprintf(level, sizeof level, "%d", PACK_LEVEL);
    rc = pack_rc(p,
                 archive_write_set_format_zip(p->archive) == ARCHIVE_OK &&
                     archive_write_set_format_option(p->archive, "zip", "compression-level",
                                                     level) == ARCHIVE_OK &&
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
        return err_set(e, RC_FAIL, ERR_SYSTEM, "zip writer: entry without a name");
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

static rc_t
pack_header(struct pack *p, bool sized, struct err *e)
{
    struct archive_entry *entry = archive_entry_new();
    int r;

    if (!entry)
        BUG("out of memory");
    archive_entry_set_pathname(entry, p->name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_set_mtime(entry, p->mtime, 0);
    if (sized)
        archive_entry_set_size(entry, (la_int64_t)p->held.n);
    r = write_header_utc(p, entry);
    archive_entry_free(entry);
    p->streaming = true;
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
            return err_set(e, RC_FAIL, ERR_SYSTEM, "zip writer: entry '%s': %zu bytes not taken",
                           p->name, n);
        data += done;
        n -= (size_t)done;
    }
    return RC_OK;
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
    if (!p->streaming) {
        if ((rc = pack_header(p, false, e)) != RC_OK)
            return rc;
        if ((rc = pack_data(p, p->held.p, p->held.n, e)) != RC_OK)
            return rc;
    }
    return pack_data(p, data, n, e);
}

struct sink
pack_sink(struct pack *p)
{
    return (struct sink){on_entry_data, p};
}

rc_t
pack_end(struct pack *p, struct pack_entry *done, struct err *e)
{
    bool finished;
    rc_t rc;

    if (!p->name)
        BUG("no entry to end");
    if (!p->streaming) {
        if ((rc = pack_header(p, true, e)) != RC_OK)
            return rc;
        if ((rc = pack_data(p, p->held.p, p->held.n, e)) != RC_OK)
            return rc;
    }
    finished = archive_write_finish_entry(p->archive) == ARCHIVE_OK;
    if ((rc = pack_rc(p, finished, e)) != RC_OK)
        return rc;
    done->bytes = p->bytes;
    digest_hex(p->digest, done->sha256);
    free(p->name);
    p->name = NULL;
    return RC_OK;
}

static void
pack_free(struct pack **p)
{
    archive_write_free((*p)->archive);
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
    closed = archive_write_close((*p)->archive) == ARCHIVE_OK;
    rc = pack_rc(*p, closed, e);
    pack_free(p);
    return rc;
}

void
pack_abort(struct pack **p)
{
    if (!*p)
        return;
    if ((*p)->out_err.rc == RC_OK) /* freeing still writes the directory: not to the sink */
        err_set(&(*p)->out_err, RC_FAIL, ERR_SYSTEM, "zip writer: aborted");
    pack_free(p);
}
