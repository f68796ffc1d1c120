#include "formats/read/utf16.h"

#define HALF_BYTE 0x80 /* what a half of a single byte at the end is added to */

static unsigned
unit_at(const unsigned char *p, bool big)
{
    return big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

static bool
is_first_half(unsigned unit)
{
    return unit >= 0xD800 && unit < 0xDC00;
}

static bool
is_second_half(unsigned unit)
{
    return unit >= 0xDC00 && unit < 0xE000;
}

static size_t
put_utf8(unsigned c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static size_t
put_single_byte(unsigned char byte, char out[4])
{
    out[0] = (char)0xFF;
    out[1] = (char)(HALF_BYTE | byte >> 4);
    out[2] = (char)(HALF_BYTE | (byte & 0x0F));
    return 3;
}

size_t
utf16_char(const unsigned char *p, size_t n, bool big, bool last, char out[4], size_t *len,
           bool *good)
{
    unsigned unit, second;

    *good = false;
    *len = n < 2 ? n : 2;
    if (n < 2)
        return last ? put_single_byte(p[0], out) : 0;
    unit = unit_at(p, big);
    if (is_first_half(unit) && n < 4 && !last)
        return 0;
    if (is_first_half(unit) && n >= 4) {
        second = unit_at(p + 2, big);
        if (is_second_half(second)) {
            *good = true;
            *len = 4;
            return put_utf8(0x10000 + ((unit - 0xD800) << 10 | (second - 0xDC00)), out);
        }
    }
    *good = !is_first_half(unit) && !is_second_half(unit);
    return put_utf8(unit, out);
}

void
utf16_init(struct utf16 *u, struct source in, bool big)
{
    u->in = in;
    u->big = big;
    u->eof = false;
    u->at = u->n = u->out_at = u->out_n = 0;
}

/* What is left of raw to its front, and more behind it. */
static rc_t
fill(struct utf16 *u, struct err *e)
{
    size_t n = 0;
    rc_t rc;

    memmove(u->raw, u->raw + u->at, u->n - u->at);
    u->n -= u->at;
    u->at = 0;
    rc = u->in.read(u->in.ctx, u->raw + u->n, sizeof(u->raw) - u->n, &n, e);
    if (rc != RC_OK && rc != RC_END)
        return rc;
    u->eof = rc == RC_END || n == 0;
    u->n += u->eof ? 0 : n;
    return RC_OK;
}

/* As many characters of raw as there is room for; of one more the part that has room. */
static size_t
convert(struct utf16 *u, char *to, size_t size)
{
    size_t put = 0;

    for (;;) {
        while (put < size && u->out_at < u->out_n)
            to[put++] = u->out[u->out_at++];
        if (put == size || u->at == u->n)
            return put;

        size_t len;
        bool good;

        u->out_at = 0;
        u->out_n = utf16_char(u->raw + u->at, u->n - u->at, u->big, u->eof, u->out, &len, &good);
        if (u->out_n == 0)
            return put;
        u->at += len;
    }
}

static rc_t
utf16_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct utf16 *u = ctx;
    rc_t rc;

    *n = 0;
    while (size > 0 && (*n = convert(u, buf, size)) == 0 && !u->eof)
        if ((rc = fill(u, e)) != RC_OK)
            return rc;
    return RC_OK;
}

struct source
utf16_source(struct utf16 *u)
{
    return (struct source){utf16_read, u};
}

size_t
utf16_size(struct span text)
{
    size_t size = 0;

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        size += c == 0xFF ? 1 : c >= 0xF0 ? 4 : (c & 0xC0) == 0x80 ? 0 : 2;
    }
    return size;
}

static char *
put_unit(char *out, unsigned unit, bool big)
{
    out[big ? 0 : 1] = (char)(unit >> 8);
    out[big ? 1 : 0] = (char)(unit & 0xFF);
    return out + 2;
}

/* Bytes of the character that begins so, as utf16_char() writes it. */
static size_t
length_of(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 || lead == 0xFF ? 3 : 4;
}

size_t
utf16_back(char *out, struct span text, bool big)
{
    const unsigned char *p = (const unsigned char *)text.p, *end = p + text.n;
    char *to = out;
    size_t n;

    for (; p < end && (n = length_of(*p)) <= (size_t)(end - p); p += n) {
        unsigned c = n == 1 ? *p : *p & (0x7Fu >> n);

        for (size_t i = 1; i < n; i++)
            c = c << 6 | (p[i] & 0x3F);
        if (*p == 0xFF) {
            *to++ = (char)((p[1] & 0x0F) << 4 | (p[2] & 0x0F));
        } else if (n == 4) {
            to = put_unit(to, 0xD800 + ((c - 0x10000) >> 10), big);
            to = put_unit(to, 0xDC00 + ((c - 0x10000) & 0x3FF), big);
        } else {
            to = put_unit(to, c, big);
        }
    }
    return (size_t)(to - out);
}
