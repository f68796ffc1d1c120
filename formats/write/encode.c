#include "formats/write/encode.h"

#define BYTES_MAX 4 /* of a character, in each of the charsets; UTF-8 has at least one for it */

const char *
encode_label(enum written_charset c)
{
    static const char *const labels[] = {"UTF-8", "GB18030", "GBK"};

    return labels[c];
}

rc_t
encode_open(iconv_t *to, enum written_charset c, struct err *e)
{
    *to = (iconv_t)-1;
    if (c != WRITTEN_UTF8 && (*to = iconv_open(encode_label(c), "UTF-8")) == (iconv_t)-1)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "no conversion from UTF-8 to %s here",
                       encode_label(c));
    return RC_OK;
}

void
encode_close(iconv_t *to)
{
    if (*to != (iconv_t)-1)
        iconv_close(*to);
    *to = (iconv_t)-1;
}

static bool
is_ascii(struct span v)
{
    unsigned char seen = 0;

    for (size_t i = 0; i < v.n; i++)
        seen |= (unsigned char)v.p[i];
    return seen < 0x80;
}

bool
encode_put(struct buf *out, iconv_t to, struct span v, size_t *bad)
{
    char *from = (char *)(uintptr_t)v.p, *at; /* iconv does not write there */
    size_t left = v.n, space = v.n * BYTES_MAX;
    bool good;

    *bad = span_valid_utf8(v); /* also where nothing is converted: what is written can be read */
    if (*bad < v.n)
        return false;
    if (to == (iconv_t)-1 || is_ascii(v)) {
        buf_put(out, v.p, v.n);
        return true;
    }
    buf_reserve(out, space);
    at = out->p + out->n;
    iconv(to, NULL, NULL, NULL, NULL);
    good = iconv(to, &from, &left, &at, &space) == 0; /* more: it took another character for one */
    *bad = v.n - left;
    if (good)
        out->n = (size_t)(at - out->p);
    return good;
}

uint32_t
encode_code_point(const char *p, size_t left, size_t *bytes)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t more = u[0] < 0xC0 ? 0 : u[0] < 0xE0 ? 1 : u[0] < 0xF0 ? 2 : 3;
    uint32_t c = more ? u[0] & (0x3Fu >> more) : u[0];

    *bytes = 1;
    for (; *bytes <= more && *bytes < left; (*bytes)++)
        c = c << 6 | (u[*bytes] & 0x3F);
    return c;
}
