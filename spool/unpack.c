#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "span.h"

#define BYTES_DEFAULT   ((uint64_t)16 << 30)
#define RATIO_DEFAULT   200
#define ENTRIES_DEFAULT 1000
#define RATIO_FROM      (1 << 20) /* a small file may compress as well as it likes */
#define BLOCK           (64 << 10)
#define NAME_SHOWN      160

/* A zip on a borrowed descriptor: read with pread, so the caller's offset stays where it is. */
struct zip {
    struct archive *archive;
    int fd, io_errno;
    int64_t at;
    uint64_t size, consumed; /* of the file; bytes handed to libarchive */
    char block[BLOCK];
};

struct unpack {
    struct unpack_limit limit;
    int fd;
    struct zip *zip; /* NULL for a plain file */
    char *name;
    uint64_t bytes;    /* given so far */
    bool done;         /* the end was seen */
    struct err failed; /* what failed once stays failed: libarchive would go on after a bad CRC */
};

/* What a name means to us. Names are data: they are compared and shown, never opened. */
enum entry_kind { ENTRY_FILE, ENTRY_JUNK };

static la_ssize_t
on_read(struct archive *archive, void *ctx, const void **data)
{
    struct zip *z = ctx;
    ssize_t n;

    do {
        n = pread(z->fd, z->block, sizeof z->block, z->at);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        z->io_errno = errno;
        archive_set_error(archive, errno, "read: %s", strerror(errno));
        return ARCHIVE_FATAL;
    }
    z->at += n;
    z->consumed += (uint64_t)n;
    *data = z->block;
    return n;
}

static la_int64_t
on_seek(struct archive *archive, void *ctx, la_int64_t offset, int whence)
{
    struct zip *z = ctx;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? z->at : (int64_t)z->size;

    if (offset < -base || offset > (int64_t)z->size - base) {
        archive_set_error(archive, EINVAL, "an offset points outside of the file");
        return ARCHIVE_FATAL;
    }
    return z->at = base + offset;
}

static void
zip_close(struct zip **z)
{
    if (!*z)
        return;
    archive_read_free((*z)->archive);
    free(*z);
    *z = NULL;
}

static rc_t
zip_failed(const struct zip *z, const char *name, struct err *e)
{
    const char *text = archive_error_string(z->archive);
    char shown[NAME_SHOWN];

    if (z->io_errno)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "read archive: %s", strerror(z->io_errno));
    if (!name)
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "zip: %s", text ? text : "damaged");
    return err_set(e, RC_REJECT, ERR_ARCHIVE, "zip entry '%s': %s",
                   span_show(shown, sizeof shown, span_of(name)), text ? text : "damaged");
}

static rc_t
zip_open(struct zip **out, int fd, struct err *e)
{
    struct zip *z = calloc(1, sizeof *z);
    struct stat st;
    rc_t rc = RC_OK;

    if (!z || !(z->archive = archive_read_new()))
        BUG("out of memory");
    z->fd = fd;
    if (fstat(fd, &st) != 0) {
        rc = err_set(e, RC_FAIL, ERR_SYSTEM, "stat archive: %s", strerror(errno));
        goto out;
    }
    z->size = (uint64_t)st.st_size;
    archive_read_support_format_zip_seekable(z->archive);
    archive_read_set_read_callback(z->archive, on_read);
    archive_read_set_seek_callback(z->archive, on_seek);
    archive_read_set_callback_data(z->archive, z);
    if (archive_read_open1(z->archive) != ARCHIVE_OK)
        rc = zip_failed(z, NULL, e);
out:
    if (rc != RC_OK)
        zip_close(&z);
    *out = z;
    return rc;
}

/* The bytes of a name from GB18030 to UTF-8, else NULL. */
static char *
name_from_gb18030(const char *raw)
{
    size_t left = strlen(raw), room = left * 3;
    char *out = malloc(room + 1), *to = out, *from = strdup(raw), *at = from;
    iconv_t cd = iconv_open("UTF-8", "GB18030");

    if (!out || !from)
        BUG("out of memory");
    if (cd == (iconv_t)-1 || iconv(cd, &at, &left, &to, &room) == (size_t)-1) {
        free(out);
        out = NULL;
    } else {
        *to = '\0';
    }
    if (cd != (iconv_t)-1)
        iconv_close(cd);
    free(from);
    return out;
}

/* The entry's name in UTF-8, to be freed. */
static rc_t
entry_name(struct archive_entry *entry, char **name, struct err *e)
{
    const char *raw = archive_entry_pathname(entry);
    char shown[NAME_SHOWN];

    if (!raw || !*raw)
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "zip: an entry has no name");
    if (span_valid_utf8(span_of(raw)) == strlen(raw))
        *name = strdup(raw);
    else
        *name = name_from_gb18030(raw);
    if (*name)
        return RC_OK;
    return err_set(e, RC_REJECT, ERR_ARCHIVE, "zip: name '%s' is neither UTF-8 nor GB18030",
                   span_show(shown, sizeof shown, span_of(raw)));
}

