#include "spool/unpack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"
#include "spool/entries.h"
#include "spool/expand.h"
#include "spool/magic.h"
#include "spool/zipdir.h"

#define BYTES_DEFAULT   ((uint64_t)16 << 30)
#define TOTAL_DEFAULT   ((uint64_t)64 << 30)
#define RATIO_DEFAULT   200
#define ENTRIES_DEFAULT 1000
#define RATIO_FROM      (1 << 20) /* a small file may compress as well as it likes */
#define LAYERS          2
#define NAME_SHOWN      160

/* The upload, borrowed. */
struct file {
    struct blob blob;
    int64_t at;
    uint64_t size, consumed; /* bytes handed on */
};

/* Bytes on their way up, counted, of which the first can be looked at before they are read. */
struct flow {
    struct unpack *unpack;
    struct source from;
    uint64_t *stage; /* what all flows at this place gave together; NULL: the upload itself */
    uint64_t bytes, most;
    bool declared; /* most is what the archive says */
    bool done;     /* the end was seen */
    size_t at, n;  /* of head */
    struct err failed;
    char head[MAGIC_HEAD];
};

/* One archive, or one compressed file, or both at once: tar.gz. */
struct layer {
    char *outer; /* the name of what it is read from */
    bool seekable;
    bool given;            /* without entries: the one file was */
    struct expand *expand; /* may be NULL */
    struct flow expanded;
    struct entries *entries; /* NULL: what is expanded is the file */
    struct flow entry;
    struct file spilled; /* a zip or 7z out of the layer below */
};

struct unpack {
    struct unpack_limit limit;
    struct file file;
    struct flow base;
    struct layer layers[LAYERS];
    unsigned depth;          /* layers that are open */
    bool plain;              /* the upload is the data file */
    bool bundle;             /* our own: no look into the entries */
    bool package;            /* a stranger's workbook: the same, but no part may stand twice */
    uint64_t out[LAYERS][2]; /* given by all that was expanded, by all entries */
    uint64_t declared[LAYERS];
    uint32_t seen;  /* entries of archives that are closed again */
    uint32_t count; /* data files so far */
    uint32_t empty; /* entries of no bytes, which are passed over */
    uint64_t *names;
    char *upload, *name;
    enum unpack_kind kind;
    const char *document;
    struct flow *at; /* the data file at hand */
    struct err failed;
};

/* ---- the upload ---- */

static rc_t
file_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct file *f = ctx;
    ssize_t got = blob_read(&f->blob, buf, size, (uint64_t)f->at);

    *n = 0;
    if (got < 0)
        return blob_failed("upload", e);
    f->at += got;
    f->consumed += (uint64_t)got;
    *n = (size_t)got;
    return RC_OK;
}

static int64_t
file_seek(void *ctx, int64_t offset, int whence)
{
    struct file *f = ctx;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? f->at : (int64_t)f->size;

    if (offset < -base || offset > (int64_t)f->size - base)
        return -1;
    return f->at = base + offset;
}

/* ---- flows and what they may give ---- */

static rc_t
too_big(uint64_t most, struct err *e)
{
    return err_set(e, RC_REJECT, ERR_TOO_BIG, "more than %llu bytes unpacked",
                   (unsigned long long)most);
}

/* Blocks read twice count once: a header that sends us back and forth gains no ratio by it. */
static bool
is_bomb(const struct unpack *u, uint64_t out)
{
    uint64_t in = u->file.consumed < u->file.size ? u->file.consumed : u->file.size;

    return out > RATIO_FROM && out / u->limit.ratio > in;
}

static rc_t
bomb(const struct unpack *u, struct err *e)
{
    return err_set(e, RC_REJECT, ERR_TOO_BIG, "unpacks to more than %u times its size",
                   u->limit.ratio);
}

