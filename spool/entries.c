#include "spool/entries.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/span.h"
#include "spool/zipdir.h"

#define BLOCK      (64 << 10)
#define NAME_SHOWN 160
#define TAR_BLOCK  512

struct entries {
    enum entries_form form;
    struct entries_input input;
    struct archive *archive;
    struct archive_entry *entry;
    char *name;
    bool open;
    uint32_t seen, most;
    uint64_t zeros;    /* at the end of what was read so far: a tar's end mark */
    struct err below;  /* what the input failed with: libarchive would only say that it did */
    struct err failed; /* what failed once stays failed */
    char block[BLOCK];
};

static int
support_zip(struct archive *archive, bool seekable)
{
    return seekable ? archive_read_support_format_zip_seekable(archive)
                    : archive_read_support_format_zip_streamable(archive);
}

static int
support_tar(struct archive *archive, bool seekable)
{
    (void)seekable;
    return archive_read_support_format_tar(archive);
}

static int
support_7z(struct archive *archive, bool seekable)
{
    if (!seekable)
        BUG("7z cannot be read without seeking");
    return archive_read_support_format_7zip(archive);
}

static const struct {
    const char *name;
    int (*support)(struct archive *archive, bool seekable);
} forms[] = {
    [ENTRIES_ZIP] = {"zip", support_zip},
    [ENTRIES_TAR] = {"tar", support_tar},
    [ENTRIES_7Z] = {"7z",  support_7z },
};

const char *
entries_form_name(enum entries_form form)
{
    return forms[form].name;
}

static rc_t
read_block(struct entries *x, size_t *n)
{
    rc_t rc = x->input.in.read(x->input.in.ctx, x->block, sizeof x->block, n, &x->below);
    size_t zeros = 0;

    if (rc != RC_OK) {
        x->below.rc = rc;
        return rc;
    }
    while (zeros < *n && x->block[*n - zeros - 1] == '\0')
        zeros++;
    x->zeros = zeros == *n ? x->zeros + zeros : zeros;
    return RC_OK;
}

static la_ssize_t
on_read(struct archive *archive, void *ctx, const void **data)
{
    struct entries *x = ctx;
    size_t n = 0;

    if (read_block(x, &n) != RC_OK) {
        archive_set_error(archive, EIO, "%s", x->below.text);
        return ARCHIVE_FATAL;
    }
    *data = x->block;
    return (la_ssize_t)n;
}

static la_int64_t
on_seek(struct archive *archive, void *ctx, la_int64_t offset, int whence)
{
    struct entries *x = ctx;
    int64_t at = x->input.seek(x->input.in.ctx, offset, whence);

    x->zeros = 0;
    if (at >= 0)
        return at;
    archive_set_error(archive, EINVAL, "an offset points outside of the file");
    return ARCHIVE_FATAL;
}

/* The library's own words, unless they are about its work and not about the file. */
static const char *
reason(struct archive *archive)
{
    const char *text = archive_error_string(archive);

    if (!text || strncmp(text, "Unrecognized archive format", 27) == 0)
        return "damaged";
    return text;
}

/* A local header as far as it is there: what begins as a zip and has no directory at its end. */
static bool
begins_as_zip(const unsigned char *p, size_t n)
{
    static const unsigned char methods[] = {0, 8, 9, 12, 14, 93, 95, 99};

    if (memcmp(p, "PK\3\4", n < 4 ? n : 4) != 0)
        return false;
    if (n >= 6 && zip_number(p + 4, 2) > 63) /* the version that it needs */
        return false;
    return n < 10 || (p[9] == 0 && memchr(methods, p[8], sizeof methods));
}

/* The first header of a 7z says where its directory ends. */
static bool
ends_after(const unsigned char *p, size_t n, uint64_t size)
{
    uint64_t at, length;

    if (n < 32)
        return true;
    at = zip_number(p + 12, 8);
    length = zip_number(p + 20, 8);
    return at <= INT64_MAX && length <= INT64_MAX && 32 + at + length > size;
}

/* Is it damaged because its end is missing? Of a file without end the library often says only that
 * it does not know it; how it begins tells more. */