/* Folders, and what the Finder adds to every zip. */
static enum entry_kind
entry_kind(struct archive_entry *entry, const char *name)
{
    static const char resource[] = "__MACOSX/", folder[] = ".DS_Store";
    const char *slash = strrchr(name, '/');

    if (archive_entry_filetype(entry) == AE_IFDIR)
        return ENTRY_JUNK;
    if (strncmp(name, resource, sizeof resource - 1) == 0)
        return ENTRY_JUNK;
    return strcmp(slash ? slash + 1 : name, folder) == 0 ? ENTRY_JUNK : ENTRY_FILE;
}

static rc_t
check_entry(struct archive_entry *entry, const char *name, struct err *e)
{
    char shown[NAME_SHOWN];

    span_show(shown, sizeof shown, span_of(name));
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "zip entry '%s' is not a regular file", shown);
    if (archive_entry_is_encrypted(entry))
        return err_set(e, RC_REJECT, ERR_ENCRYPTED, "zip entry '%s' is encrypted", shown);
    return RC_OK;
}

/* The next data file: RC_END after the last entry; *name to be freed. *seen counts all entries. */
static rc_t
zip_next(struct zip *z, struct archive_entry **entry, char **name, uint32_t *seen, struct err *e)
{
    rc_t rc;

    for (;;) {
        int r = archive_read_next_header(z->archive, entry);

        *name = NULL;
        if (r == ARCHIVE_EOF)
            return RC_END;
        if (r != ARCHIVE_OK)
            return zip_failed(z, NULL, e);
        ++*seen;
        if ((rc = entry_name(*entry, name, e)) != RC_OK)
            return rc;
        if (entry_kind(*entry, *name) == ENTRY_FILE)
            break;
        free(*name);
    }
    if ((rc = check_entry(*entry, *name, e)) == RC_OK)
        return RC_OK;
    free(*name);
    *name = NULL;
    return rc;
}

/* Stands the reader on the first data file that has this name, or on the first if name is NULL. */
static rc_t
zip_find(struct zip *z, const char *name, char **found, struct err *e)
{
    struct archive_entry *entry;
    uint32_t seen = 0;
    rc_t rc;

    while ((rc = zip_next(z, &entry, found, &seen, e)) == RC_OK) {
        if (!name || strcmp(*found, name) == 0)
            return RC_OK;
        free(*found);
    }
    *found = NULL;
    if (rc == RC_END)
        return err_set(e, RC_REJECT, ERR_NOT_FOUND, "zip: no entry '%s'", name ? name : "");
    return rc;
}

static rc_t
too_big(const struct unpack *u, struct err *e)
{
    return err_set(e, RC_REJECT, ERR_TOO_BIG, "more than %llu bytes unpacked",
                   (unsigned long long)u->limit.bytes);
}

/*
 * All headers are walked before any data is given, since a partner should learn of a second file
 * at once and not after the first was loaded. Bodies are skipped by seeking.
 */
static rc_t
survey(const struct unpack *u, struct err *e)
{
    struct zip *z = NULL;
    struct archive_entry *entry;
    char *name = NULL;
    uint32_t seen = 0, files = 0;
    bool big = false, office = false;
    rc_t rc;

    if ((rc = zip_open(&z, u->fd, e)) != RC_OK)
        return rc;
    while ((rc = zip_next(z, &entry, &name, &seen, e)) == RC_OK && seen <= u->limit.entries) {
        files++;
        big |= archive_entry_size_is_set(entry) &&
               (uint64_t)archive_entry_size(entry) > u->limit.bytes;
        office |= strcmp(name, "[Content_Types].xml") == 0;
        free(name);
        name = NULL;
    }
    free(name);
    zip_close(&z);
    if (rc != RC_OK && rc != RC_END)
        return rc;
    if (seen > u->limit.entries)
        return err_set(e, RC_REJECT, ERR_ENTRIES, "zip has more than %u entries", u->limit.entries);
    if (office)
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "an Office workbook, must be CSV or XML");
    if (files != 1)
        return err_set(e, RC_REJECT, ERR_ENTRIES, "zip holds %u files, must be 1", files);
    return big ? too_big(u, e) : RC_OK;
}