static rc_t
account(struct flow *f, size_t n)
{
    const struct unpack *u = f->unpack;

    f->bytes += n;
    if (f->bytes > f->most && f->declared)
        return err_set(&f->failed, RC_REJECT, ERR_ARCHIVE,
                       "holds more than the %llu bytes that the archive says",
                       (unsigned long long)f->most);
    if (f->bytes > f->most)
        return too_big(f->most, &f->failed);
    if (!f->stage)
        return RC_OK;
    *f->stage += n;
    if (*f->stage > u->limit.total)
        return too_big(u->limit.total, &f->failed);
    return is_bomb(u, *f->stage) ? bomb(u, &f->failed) : RC_OK;
}

static size_t
from_head(struct flow *f, void *buf, size_t size)
{
    size_t n = f->n - f->at < size ? f->n - f->at : size;

    memcpy(buf, f->head + f->at, n);
    f->at += n;
    return n;
}

static void
from_below(struct flow *f, void *buf, size_t size, size_t *n)
{
    rc_t rc;

    *n = 0;
    if (f->done || f->failed.rc != RC_OK)
        return;
    if ((rc = f->from.read(f->from.ctx, buf, size, n, &f->failed)) != RC_OK) {
        f->failed.rc = rc;
        *n = 0;
    }
    f->done = *n == 0;
}

static rc_t
flow_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct flow *f = ctx;

    *n = 0;
    if (size == 0)
        return RC_OK;
    if (f->at < f->n)
        *n = from_head(f, buf, size);
    else
        from_below(f, buf, size, n);
    if (*n > 0 && account(f, *n) != RC_OK)
        f->at = f->n = *n = 0;
    if (*n > 0 || f->failed.rc == RC_OK)
        return RC_OK;
    if (e)
        *e = f->failed;
    return f->failed.rc;
}

/* The beginning, which is still to be read. An error shows when reading comes to it. */
static void
flow_peek(struct flow *f)
{
    size_t n = 1;

    if (f->n > 0) /* peeked already */
        return;
    for (; f->n < sizeof f->head && n > 0; f->n += n)
        from_below(f, f->head + f->n, sizeof f->head - f->n, &n);
}

static void
flow_begin(struct flow *f, struct unpack *u, struct source from, uint64_t *stage, uint64_t most)
{
    f->unpack = u;
    f->from = from;
    f->stage = stage;
    f->bytes = 0;
    f->most = most;
    f->declared = f->done = false;
    f->at = f->n = 0;
    f->failed = (struct err){0};
}

static struct source
flow_source(struct flow *f)
{
    return (struct source){flow_read, f};
}

static rc_t
flow_drain(struct flow *f, struct err *e)
{
    char block[16 << 10];
    size_t n = 1;
    rc_t rc = RC_OK;

    while (rc == RC_OK && n > 0)
        rc = flow_read(f, block, sizeof block, &n, e);
    return rc;
}

/* ---- layers ---- */

static void
layer_close(struct layer *l)
{
    entries_close(&l->entries);
    expand_close(&l->expand);
    free(l->outer);
    l->outer = NULL;
    l->given = l->seekable = false;
}

static char *
copy(const char *s)
{
    char *p = strdup(s);

    if (!p)
        BUG("out of memory");
    return p;
}

/* All of `below` into the spill file, where it can be read in any order. */
static rc_t
spill(const struct unpack *u, struct flow *below, struct file *out, struct err *e)
{
    char block[64 << 10];
    size_t n;
    rc_t rc = blob_empty(&u->limit.spill, e);

    *out = (struct file){.blob = u->limit.spill};
    while (rc == RC_OK && (rc = flow_read(below, block, sizeof block, &n, e)) == RC_OK && n > 0) {
        if (out->size + n > UNPACK_SPILL)
            return too_big(UNPACK_SPILL, e);
        if ((rc = blob_write(&out->blob, block, n, e)) != RC_OK)
            return rc;
        out->size += n;
    }
    return rc;
}

static rc_t
open_entries(struct unpack *u, struct layer *l, enum entries_form form, struct flow *below,
             struct err *e)
{
    struct entries_input input = {flow_source(below), NULL};

    struct file *file = below == &u->base ? &u->file : NULL;
    rc_t rc;