static bool
is_cut_off(struct entries *x)
{
    const char *text = archive_error_string(x->archive);
    unsigned char head[32];
    struct err ignored;
    int64_t size;
    size_t n = 0;

    if (text && strstr(text, "runcated"))
        return true;
    if (!x->input.seek || (size = x->input.seek(x->input.in.ctx, 0, SEEK_END)) < 0 ||
        x->input.seek(x->input.in.ctx, 0, SEEK_SET) != 0 ||
        x->input.in.read(x->input.in.ctx, head, sizeof head, &n, &ignored) != RC_OK)
        return false;
    if (x->form == ENTRIES_7Z)
        return ends_after(head, n, (uint64_t)size);
    return x->form == ENTRIES_ZIP && !x->seen && begins_as_zip(head, n) &&
           (!text || strncmp(text, "Unrecognized archive format", 27) == 0);
}

static rc_t
failed(struct entries *x, struct err *e)
{
    const char *form = forms[x->form].name;

    if (x->below.rc != RC_OK) {
        if (e)
            *e = x->below;
        return x->below.rc;
    }
    /* libarchive 3.6 follows a wild pointer here while it does not know the format */
    if (x->open && archive_read_has_encrypted_entries(x->archive) > 0)
        return err_set(e, RC_REJECT, ERR_ENCRYPTED, "%s is encrypted", form);
    if (is_cut_off(x))
        return err_set(e, RC_REJECT, ERR_ARCHIVE_CUT, "%s: its end is missing", form);
    return err_set(e, RC_REJECT, ERR_ARCHIVE, "%s: %s", form, reason(x->archive));
}

rc_t
entries_open(struct entries **out, enum entries_form form, const struct entries_input *input,
             uint32_t most, struct err *e)
{
    struct entries *x = calloc(1, sizeof *x);
    rc_t rc = RC_OK;

    if (!x || !(x->archive = archive_read_new()))
        BUG("out of memory");
    x->form = form;
    x->most = most;
    x->input = *input;
    if (forms[form].support(x->archive, input->seek != NULL) != ARCHIVE_OK)
        BUG("libarchive cannot read %s: %s", forms[form].name, archive_error_string(x->archive));
    archive_read_set_read_callback(x->archive, on_read);
    if (input->seek)
        archive_read_set_seek_callback(x->archive, on_seek);
    archive_read_set_callback_data(x->archive, x);
    x->open = archive_read_open1(x->archive) == ARCHIVE_OK;
    if (!x->open) {
        rc = failed(x, e);
        entries_close(&x);
    }
    *out = x;
    return rc;
}

void
entries_close(struct entries **x)
{
    if (!*x)
        return;
    archive_read_free((*x)->archive);
    free((*x)->name);
    free(*x);
    *x = NULL;
}

/* ---- names ---- */

static char *
from_gb18030(const char *raw)
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

char *
entries_decode_name(const char *raw)
{
    char *name;

    if (span_valid_utf8(span_of(raw)) < strlen(raw))
        name = from_gb18030(raw);
    else if (!(name = strdup(raw)))
        BUG("out of memory");
    if (name && !span_is_name(span_of(name))) { /* it goes into answers */
        free(name);
        name = NULL;
    }
    return name;
}

/* Absolute, on a drive, or up from where it would be unpacked. We unpack nowhere, but a name goes on
 * into answers, and nobody who means well packs such a one. */
static bool
leads_out(const char *name)
{
    static const char slashes[] = "/\\";

    if (strchr(slashes, *name) || (isalpha((unsigned char)*name) && name[1] == ':'))
        return true;
    while (*name) {
        size_t n = strcspn(name, slashes);

        if (n == 2 && name[0] == '.' && name[1] == '.')
            return true;
        name += n + (name[n] != '\0');
    }
    return false;
}

static rc_t
take_name(struct entries *x, struct err *e)
{
    const char *raw = archive_entry_pathname(x->entry), *form = forms[x->form].name;
    char shown[NAME_SHOWN];

    if (!raw || !*raw)
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "%s: an entry has no name", form);
    span_show(shown, sizeof shown, span_of(raw));
    if (!(x->name = entries_decode_name(raw)))
        return err_set(e, RC_REJECT, ERR_ARCHIVE,
                       "%s: name '%s' is neither UTF-8 nor GB18030, or holds control characters",
                       form, shown);
    if (strlen(x->name) > ENTRIES_NAME_MAX)
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "%s: name '%s' is longer than %d bytes", form,
                       shown, ENTRIES_NAME_MAX);
    if (leads_out(x->name))
        return err_set(e, RC_REJECT, ERR_ENTRY_PATH, "%s: name '%s' leads out of the archive", form,
                       shown);
    return RC_OK;
}

