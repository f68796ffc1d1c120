#include "formats/read/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "formats/read/utf16.h"

#define BEGINNING  4096u
#define CP936_EURO '\x80' /* Windows' GBK has it there, GB18030 elsewhere and nothing there */
#define NUL_AMONG  20     /* bytes of a text that is not UTF-16; more is no accident */

struct charset_conv {
    enum charset from;
    iconv_t to_utf8, from_utf8; /* (iconv_t)-1: not needed or not to be had */
};

enum sequence { SEQUENCE_GOOD, SEQUENCE_BROKEN, SEQUENCE_CUT };

/* The first row of a charset has the name it is shown by. */
static const struct {
    const char *name;
    enum charset charset;
} names[] = {
    {"auto",     CHARSET_AUTO   },
    {"UTF-8",    CHARSET_UTF8   },
    {"GB18030",  CHARSET_GB18030},
    {"UTF-16",   CHARSET_UTF16  },
    {"UTF-16LE", CHARSET_UTF16LE},
    {"UTF-16BE", CHARSET_UTF16BE},
    {"UTF8",     CHARSET_UTF8   },
    {"GBK",      CHARSET_GB18030},
    {"GB2312",   CHARSET_GB18030},
};

const char *
charset_name(enum charset c)
{
    size_t i = 0;

    while (names[i].charset != c)
        i++;
    return names[i].name;
}

bool
charset_parse(enum charset *c, const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(name, names[i].name) == 0) {
            *c = names[i].charset;
            return true;
        }
    }
    return false;
}

bool
charset_is_utf16(enum charset c)
{
    return c == CHARSET_UTF16LE || c == CHARSET_UTF16BE;
}

struct span
charset_bom(enum charset c)
{
    switch (c) {
    case CHARSET_UTF8:
        return SPAN("\xEF\xBB\xBF");
    case CHARSET_GB18030:
        return SPAN("\x84\x31\x95\x33");
    case CHARSET_UTF16LE:
        return SPAN("\xFF\xFE");
    case CHARSET_UTF16BE:
        return SPAN("\xFE\xFF");
    case CHARSET_UTF16:
    case CHARSET_AUTO:
        break;
    }
    return SPAN("");
}

