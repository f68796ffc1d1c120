/*
 * stream.h - bytes that come or go, whoever makes or takes them.
 *
 * Shape    Two structs of one call and a context, so that readers and writers of formats need not
 *          know where bytes lie (spool file, archive entry, pipe, memory).
 * Rules    A source gives n > 0 bytes, 0 at the end. A sink takes all bytes or fails.
 */
#ifndef LANDPORT_STREAM_H
#define LANDPORT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

struct source {
    rc_t (*read)(void *ctx, void *buf, size_t size, size_t *n, struct err *e);
    void *ctx;
};

struct sink {
    rc_t (*write)(void *ctx, const void *buf, size_t n, struct err *e);
    void *ctx;
};

struct stream_fd {
    int fd;
    const char *name; /* for the error text */
};
/* Both borrow f. */
struct source source_fd(struct stream_fd *f);
struct sink sink_fd(struct stream_fd *f);

/* Passes on as many bytes as are left, and refuses more with RC_REJECT, code and text (English). */
struct bounded {
    struct sink out;
    uint64_t left;
    err_code_t code;
    const char *text;
};
/* Borrows b. */
struct sink sink_bounded(struct bounded *b);

struct stream_mem {
    const char *p;
    size_t n, at;
};
struct source source_mem(struct stream_mem *m);

/* A buffer that grows by doubling; free with buf_free. As a sink: sink_buf. */
struct buf {
    char *p;
    size_t n, size;
};
void buf_grow(struct buf *b, size_t more);
static inline void
buf_reserve(struct buf *b, size_t more)
{
    if (more > b->size - b->n)
        buf_grow(b, more);
}
static inline void
buf_put(struct buf *b, const void *p, size_t n)
{
    if (!n)
        return;
    buf_reserve(b, n);
    memcpy(b->p + b->n, p, n);
    b->n += n;
}
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *b);
/* What is left of an open file, but no more than `most` bytes and one: whoever finds that one knows that
 * the file is longer. False: it cannot be read. */
bool buf_read(struct buf *b, FILE *f, size_t most);
/* Its text in the arena, with a NUL, and frees it; NULL where nothing was put. */
const char *buf_text(struct buf *b, struct arena *a);
struct sink sink_buf(struct buf *b);

#endif
