/*
 * wire.h - values as SSH writes them (RFC 4251, section 5).
 *
 * Shape    wire_take_…() moves the front of a span; false, and the span is of no use, where the bytes end
 *          before the value does. wire_put_…() adds to a buffer.
 */
#ifndef LANDPORT_WIRE_H
#define LANDPORT_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/stream.h"

static inline bool
wire_take(struct span *in, size_t n, struct span *out)
{
    if (n > in->n)
        return false;
    *out = (struct span){in->p, n};
    in->p += n;
    in->n -= n;
    return true;
}

static inline bool
wire_take_byte(struct span *in, unsigned char *out)
{
    struct span s;

    if (!wire_take(in, 1, &s))
        return false;
    *out = (unsigned char)*s.p;
    return true;
}

static inline bool
wire_take_number(struct span *in, uint32_t *out)
{
    const unsigned char *p;
    struct span s;

    if (!wire_take(in, 4, &s))
        return false;
    p = (const unsigned char *)s.p;
    *out = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return true;
}

static inline bool
wire_take_string(struct span *in, struct span *out)
{
    uint32_t n;

    return wire_take_number(in, &n) && wire_take(in, n, out);
}

static inline bool
wire_take_word(struct span *in, const char *word)
{
    struct span s;

    return wire_take_string(in, &s) && span_is(s, word);
}

static inline void
wire_put_number(struct buf *b, uint32_t n)
{
    const unsigned char p[4] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
                                (unsigned char)(n >> 8), (unsigned char)n};

    buf_put(b, p, sizeof p);
}

static inline void
wire_put_string(struct buf *b, struct span s)
{
    wire_put_number(b, (uint32_t)s.n);
    buf_put(b, s.p, s.n);
}

/* A positive number, most significant byte first. */
static inline void
wire_put_integer(struct buf *b, struct span s)
{
    while (s.n > 0 && *s.p == 0)
        s = (struct span){s.p + 1, s.n - 1};
    wire_put_number(b, (uint32_t)s.n + (s.n > 0 && (*s.p & 0x80)));
    if (s.n > 0 && (*s.p & 0x80))
        buf_put(b, "", 1);
    buf_put(b, s.p, s.n);
}

#endif
