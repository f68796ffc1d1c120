#include "base/stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_PIECE ((size_t)16 << 10)

static rc_t
read_fd(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    const struct stream_fd *f = ctx;
    ssize_t got;

    *n = 0;
    do
        got = read(f->fd, buf, size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: read: %s", f->name, strerror(errno));
    *n = (size_t)got;
    return RC_OK;
}

static rc_t
write_failed(const struct stream_fd *f, int error, struct err *e)
{
    if (error == ENOSPC || error == EDQUOT)
        return err_set(e, RC_RETRY, ERR_NO_SPACE, "%s: write: %s", f->name, strerror(error));
    return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: write: %s", f->name, strerror(error));
}

static rc_t
write_fd(void *ctx, const void *buf, size_t n, struct err *e)
{
    const struct stream_fd *f = ctx;
    const char *p = buf;

    while (n > 0) {
        ssize_t put = write(f->fd, p, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return write_failed(f, put < 0 ? errno : EIO, e);
        p += put;
        n -= (size_t)put;
    }
    return RC_OK;
}

struct source
source_fd(struct stream_fd *f)
{
    return (struct source){read_fd, f};
}

static rc_t
write_bounded(void *ctx, const void *p, size_t n, struct err *e)
{
    struct bounded *b = ctx;

    if (n > b->left)
        return err_set(e, RC_REJECT, b->code, "%s", b->text);
    b->left -= n;
    return b->out.write(b->out.ctx, p, n, e);
}

struct sink
sink_bounded(struct bounded *b)
{
    return (struct sink){write_bounded, b};
}

struct sink
sink_fd(struct stream_fd *f)
{
    return (struct sink){write_fd, f};
}

static rc_t
read_mem(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct stream_mem *m = ctx;
    size_t left = m->n - m->at;

    (void)e;
    *n = size < left ? size : left;
    if (*n)
        memcpy(buf, m->p + m->at, *n);
    m->at += *n;
    return RC_OK;
}

struct source
source_mem(struct stream_mem *m)
{
    return (struct source){read_mem, m};
}

void
buf_grow(struct buf *b, size_t more)
{
    size_t size = b->size ? b->size : 256;
    char *p;

    while (size - b->n < more && size <= SIZE_MAX / 2)
        size *= 2;
    if (size - b->n < more || !(p = realloc(b->p, size))) {
        fprintf(stderr, "landport: panic: no memory for %zu bytes more\n", more);
        abort();
    }
    b->p = p;
    b->size = size;
}

void
buf_str(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        BUG("cannot format \"%s\"", format);
    buf_reserve(b, (size_t)n + 1);
    vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
    va_end(again);
    b->n += (size_t)n;
}

void
buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}

/* By what has come so far, not by what is allowed: the most allowed is a thousand times what most files are. */
bool
buf_read(struct buf *b, FILE *f, size_t most)
{
    size_t left = most + 1, n;

    do {
        buf_reserve(b, left < FILE_PIECE ? left : FILE_PIECE);
        n = b->size - b->n < left ? b->size - b->n : left;
        n = fread(b->p + b->n, 1, n, f);
        b->n += n;
        left -= n;
    } while (n && left);
    return !ferror(f);
}

const char *
buf_text(struct buf *b, struct arena *a)
{
    const char *text = arena_span(a, (struct span){b->p, b->n});

    buf_free(b);
    return text;
}

static rc_t
write_buf(void *ctx, const void *buf, size_t n, struct err *e)
{
    (void)e;
    buf_put(ctx, buf, n);
    return RC_OK;
}

struct sink
sink_buf(struct buf *b)
{
    return (struct sink){write_buf, b};
}