/* Number of leading ASCII bytes, in words of eight as long as they last. */
static size_t
ascii_prefix(const char *p, size_t n)
{
    size_t at = 0;
    uint64_t w;

    for (; n - at >= sizeof(w); at += sizeof(w)) {
        memcpy(&w, p + at, sizeof(w));
        if (w & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < n && (unsigned char)p[at] < 0x80)
        at++;
    return at;
}

/* Judge the sequence at p, n > 0; *len is its length, or that of what can begin none. */
static enum sequence
sequence_at(const unsigned char *p, size_t n, size_t *len)
{
    unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    size_t want = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

    *len = 1;
    if ((p[0] >= 0x80 && p[0] < 0xC2) || p[0] > 0xF4)
        return SEQUENCE_BROKEN;
    for (; *len < want; ++*len) {
        if (*len == n)
            return SEQUENCE_CUT;
        if (p[*len] < low || p[*len] > high)
            return SEQUENCE_BROKEN;
        low = 0x80;
        high = 0xBF;
    }
    return SEQUENCE_GOOD;
}

static void
feed_bom(struct charset_sniff *s, const unsigned char *p, size_t n)
{
    static const enum charset all[] = {CHARSET_UTF8, CHARSET_GB18030, CHARSET_UTF16LE,
                                       CHARSET_UTF16BE};

    while (n > 0 && s->head_n < sizeof(s->head)) {
        s->head[s->head_n++] = *p++;
        n--;
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct span bom = charset_bom(all[i]);

        if (s->head_n >= bom.n && memcmp(s->head, bom.p, bom.n) == 0)
            s->bom = all[i];
    }
}

/* Finish the sequence the last piece began; returns how many bytes of this piece it took. */
static size_t
feed_tail(struct charset_sniff *s, const unsigned char *p, size_t n)
{
    size_t at = 0, len;

    while (s->tail_n > 0 && at < n) {
        s->tail[s->tail_n++] = p[at++];
        switch (sequence_at(s->tail, s->tail_n, &len)) {
        case SEQUENCE_CUT:
            break;
        case SEQUENCE_GOOD:
            s->good++;
            s->tail_n = 0;
            break;
        case SEQUENCE_BROKEN:
            s->broken++;
            s->tail_n = 0;
            at--; /* the byte that broke it may begin another */
            break;
        }
    }
    return at;
}

void
charset_feed(struct charset_sniff *s, const void *p, size_t n)
{
    const unsigned char *bytes = p;
    size_t at, len;

    if (s->head_n < sizeof(s->head))
        feed_bom(s, bytes, n);
    for (size_t i = 0; i < n && s->looked < BEGINNING; i++, s->looked++)
        s->nul += bytes[i] == 0;
    at = feed_tail(s, bytes, n);
    while (at < n) {
        if (bytes[at] < 0x80) {
            at += ascii_prefix((const char *)bytes + at, n - at);
            continue;
        }
        switch (sequence_at(bytes + at, n - at, &len)) {
        case SEQUENCE_GOOD:
            s->good++;
            break;
        case SEQUENCE_BROKEN:
            s->broken++;
            break;
        case SEQUENCE_CUT:
            memcpy(s->tail, bytes + at, len);
            s->tail_n = (unsigned)len;
            break;
        }
        at += len;
    }
}

enum charset
charset_result(const struct charset_sniff *s)
{
    unsigned long long broken = s->broken + (s->tail_n > 0);

    if (s->bom != CHARSET_AUTO)
        return s->bom;
    return broken * 10 <= s->good ? CHARSET_UTF8 : CHARSET_GB18030;
}

bool
charset_decide(const struct charset_sniff *s, enum charset told, enum charset *found)
{
    *found = told == CHARSET_AUTO ? charset_result(s) : told == CHARSET_UTF16 ? s->bom : told;
    if (told == CHARSET_AUTO && s->bom == CHARSET_AUTO)
        return s->nul * NUL_AMONG <= s->looked || s->nul == s->looked;
    return told != CHARSET_UTF16 || charset_is_utf16(s->bom);
}

struct charset_conv *
charset_open(enum charset from)
{
    struct charset_conv *c = calloc(1, sizeof(*c));

    if (!c)
        BUG("out of memory");
    c->from = from;
    c->to_utf8 = c->from_utf8 = (iconv_t)-1;
    if (from == CHARSET_GB18030) { /* both now: later the process may be closed in */
        c->to_utf8 = iconv_open("UTF-8", "GB18030");
        c->from_utf8 = iconv_open("GB18030", "UTF-8");
    }
    return c;
}

void
charset_close(struct charset_conv **c)
{
    if (!*c)
        return;
    if ((*c)->to_utf8 != (iconv_t)-1)
        iconv_close((*c)->to_utf8);
    if ((*c)->from_utf8 != (iconv_t)-1)
        iconv_close((*c)->from_utf8);
    free(*c);
    *c = NULL;
}

static rc_t
bad_bytes(enum charset charset, struct span in, size_t at, size_t *bad, struct err *e)
{
    *bad = at;
    return err_set(e, RC_REJECT, ERR_BAD_BYTES, "byte %zu: 0x%02X is not valid %s", at,
                   (unsigned char)in.p[at], charset_name(charset));
}

static rc_t
utf16_to_utf8(enum charset from, struct arena *a, struct span in, struct span *out, size_t *bad,
              struct err *e)
{
    const unsigned char *p = (const unsigned char *)in.p;
    char *text = arena_alloc(a, in.n + in.n / 2 + 4), *to = text; /* two bytes give three at most */
    size_t len;
    bool good;

    for (size_t at = 0; at < in.n; at += len) {
        to += utf16_char(p + at, in.n - at, from == CHARSET_UTF16BE, true, to, &len, &good);
        if (!good)
            return bad_bytes(from, in, at, bad, e);
    }
    *out = (struct span){text, (size_t)(to - text)};
    return RC_OK;
}

rc_t
charset_to_utf8(struct charset_conv *c, struct arena *a, struct span in, struct span *out,
                size_t *bad, struct err *e)
{
    size_t left = in.n, size = in.n * 3, room = size, valid;
    char *text, *to;
    char *from = (char *)(uintptr_t)in.p; /* iconv does not write there */

    *out = in;
    if (charset_is_utf16(c->from))
        return utf16_to_utf8(c->from, a, in, out, bad, e);
    if (c->from != CHARSET_GB18030) {
        valid = span_valid_utf8(in);
        return valid == in.n ? RC_OK : bad_bytes(CHARSET_UTF8, in, valid, bad, e);
    }
    if (ascii_prefix(in.p, in.n) == in.n)
        return RC_OK;
    if (c->to_utf8 == (iconv_t)-1)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "no conversion from GB18030 to UTF-8 here");
    text = to =
        arena_alloc(a, size); /* two bytes give four at most, four give four, a euro three */
    iconv(c->to_utf8, NULL, NULL, NULL, NULL);
    while (iconv(c->to_utf8, &from, &left, &to, &room) == (size_t)-1) {
        if (errno == E2BIG)
            BUG("GB18030 grew more than threefold");
        if (!left || *from != CP936_EURO)
            return bad_bytes(CHARSET_GB18030, in, in.n - left, bad, e);
        memcpy(to, "€", 3);
        to += 3;
        room -= 3;
        from++;
        left--;
    }
    *out = (struct span){text, size - room};
    return RC_OK;
}

static struct span
utf16_from_utf8(enum charset to, struct arena *a, struct span in)
{
    char *clean = arena_strn(a, in.p ? in.p : "", in.n), *out;
    size_t n = 0, len;

    for (size_t at = 0; at < in.n; at += len) {
        if (sequence_at((const unsigned char *)in.p + at, in.n - at, &len) == SEQUENCE_GOOD) {
            memcpy(clean + n, in.p + at, len);
            n += len;
        } else {
            clean[n++] = '?';
        }
    }
    in = (struct span){clean, n};
    out = arena_alloc(a, utf16_size(in));
    n = utf16_back(out, in, to == CHARSET_UTF16BE);
    return (struct span){out, n};
}

struct span
charset_from_utf8(struct charset_conv *c, struct arena *a, struct span in)
{
    size_t left = in.n, size = in.n * 2, room = size, len;
    char *text, *to;
    char *from = (char *)(uintptr_t)in.p;

    if (charset_is_utf16(c->from))
        return utf16_from_utf8(c->from, a, in);
    if (c->from != CHARSET_GB18030 || ascii_prefix(in.p, in.n) == in.n)
        return in;
    text = to = arena_alloc(a, size);
    while (left > 0) {
        if (c->from_utf8 != (iconv_t)-1) {
            iconv(c->from_utf8, NULL, NULL, NULL, NULL);
            if (iconv(c->from_utf8, &from, &left, &to, &room) != (size_t)-1)
                break;
            if (errno == E2BIG)
                BUG("UTF-8 grew more than twofold");
        }
        sequence_at((const unsigned char *)from, left, &len);
        from += len;
        left -= len;
        *to++ = '?';
        room--;
    }
    return (struct span){text, size - room};
}
