#include "spool/expand.h"

#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define BLOCK       (64 << 10)
#define NAME        1024
#define WINDOW_LOG  26
#define XZ_OVERHEAD ((size_t)1 << 20) /* what liblzma counts beside the dictionary */

_Static_assert(EXPAND_WINDOW == (size_t)1 << WINDOW_LOG, "one limit, said twice");

/* What a step of a library made of the input at hand. */
struct step {
    size_t used, made;
    bool ended; /* at the end of a member: the input may end here */
};

struct method {
    const char *name;
    void (*begin)(struct expand *x);
    rc_t (*step)(struct expand *x, void *out, size_t size, struct step *s, struct err *e);
    void (*end)(struct expand *x);
};

struct expand {
    const struct method *method;
    struct source in;
    union {
        z_stream gzip;
        lzma_stream xz;
        ZSTD_DCtx *zstd;
    } with;
    gz_header header;
    size_t at, n; /* of block */
    bool in_ended, ended;
    char block[BLOCK];
    char name[NAME];
};

static rc_t
damaged(const struct expand *x, const char *what, struct err *e)
{
    return err_set(e, RC_REJECT, ERR_ARCHIVE, "%s: %s", x->method->name, what);
}

static rc_t
window_too_big(const struct expand *x, struct err *e)
{
    return err_set(e, RC_REJECT, ERR_TOO_BIG, "%s: needs a window of more than %zu MiB",
                   x->method->name, EXPAND_WINDOW >> 20);
}

static void
gzip_begin(struct expand *x)
{
    if (inflateInit2(&x->with.gzip, MAX_WBITS + 16) != Z_OK)
        BUG("zlib does not start");
    x->header = (gz_header){.name = (Bytef *)x->name, .name_max = NAME - 1};
    inflateGetHeader(&x->with.gzip, &x->header);
}

static rc_t
gzip_step(struct expand *x, void *out, size_t size, struct step *s, struct err *e)
{
    z_stream *z = &x->with.gzip;
    int r = Z_OK;

    /* gzip -c a >> b makes one file of several members, and their contents belong together */
    if (x->ended) /* another member; the name is the first one's */
        r = inflateReset(z);
    z->next_in = (Bytef *)x->block + x->at;
    z->avail_in = (uInt)(x->n - x->at);
    z->next_out = out;
    z->avail_out = (uInt)size;
    if (r == Z_OK)
        r = inflate(z, Z_NO_FLUSH);
    s->used = x->n - x->at - z->avail_in;
    s->made = size - z->avail_out;
    s->ended = r == Z_STREAM_END;
    if (r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR)
        return RC_OK;
    if (r == Z_MEM_ERROR)
        BUG("out of memory");
    return damaged(x, z->msg ? z->msg : "damaged", e);
}

static void
gzip_end(struct expand *x)
{
    inflateEnd(&x->with.gzip);
}

static void
xz_begin(struct expand *x)
{
    x->with.xz = (lzma_stream)LZMA_STREAM_INIT;
    /* the dictionary's size is in the file, up to 4 GiB: what is over the window ends it before it is allocated */
    if (lzma_stream_decoder(&x->with.xz, EXPAND_WINDOW + XZ_OVERHEAD,
                            LZMA_TELL_UNSUPPORTED_CHECK | LZMA_CONCATENATED) != LZMA_OK)
        BUG("liblzma does not start");
}

static rc_t
xz_step(struct expand *x, void *out, size_t size, struct step *s, struct err *e)
{
    lzma_stream *z = &x->with.xz;
    lzma_ret r;

    z->next_in = (const uint8_t *)x->block + x->at;
    z->avail_in = x->n - x->at;
    z->next_out = out;
    z->avail_out = size;
    r = lzma_code(z, x->in_ended ? LZMA_FINISH : LZMA_RUN);
    s->used = x->n - x->at - z->avail_in;
    s->made = size - z->avail_out;
    s->ended = r == LZMA_STREAM_END;
    switch (r) {
    case LZMA_OK:
    case LZMA_STREAM_END:
    case LZMA_BUF_ERROR:
        return RC_OK;
    case LZMA_MEMLIMIT_ERROR:
    case LZMA_MEM_ERROR: /* a confined process has less than the limit */
        return window_too_big(x, e);
    case LZMA_UNSUPPORTED_CHECK:
        return damaged(x, "its check sum is of an unknown kind", e);
    default:
        return damaged(x, "damaged", e);
    }
}