    /* Both are read by the directory at their end. What a zip says before each file may be of one that
     * was deleted since. */
    if (form != ENTRIES_TAR && !file) {
        if (u->limit.spill.fd <= 0)
            return err_set(e, RC_REJECT, ERR_NESTED, "a %s inside of another archive",
                           entries_form_name(form));
        if ((rc = spill(u, below, &l->spilled, e)) != RC_OK)
            return rc;
        file = &l->spilled;
    }
    if (file) {
        input = (struct entries_input){
            {file_read, file},
            file_seek
        };
        file->at = 0;
    }
    l->seekable = input.seek != NULL;
    if (form == ENTRIES_ZIP && file == &l->spilled &&
        !u->bundle && /* else it was looked at before */
        (rc = zipdir_check(&input, u->limit.entries, e)) != RC_OK)
        return rc;
    return entries_open(&l->entries, form, &input, u->limit.entries, e);
}

static rc_t
open_expanded(struct unpack *u, struct layer *l, enum expand_form form, struct flow *below,
              struct err *e)
{
    const char *what;

    l->expand = expand_open(form, flow_source(below));
    flow_begin(&l->expanded, u, expand_source(l->expand), &u->out[u->depth][0], u->limit.total);
    flow_peek(&l->expanded);
    if (magic_of(l->expanded.head, l->expanded.n, &what) == MAGIC_TAR)
        return open_entries(u, l, ENTRIES_TAR, &l->expanded, e);
    l->expanded.most = u->limit.bytes;
    return RC_OK;
}

/* Go into what `below` holds; `outer` is its name. */
static rc_t
push(struct unpack *u, enum magic magic, struct flow *below, const char *outer, struct err *e)
{
    struct layer *l = &u->layers[u->depth];
    rc_t rc;

    if (u->depth == LAYERS)
        return err_set(e, RC_REJECT, ERR_NESTED, "an archive in an archive in an archive");
    l->outer = copy(outer);
    l->entry.unpack = NULL;
    switch (magic) {
    case MAGIC_ZIP:
        rc = open_entries(u, l, ENTRIES_ZIP, below, e);
        break;
    case MAGIC_TAR:
        rc = open_entries(u, l, ENTRIES_TAR, below, e);
        break;
    case MAGIC_7Z:
        rc = open_entries(u, l, ENTRIES_7Z, below, e);
        break;
    case MAGIC_GZIP:
        rc = open_expanded(u, l, EXPAND_GZIP, below, e);
        break;
    case MAGIC_XZ:
        rc = open_expanded(u, l, EXPAND_XZ, below, e);
        break;
    case MAGIC_ZSTD:
        rc = open_expanded(u, l, EXPAND_ZSTD, below, e);
        break;
    default:
        BUG("nothing to go into");
    }
    u->depth++; /* so that it is closed with the others */
    return rc;
}

static void
pop(struct unpack *u)
{
    struct layer *l = &u->layers[--u->depth];

    if (l->entries)
        u->seen += entries_seen(l->entries);
    layer_close(l);
}

/* ---- the entries of a layer ---- */

static rc_t
check_counts(const struct unpack *u, struct err *e)
{
    uint32_t seen = u->seen;

    for (unsigned i = 0; i < u->depth; i++)
        if (u->layers[i].entries)
            seen += entries_seen(u->layers[i].entries);
    if (seen > u->limit.entries)
        return err_set(e, RC_REJECT, ERR_ENTRIES, "more than %u entries", u->limit.entries);
    return RC_OK;
}

/* What an archive says of itself it is held to, by the flow too. */
static rc_t
check_declared(struct unpack *u, struct layer *l, struct err *e)
{
    uint64_t *sum = &u->declared[l - u->layers];
    int64_t bytes = entries_bytes(l->entries);

    if (bytes < 0)
        return RC_OK;
    if ((uint64_t)bytes > u->limit.bytes)
        return too_big(u->limit.bytes, e);
    *sum += (uint64_t)bytes;
    if (*sum > u->limit.total)
        return too_big(u->limit.total, e);
    if (*sum > RATIO_FROM && *sum / u->limit.ratio > u->file.size)
        return bomb(u, e);
    l->entry.most = (uint64_t)bytes;
    l->entry.declared = true;
    return RC_OK;
}

