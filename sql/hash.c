#include "sql/hash.h"

#include <string.h>

#define START 0x9e3779b9u
#define BLOCK 12

struct state {
    uint32_t a, b, c;
};

static inline uint32_t
turn(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static inline uint32_t
word(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void
mix(struct state *s)
{
    s->a -= s->c, s->a ^= turn(s->c, 4), s->c += s->b;
    s->b -= s->a, s->b ^= turn(s->a, 6), s->a += s->c;
    s->c -= s->b, s->c ^= turn(s->b, 8), s->b += s->a;
    s->a -= s->c, s->a ^= turn(s->c, 16), s->c += s->b;
    s->b -= s->a, s->b ^= turn(s->a, 19), s->a += s->c;
    s->c -= s->b, s->c ^= turn(s->b, 4), s->b += s->a;
}

static inline void
end(struct state *s)
{
    s->c ^= s->b, s->c -= turn(s->b, 14);
    s->a ^= s->c, s->a -= turn(s->c, 11);
    s->b ^= s->a, s->b -= turn(s->a, 25);
    s->c ^= s->b, s->c -= turn(s->b, 16);
    s->a ^= s->c, s->a -= turn(s->c, 4);
    s->b ^= s->a, s->b -= turn(s->a, 14);
    s->c ^= s->b, s->c -= turn(s->b, 24);
}

/* Must give what hashtextextended(text, 0) gives, bit for bit, for keys that are made here and there alike; the numbers are
 * PostgreSQL's. Read as a little-endian machine does, whatever this one is. */
int64_t
hash_text(struct span text)
{
    const uint32_t start = START + (uint32_t)text.n + 3923095u;
    const unsigned char *p = (const unsigned char *)text.p;
    unsigned char rest[BLOCK] = {0};
    struct state s = {start, start, start};
    size_t n = text.n;

    for (; n >= BLOCK; p += BLOCK, n -= BLOCK) {
        s.a += word(p), s.b += word(p + 4), s.c += word(p + 8);
        mix(&s);
    }
    if (n)
        memcpy(rest, p, n);
    /* the lowest byte of c is the length's: the rest is shifted past it */
    s.a += word(rest), s.b += word(rest + 4), s.c += word(rest + 8) << 8;
    end(&s);
    return (int64_t)((uint64_t)s.b << 32 | s.c);
}
