#include "base/span.h"

#include <stdint.h>

/* Of three bytes: U+2000 to U+200B, U+2028, U+2029, U+202F, U+205F, U+2060, U+3000, U+FEFF. */
static bool
is_wide_blank(const unsigned char *p)
{
    switch (p[0]) {
    case 0xE2:
        return (p[1] == 0x80 && (p[2] <= 0x8B || p[2] == 0xA8 || p[2] == 0xA9 || p[2] == 0xAF)) ||
               (p[1] == 0x81 && (p[2] == 0x9F || p[2] == 0xA0));
    case 0xE3:
        return p[1] == 0x80 && p[2] == 0x80;
    case 0xEF:
        return p[1] == 0xBB && p[2] == 0xBF;
    default:
        return false;
    }
}

/* Bytes of a blank that begins at p, which has n bytes; 0: none does. */
static size_t
blank_at(const char *p, size_t n)
{
    if (n >= 1 && span_blank(*p))
        return 1;
    if (n >= 2 && memcmp(p, "\xC2\xA0", 2) == 0)
        return 2;
    return n >= 3 && is_wide_blank((const unsigned char *)p) ? 3 : 0;
}

/* ... that ends there. */
static size_t
blank_before(struct span s)
{
    for (size_t n = 1; n <= 3 && n <= s.n; n++)
        if (blank_at(s.p + s.n - n, n) == n)
            return n;
    return 0;
}

struct span
span_trim(struct span s)
{
    size_t n;

    while ((n = blank_at(s.p, s.n))) {
        s.p += n;
        s.n -= n;
    }
    while ((n = blank_before(s)))
        s.n -= n;
    return s;
}

size_t
span_chars(struct span s)
{
    size_t count = 0;

    for (size_t i = 0; i < s.n; i++)
        count += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return count;
}

/* Length of the character at p, 0 if it is not valid or not complete. The second byte's range
 * depends on the first (Unicode, table 3-7): that keeps out overlongs, surrogates and what lies
 * beyond U+10FFFF. */
static size_t
char_length(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t n;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n > left)
        return 0;
    switch (p[0]) {
    case 0xe0:
        low = 0xa0;
        break;
    case 0xed:
        high = 0x9f;
        break;
    case 0xf0:
        low = 0x90;
        break;
    case 0xf4:
        high = 0x8f;
        break;
    }
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

size_t
span_valid_utf8(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t i = 0, n;
    uint64_t word;

    while (i < s.n) {
        while (s.n - i >= sizeof word) { /* most of a file is ASCII: eight bytes a step */
            memcpy(&word, p + i, sizeof word);
            if (word & UINT64_C(0x8080808080808080))
                break;
            i += sizeof word;
        }
        while (i < s.n && p[i] < 0x80)
            i++;
        while (i < s.n && p[i] >= 0x80) {
            if (!(n = char_length(p + i, s.n - i)))
                return i;
            i += n;
        }
    }
    return i;
}

bool
span_is_name(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.p;

    if (span_valid_utf8(s) != s.n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (p[i] < 0x20 || p[i] == 0x7f ||
            (p[i] == 0xef && p[i + 1] == 0xbf && (p[i + 2] == 0xbe || p[i + 2] == 0xbf)))
            return false;
    return true;
}

size_t
span_hidden_control(const char *text, size_t left)
{
    const unsigned char *p = (const unsigned char *)text;

    if (left >= 2 && p[0] == 0xc2)
        return p[1] >= 0x80 && p[1] < 0xa0 ? 2 : 0; /* U+0080 to U+009F */
    if (left >= 2 && p[0] == 0xd8)
        return p[1] == 0x9c ? 2 : 0; /* U+061C */
    if (left < 3 || p[0] != 0xe2)
        return 0;
    if (p[1] == 0x80) /* U+200E, U+200F, U+202A to U+202E */
        return p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae) ? 3 : 0;
    return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9 ? 3 : 0; /* U+2066 to U+2069 */
}

/* Controls, and the separators and direction marks that can make a line read as another one. */
static bool
is_control(const unsigned char *p, size_t n)
{
    if (n == 1)
        return p[0] < 0x20 || p[0] == 0x7f;
    if (n == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
        return true;
    return span_hidden_control((const char *)p, n) > 0;
}

char *
span_show(char *out, size_t size, struct span s)
{
    static const char more[] = "…";
    const unsigned char *p = (const unsigned char *)s.p;
    size_t used = 0, mark = 0;

    if (!size)
        return out;
    for (size_t i = 0, n; i < s.n; i += n) {
        size_t valid = char_length(p + i, s.n - i);
        bool masked = !valid || is_control(p + i, valid);
        size_t take = masked ? 1 : valid;

        n = valid ? valid : 1;
        if (used + take >= size) {
            if (mark + sizeof more <= size) {
                memcpy(out + mark, more, sizeof more - 1);
                used = mark + sizeof more - 1;
            }
            break;
        }
        if (masked)
            out[used] = span_blank(s.p[i]) ? ' ' : '?';
        else
            memcpy(out + used, p + i, take);
        used += take;
        if (used + sizeof more <= size)
            mark = used; /* the last place where the sign for "cut" still fits */
    }
    out[used] = '\0';
    return out;
}

char *
span_hex(char *out, struct span s)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < s.n; i++) {
        out[2 * i] = digits[(unsigned char)s.p[i] >> 4];
        out[2 * i + 1] = digits[s.p[i] & 15];
    }
    out[2 * s.n] = '\0';
    return out;
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
span_unhex(void *out, struct span hex)
{
    for (size_t i = 0; i < hex.n / 2; i++) {
        int high = hex_digit(hex.p[2 * i]), low = hex_digit(hex.p[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        ((unsigned char *)out)[i] = (unsigned char)(high << 4 | low);
    }
    return hex.n % 2 == 0;
}