/* Where passing over means reading, we read, so that bytes are counted and check sums checked. */
static rc_t
next_entry(struct unpack *u, struct layer *l, struct err *e)
{
    rc_t rc;

    if (!l->seekable && l->entry.unpack && (rc = flow_drain(&l->entry, e)) != RC_OK)
        return rc;
    l->entry.unpack = NULL;
    if ((rc = entries_next(l->entries, e)) != RC_OK || (rc = check_counts(u, e)) != RC_OK)
        return rc;
    flow_begin(&l->entry, u, entries_source(l->entries), &u->out[l - u->layers][1], u->limit.bytes);
    return check_declared(u, l, e);
}

static rc_t
layer_next(struct unpack *u, struct layer *l, struct flow **at, struct err *e)
{
    if (l->entries) {
        *at = &l->entry;
        return next_entry(u, l, e);
    }
    *at = &l->expanded;
    if (l->given)
        return RC_END;
    l->given = true;
    return RC_OK;
}

/* ---- names ---- */

static const char *
base_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

/* "a.csv.gz" holds "a.csv", unless gzip says otherwise. */
static char *
expanded_name(const struct layer *l)
{
    static const char *const suffixes[] = {".gz", ".xz", ".zst", ".zstd"};
    char *told = entries_decode_name(expand_name(l->expand)), *name;
    size_t n;

    if (told && *base_name(told) && strlen(base_name(told)) <= ENTRIES_NAME_MAX) {
        name = copy(base_name(told));
        free(told);
        return name;
    }
    free(told);
    name = copy(base_name(l->outer));
    n = strlen(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t m = strlen(suffixes[i]);
        if (n > m && strcasecmp(name + n - m, suffixes[i]) == 0) {
            name[n - m] = '\0';
            break;
        }
    }
    return name;
}

/* Of what the top layer stands on. */
static rc_t
take_name(struct unpack *u, struct err *e)
{
    const struct layer *l = &u->layers[u->depth - 1];
    char *own = l->entries ? copy(entries_name(l->entries)) : expanded_name(l);
    char shown[NAME_SHOWN];
    size_t size;

    free(u->name);
    u->name = own;
    if (u->depth == 1)
        return RC_OK;
    size = strlen(l->outer) + strlen(own) + 2;
    if (!(u->name = malloc(size)))
        BUG("out of memory");
    snprintf(u->name, size, "%s/%s", l->outer, own);
    free(own);
    if (size - 1 <= ENTRIES_NAME_MAX)
        return RC_OK;
    return err_set(e, RC_REJECT, ERR_ARCHIVE, "name '%s' is longer than %d bytes",
                   span_show(shown, sizeof shown, span_of(u->name)), ENTRIES_NAME_MAX);
}

static uint64_t
hash(const char *s, bool small)
{
    uint64_t h =
        0xcbf29ce484222325u; /* FNV-1a; who makes two names meet has his own file refused */

    for (; *s; s++)
        h = (h ^ (unsigned char)(small && *s >= 'A' && *s <= 'Z' ? *s + 32 : *s)) * 0x100000001b3u;
    return h;
}

/* Two files of one name would be two batches that nobody can tell apart. */
static rc_t
check_name(struct unpack *u, struct err *e)
{
    uint64_t h = hash(u->name, u->package); /* of parts, large and small letters are the same */
    char shown[NAME_SHOWN];

    for (uint32_t i = 0; i < u->count; i++)
        if (u->names[i] == h)
            return err_set(e, RC_REJECT, ERR_ENTRIES, "holds '%s' twice",
                           span_show(shown, sizeof shown, span_of(u->name)));
    if ((u->count & (u->count + 1)) == 0) { /* 0, 1, 3, 7 … are taken */
        u->names = realloc(u->names, (2 * (size_t)u->count + 1) * sizeof *u->names);
        if (!u->names)
            BUG("out of memory");
    }
    u->names[u->count] = h;
    return RC_OK;
}

/* ---- the walk ---- */