/* ---- what an entry is ---- */

static bool
is_junk(struct archive_entry *entry, const char *name)
{
    static const char resource[] = "__MACOSX/";
    static const char *const droppings[] = {".DS_Store", "Thumbs.db", "desktop.ini"};
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;

    if (archive_entry_filetype(entry) == AE_IFDIR)
        return true;
    if (strncmp(name, resource, sizeof resource - 1) == 0 || strncmp(base, "._", 2) == 0)
        return true;
    for (size_t i = 0; i < sizeof droppings / sizeof *droppings; i++)
        if (strcasecmp(base, droppings[i]) == 0)
            return true;
    return false;
}

static rc_t
check(const struct entries *x, struct err *e)
{
    const char *form = forms[x->form].name;
    char shown[NAME_SHOWN];

    span_show(shown, sizeof shown, span_of(x->name));
    if (archive_entry_filetype(x->entry) != AE_IFREG || archive_entry_hardlink(x->entry))
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "%s entry '%s' is not a regular file", form,
                       shown);
    if (archive_entry_is_encrypted(x->entry))
        return err_set(e, RC_REJECT, ERR_ENCRYPTED, "%s entry '%s' is encrypted", form, shown);
    return RC_OK;
}

/*
 * Nothing is left unread that somebody still has to check: a CRC below a stream, and of a tar the
 * end mark, without which a file cut off between two entries looks whole.
 */
static rc_t
finish(struct entries *x, struct err *e)
{
    size_t n = 1;
    rc_t rc = RC_END;

    if (x->input.seek && x->form != ENTRIES_TAR)
        return RC_END;
    while (n > 0)
        if ((rc = read_block(x, &n)) != RC_OK)
            return failed(x, e);
    if (x->form == ENTRIES_TAR && x->zeros < TAR_BLOCK)
        return err_set(e, RC_REJECT, ERR_ARCHIVE_CUT, "tar: does not end with its end mark");
    return RC_END;
}

static rc_t
next_header(struct entries *x, struct err *e)
{
    int r = archive_read_next_header(x->archive, &x->entry);

    free(x->name);
    x->name = NULL;
    if (r == ARCHIVE_EOF)
        return finish(x, e);
    if (r != ARCHIVE_OK)
        return failed(x, e);
    if (++x->seen > x->most)
        return err_set(e, RC_REJECT, ERR_ENTRIES, "%s has more than %u entries",
                       forms[x->form].name, x->most);
    return take_name(x, e);
}

rc_t
entries_next(struct entries *x, struct err *e)
{
    rc_t rc;

    if (x->failed.rc != RC_OK) {
        if (e)
            *e = x->failed;
        return x->failed.rc;
    }
    do
        rc = next_header(x, &x->failed);
    while (rc == RC_OK && is_junk(x->entry, x->name));
    if (rc == RC_OK)
        rc = check(x, &x->failed);
    if (rc != RC_OK && rc != RC_END && e)
        *e = x->failed;
    return rc;
}

const char *
entries_name(const struct entries *x)
{
    return x->name;
}

int64_t
entries_bytes(const struct entries *x)
{
    return archive_entry_size_is_set(x->entry) ? archive_entry_size(x->entry) : -1;
}

uint32_t
entries_seen(const struct entries *x)
{
    return x->seen;
}

static rc_t
on_content(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct entries *x = ctx;
    la_ssize_t got = archive_read_data(x->archive, buf, size);
    char shown[NAME_SHOWN];
    struct err why;

    *n = got > 0 ? (size_t)got : 0;
    if (got >= 0)
        return RC_OK;
    failed(x, &why);
    err_prefix(&why, "entry '%s'", span_show(shown, sizeof shown, span_of(x->name)));
    if (got == ARCHIVE_FATAL) /* after less, the entries behind this one can still be read */
        x->failed = why;
    if (e)
        *e = why;
    return why.rc;
}

struct source
entries_source(struct entries *x)
{
    return (struct source){on_content, x};
}