/* libarchive does not recognise a zip that is nothing but the end of a directory. */
static rc_t
is_zip(int fd, bool *zip, struct err *e)
{
    unsigned char magic[4];
    ssize_t n;

    do {
        n = pread(fd, magic, sizeof magic, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "read upload: %s", strerror(errno));
    if (n == 4 && memcmp(magic, "PK\5\6", 4) == 0)
        return err_set(e, RC_REJECT, ERR_ENTRIES, "zip holds 0 files, must be 1");
    *zip = n == 4 && memcmp(magic, "PK\3\4", 4) == 0;
    return RC_OK;
}

static struct unpack *
unpack_new(int fd, const struct unpack_limit *limit)
{
    struct unpack *u = calloc(1, sizeof *u);

    if (!u)
        BUG("out of memory");
    u->fd = fd;
    if (limit)
        u->limit = *limit;
    if (!u->limit.bytes)
        u->limit.bytes = BYTES_DEFAULT;
    if (!u->limit.ratio)
        u->limit.ratio = RATIO_DEFAULT;
    if (!u->limit.entries)
        u->limit.entries = ENTRIES_DEFAULT;
    return u;
}

rc_t
unpack_open(struct unpack **out, int fd, const struct unpack_limit *limit, struct err *e)
{
    struct unpack *u = unpack_new(fd, limit);
    bool zip = false;
    rc_t rc;

    if ((rc = is_zip(fd, &zip, e)) == RC_OK && zip) {
        if ((rc = survey(u, e)) == RC_OK && (rc = zip_open(&u->zip, fd, e)) == RC_OK)
            rc = zip_find(u->zip, NULL, &u->name, e);
    }
    if (rc != RC_OK)
        unpack_close(&u);
    *out = u;
    return rc;
}

rc_t
unpack_entry(struct unpack **out, int fd, const char *name, struct err *e)
{
    struct unpack *u = unpack_new(fd, NULL);
    rc_t rc;

    u->limit.ratio = UINT32_MAX; /* our own bundles: thousands of messages that are much alike */
    if ((rc = zip_open(&u->zip, fd, e)) == RC_OK)
        rc = zip_find(u->zip, name, &u->name, e);
    if (rc != RC_OK)
        unpack_close(&u);
    *out = u;
    return rc;
}

void
unpack_close(struct unpack **u)
{
    if (!*u)
        return;
    zip_close(&(*u)->zip);
    free((*u)->name);
    free(*u);
    *u = NULL;
}

bool
unpack_is_archive(const struct unpack *u)
{
    return u->zip != NULL;
}

const char *
unpack_name(const struct unpack *u)
{
    return u->name ? u->name : "";
}

static rc_t
read_plain(struct unpack *u, void *buf, size_t size, size_t *n, struct err *e)
{
    ssize_t got;

    do {
        got = pread(u->fd, buf, size, (off_t)u->bytes);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "read upload: %s", strerror(errno));
    *n = (size_t)got;
    return RC_OK;
}

/* Blocks read twice count once: a header that sends us back and forth gains no ratio by it. */
static bool
is_bomb(const struct unpack *u)
{
    uint64_t in = u->zip->consumed < u->zip->size ? u->zip->consumed : u->zip->size;

    return u->bytes > RATIO_FROM && u->bytes / u->limit.ratio > in;
}

static rc_t
read_entry(struct unpack *u, void *buf, size_t size, size_t *n, struct err *e)
{
    la_ssize_t got = archive_read_data(u->zip->archive, buf, size);

    if (got < 0)
        return zip_failed(u->zip, u->name, e);
    *n = (size_t)got;
    return RC_OK;
}

static rc_t
on_source(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct unpack *u = ctx;
    rc_t rc = RC_OK;

    *n = 0;
    if (u->done || size == 0)
        return RC_OK;
    if (u->failed.rc == RC_OK) {
        rc = u->zip ? read_entry(u, buf, size, n, &u->failed)
                    : read_plain(u, buf, size, n, &u->failed);
        u->bytes += *n;
        u->done = rc == RC_OK && *n == 0;
        if (rc == RC_OK && u->bytes > u->limit.bytes)
            too_big(u, &u->failed);
        else if (rc == RC_OK && u->zip && is_bomb(u))
            err_set(&u->failed, RC_REJECT, ERR_TOO_BIG, "unpacks to more than %u times its size",
                    u->limit.ratio);
    }
    if (u->failed.rc == RC_OK)
        return RC_OK;
    *n = 0;
    if (e)
        *e = u->failed;
    return u->failed.rc;
}

struct source
unpack_source(struct unpack *u)
{
    return (struct source){on_source, u};
}

rc_t
unpack_list(int fd,
            rc_t (*on_entry)(void *ctx, const char *name, uint64_t bytes, struct source data,
                             struct err *e),
            void *ctx, struct err *e)
{
    struct unpack *u = unpack_new(fd, NULL);
    struct archive_entry *entry;
    uint32_t seen = 0;
    rc_t rc;

    u->limit.ratio = UINT32_MAX;
    if ((rc = zip_open(&u->zip, fd, e)) != RC_OK)
        goto out;
    while ((rc = zip_next(u->zip, &entry, &u->name, &seen, e)) == RC_OK) {
        u->bytes = 0;
        u->done = false;
        rc = on_entry(ctx, u->name, (uint64_t)archive_entry_size(entry), unpack_source(u), e);
        if (rc == RC_OK && u->failed.rc != RC_OK) { /* a callback must not lose it */
            if (e)
                *e = u->failed;
            rc = u->failed.rc;
        }
        free(u->name);
        u->name = NULL;
        if (rc != RC_OK)
            break;
    }
    if (rc == RC_END)
        rc = RC_OK;
out:
    unpack_close(&u);
    return rc;
}