/* By the directory, where there is one. */
static rc_t
has_workbook(struct unpack *u, bool *office, struct err *e)
{
    struct entries_input input = {
        {file_read, &u->file},
        file_seek
    };
    struct entries *x = NULL;
    rc_t rc;

    if ((rc = zipdir_check(&input, u->limit.entries, e)) != RC_OK)
        return rc;
    u->file.at = 0;
    if ((rc = entries_open(&x, ENTRIES_ZIP, &input, UINT32_MAX, e)) != RC_OK)
        return rc;
    while (!*office && entries_seen(x) <= u->limit.entries && (rc = entries_next(x, e)) == RC_OK)
        *office = strcmp(entries_name(x), "[Content_Types].xml") == 0 ||
                  strcmp(entries_name(x), "xl/workbook.xml") == 0;
    entries_close(&x);
    u->file.at = (int64_t)u->base.n;
    return rc == RC_END ? RC_OK : rc;
}

/* Of what is about to be given: *into when it is an archive, which is gone into instead. */
static rc_t
tell_kind(struct unpack *u, struct flow *f, const char *name, bool *into, struct err *e)
{
    bool office = false;
    const char *what;
    enum magic magic;
    rc_t rc = RC_OK;

    flow_peek(f);
    magic = magic_of(f->head, f->n, &what);
    if (magic == MAGIC_REFUSED)
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "is %s, must be zip, 7z, tar, gz, xz or zst",
                       what);
    if (magic == MAGIC_ZIP_EMPTY)
        return err_set(e, RC_REJECT, ERR_ENTRIES, "the zip holds no file");
    if (magic == MAGIC_DATA && (what = magic_lost(name, f->head, f->n)) != NULL)
        return err_set(e, RC_REJECT, strcmp(what, "xlsx") == 0 ? ERR_WORKBOOK : ERR_ARCHIVE,
                       "is named .%s and does not begin like one", what);
    if (magic == MAGIC_ZIP && f == &u->base)
        rc = has_workbook(u, &office, e);
    else if (magic == MAGIC_ZIP)
        office = magic_is_office(f->head, f->n);
    u->kind = office                                                ? UNPACK_XLSX
              : magic == MAGIC_DOCUMENT || magic == MAGIC_ENCRYPTED ? UNPACK_DOCUMENT
                                                                    : UNPACK_PLAIN;
    u->document = magic == MAGIC_DOCUMENT ? what : NULL;
    *into = magic != MAGIC_DATA && u->kind == UNPACK_PLAIN;
    if (rc != RC_OK || !*into)
        return rc;
    return push(u, magic, f, name, e);
}

static rc_t
advance(struct unpack *u, struct err *e)
{
    char shown[NAME_SHOWN];
    bool into = false;
    rc_t rc;

    while (u->depth > 0) {
        struct flow *f;

        if ((rc = layer_next(u, &u->layers[u->depth - 1], &f, e)) == RC_END) {
            pop(u);
            continue;
        }
        if (rc != RC_OK || (rc = take_name(u, e)) != RC_OK)
            return rc;
        u->at = f;
        if (!u->bundle && u->layers[u->depth - 1].entries &&
            entries_bytes(u->layers[u->depth - 1].entries) == 0) {
            u->empty++;
            continue;
        }
        if (u->bundle)
            return u->package ? check_name(u, e) : RC_OK;
        if ((rc = tell_kind(u, f, u->name, &into, e)) != RC_OK)
            return err_prefix(e, "'%s'", span_show(shown, sizeof shown, span_of(u->name)));
        if (!into)
            return check_name(u, e);
    }
    if (!u->count && u->empty)
        return err_set(e, RC_REJECT, ERR_EMPTY_FILE,
                       "files of the archive: %u, each without a byte", u->empty);
    if (!u->count)
        return err_set(e, RC_REJECT, ERR_ENTRIES, "the archive holds no file");
    return RC_END;
}