static void
xz_end(struct expand *x)
{
    lzma_end(&x->with.xz);
}

static void
zstd_begin(struct expand *x)
{
    x->with.zstd = ZSTD_createDCtx();
    if (!x->with.zstd)
        BUG("out of memory");
    ZSTD_DCtx_setParameter(x->with.zstd, ZSTD_d_windowLogMax, WINDOW_LOG);
}

static rc_t
zstd_step(struct expand *x, void *out, size_t size, struct step *s, struct err *e)
{
    ZSTD_inBuffer from = {x->block + x->at, x->n - x->at, 0};
    ZSTD_outBuffer to = {out, size, 0};
    size_t r = ZSTD_decompressStream(x->with.zstd, &to, &from);

    s->used = from.pos;
    s->made = to.pos;
    s->ended = r == 0;
    if (!ZSTD_isError(r))
        return RC_OK;
    switch (ZSTD_getErrorCode(r)) {
    case ZSTD_error_frameParameter_windowTooLarge:
    case ZSTD_error_memory_allocation:
        return window_too_big(x, e);
    default:
        return damaged(x, ZSTD_getErrorName(r), e);
    }
}

static void
zstd_end(struct expand *x)
{
    ZSTD_freeDCtx(x->with.zstd);
}

static const struct method methods[] = {
    [EXPAND_GZIP] = {"gzip", gzip_begin, gzip_step, gzip_end},
    [EXPAND_XZ] = {"xz",   xz_begin,   xz_step,   xz_end  },
    [EXPAND_ZSTD] = {"zstd", zstd_begin, zstd_step, zstd_end},
};

struct expand *
expand_open(enum expand_form form, struct source in)
{
    struct expand *x = calloc(1, sizeof *x);

    if (!x)
        BUG("out of memory");
    x->method = &methods[form];
    x->in = in;
    x->method->begin(x);
    return x;
}

void
expand_close(struct expand **x)
{
    if (!*x)
        return;
    (*x)->method->end(*x);
    free(*x);
    *x = NULL;
}

static rc_t
fill(struct expand *x, struct err *e)
{
    rc_t rc;

    if (x->at < x->n || x->in_ended)
        return RC_OK;
    x->at = x->n = 0;
    if ((rc = x->in.read(x->in.ctx, x->block, sizeof x->block, &x->n, e)) == RC_OK)
        x->in_ended = x->n == 0;
    return rc;
}

static rc_t
on_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct expand *x = ctx;
    struct step s = {0};
    rc_t rc;

    *n = 0;
    if (size > 1u << 30)
        size = 1u << 30; /* zlib counts in unsigned int */
    while (size > 0) {
        if ((rc = fill(x, e)) != RC_OK)
            return rc;
        if (x->in_ended && x->ended)
            return RC_OK;
        if ((rc = x->method->step(x, buf, size, &s, e)) != RC_OK)
            return rc;
        x->at += s.used;
        if (s.used || s.made || s.ended)
            x->ended = s.ended;
        if ((*n = s.made) > 0)
            return RC_OK;
        if (x->in_ended && !x->ended)
            return err_set(e, RC_REJECT, ERR_ARCHIVE_CUT, "%s: ends before its end",
                           x->method->name);
    }
    return RC_OK;
}

struct source
expand_source(struct expand *x)
{
    return (struct source){on_read, x};
}

const char *
expand_name(const struct expand *x)
{
    return x->name;
}