rc_t
unpack_next(struct unpack *u, struct unpack_item *item, struct err *e)
{
    const struct layer *l;
    rc_t rc = u->failed.rc;

    if (rc == RC_OK && u->plain && u->count > 0)
        return RC_END;
    if (rc == RC_OK && !u->plain)
        rc = advance(u, &u->failed);
    if (rc == RC_END)
        return RC_END;
    if (rc != RC_OK) {
        if (e)
            *e = u->failed;
        return rc;
    }
    l = u->plain ? NULL : &u->layers[u->depth - 1];
    if (item)
        *item = (struct unpack_item){u->count, unpack_name(u), u->kind, u->document,
                                     u->plain     ? (int64_t)u->file.size
                                     : l->entries ? entries_bytes(l->entries)
                                                  : -1};
    u->count++;
    return RC_OK;
}

static struct unpack *
unpack_new(struct blob blob, const char *upload, const struct unpack_limit *limit)
{
    struct unpack *u = calloc(1, sizeof *u);

    if (!u)
        BUG("out of memory");
    u->file.blob = blob;
    u->upload = copy(upload);
    if (limit)
        u->limit = *limit;
    if (!u->limit.bytes)
        u->limit.bytes = BYTES_DEFAULT;
    if (!u->limit.total)
        u->limit.total = TOTAL_DEFAULT;
    if (!u->limit.ratio)
        u->limit.ratio = RATIO_DEFAULT;
    if (!u->limit.entries)
        u->limit.entries = ENTRIES_DEFAULT;
    flow_begin(&u->base, u, (struct source){file_read, &u->file}, NULL, UINT64_MAX);
    u->at = &u->base;
    return u;
}

static rc_t
begin(struct unpack *u, struct err *e)
{
    bool into = false;
    rc_t rc = blob_bytes(&u->file.blob, &u->file.size, e);

    if (rc == RC_OK)
        rc = tell_kind(u, &u->base, u->upload, &into, e);
    if (rc == RC_OK && u->base.failed.rc != RC_OK) {
        *e = u->base.failed;
        rc = e->rc;
    }
    u->plain = !into;
    if (u->plain)
        u->base.most = u->limit.bytes;
    return rc;
}

rc_t
unpack_begin(struct unpack **out, struct blob blob, const char *upload,
             const struct unpack_limit *limit, struct err *e)
{
    struct unpack *u = unpack_new(blob, upload, limit);
    rc_t rc = begin(u, &u->failed);

    if (rc != RC_OK) {
        if (e)
            *e = u->failed;
        unpack_close(&u);
    }
    *out = u;
    return rc;
}

rc_t
unpack_open_nth(struct unpack **out, struct blob blob, const char *upload, uint32_t n,
                const struct unpack_limit *limit, struct unpack_item *item, struct err *e)
{
    struct unpack *u = NULL;
    rc_t rc = unpack_begin(&u, blob, upload, limit, e);

    while (rc == RC_OK && (rc = unpack_next(u, item, e)) == RC_OK && u->count <= n)
        continue;
    if (rc == RC_END)
        rc = err_set(e, RC_REJECT, ERR_NOT_FOUND, "holds %u data files, none is number %u",
                     u->count, n);
    if (rc != RC_OK)
        unpack_close(&u);
    *out = u;
    return rc;
}

/* All is walked before any data is given, since a partner should learn of a second file at once and
 * not after the first was loaded. */
static rc_t
survey(struct blob blob, const struct unpack_limit *limit, struct err *e)
{
    struct unpack *u = NULL;
    struct unpack_item item;
    uint32_t files = 0;
    bool office = false;
    rc_t rc = unpack_begin(&u, blob, "", limit, e);

    while (rc == RC_OK && (rc = unpack_next(u, &item, e)) == RC_OK) {
        files++;
        office |= item.kind == UNPACK_XLSX;
    }
    unpack_close(&u);
    if (rc != RC_END)
        return rc;
    if (files != 1)
        return err_set(e, RC_REJECT, ERR_ENTRIES, "the archive holds %u files, must be 1", files);
    if (office)
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "an Office workbook, must be CSV or XML");
    return RC_OK;
}

rc_t
unpack_open(struct unpack **out, struct blob blob, const struct unpack_limit *limit, struct err *e)
{
    rc_t rc = survey(blob, limit, e);

    *out = NULL;
    return rc == RC_OK ? unpack_open_nth(out, blob, "", 0, limit, NULL, e) : rc;
}

void
unpack_close(struct unpack **u)
{
    if (!*u)
        return;
    while ((*u)->depth > 0)
        pop(*u);
    free((*u)->names);
    free((*u)->name);
    free((*u)->upload);
    free(*u);
    *u = NULL;
}

uint32_t
unpack_empty(const struct unpack *u)
{
    return u->empty;
}

bool
unpack_is_archive(const struct unpack *u)
{
    return !u->plain;
}

const char *
unpack_name(const struct unpack *u)
{
    return u->name ? u->name : "";
}

struct source
unpack_source(struct unpack *u)
{
    return flow_source(u->at);
}

/* ---- entries by name, without a look into them ---- */

/* Our own bundles: thousands of messages that are much alike. */
static const struct unpack_limit of_bundles = {
    .ratio = UINT32_MAX, .entries = UINT32_MAX, .total = UINT64_MAX};

static rc_t
bundle_begin(struct unpack **out, struct blob blob, const struct unpack_limit *limit, struct err *e)
{
    struct unpack *u = unpack_new(blob, "", limit);
    const char *what;
    rc_t rc;

    u->bundle = true;
    flow_peek(&u->base);
    if ((rc = blob_bytes(&u->file.blob, &u->file.size, e)) == RC_OK)
        rc =
            push(u, magic_of(u->base.head, u->base.n, &what) == MAGIC_ZSTD ? MAGIC_ZSTD : MAGIC_ZIP,
                 &u->base, "", e);
    if (rc != RC_OK)
        unpack_close(&u);
    *out = u;
    return rc;
}

static rc_t
find_entry(struct unpack **out, struct blob blob, const char *name,
           const struct unpack_limit *limit, struct err *e)
{
    struct unpack *u = NULL;
    rc_t rc = bundle_begin(&u, blob, limit, e);

    while (rc == RC_OK && (rc = unpack_next(u, NULL, e)) == RC_OK && strcmp(u->name, name) != 0)
        continue;
    if (rc == RC_END)
        rc = err_set(e, RC_REJECT, ERR_NOT_FOUND, "no entry '%s'", name);
    if (rc != RC_OK)
        unpack_close(&u);
    *out = u;
    return rc;
}

rc_t
unpack_entry(struct unpack **u, struct blob blob, const char *name, struct err *e)
{
    return find_entry(u, blob, name, &of_bundles, e);
}

rc_t
unpack_part(struct unpack **u, struct blob blob, const char *name, struct err *e)
{
    return find_entry(u, blob, name, NULL, e);
}

rc_t
unpack_check_package(struct blob blob, struct err *e)
{
    struct unpack *u = unpack_new(blob, "", NULL);
    struct entries_input input = {
        {file_read, &u->file},
        file_seek
    };
    rc_t rc = blob_bytes(&u->file.blob, &u->file.size, e);

    u->bundle = u->package = true;
    if (rc == RC_OK && (rc = zipdir_check(&input, u->limit.entries, e)) == RC_OK)
        rc = push(u, MAGIC_ZIP, &u->base, "", e);
    while (rc == RC_OK)
        rc = unpack_next(u, NULL, e);
    unpack_close(&u);
    return rc == RC_END ? RC_OK : rc;
}

rc_t
unpack_list(struct blob blob,
            rc_t (*on_entry)(void *ctx, const char *name, uint64_t bytes, struct source data,
                             struct err *e),
            void *ctx, struct err *e)
{
    struct unpack *u = NULL;
    struct unpack_item item;
    rc_t rc = bundle_begin(&u, blob, &of_bundles, e);

    while (rc == RC_OK && (rc = unpack_next(u, &item, e)) == RC_OK) {
        rc = on_entry(ctx, item.name, item.bytes < 0 ? 0 : (uint64_t)item.bytes, unpack_source(u),
                      e);
        if (rc == RC_OK && u->at->failed.rc != RC_OK) { /* a callback must not lose it */
            if (e)
                *e = u->at->failed;
            rc = u->at->failed.rc;
        }
    }
    unpack_close(&u);
    return rc == RC_END ? RC_OK : rc;
}
