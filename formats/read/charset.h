/*
 * charset.h - what a file's bytes mean.
 *
 * Shape    A struct charset_sniff, zeroed, is fed the whole file and then says what it is: what its
 *          byte order mark says, else UTF-8 where at most one sequence beyond ASCII in eleven is
 *          broken (a value cut at a byte must cost its row, not turn the file into other
 *          characters), else GB18030. charset_to_utf8() converts one piece of text. GBK and GB2312
 *          are read as GB18030, their superset. UTF-16 needs its mark: without one nothing tells
 *          the byte order.
 * Errors   RC_REJECT ERR_BAD_BYTES with the offset of the first bad byte in *bad; RC_FAIL
 *          ERR_SYSTEM where the C library cannot convert GB18030.
 */
#ifndef LANDPORT_CHARSET_H
#define LANDPORT_CHARSET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum charset {
    CHARSET_AUTO,
    CHARSET_UTF8,
    CHARSET_GB18030,
    CHARSET_UTF16, /* as a partner's configuration has it: the mark tells which of the next two */
    CHARSET_UTF16LE,
    CHARSET_UTF16BE
};

const char *charset_name(enum charset c); /* "UTF-8", "GB18030", "UTF-16LE" … */
/* The names charset_name() gives and gbk, gb2312, utf8, in any letter case. */
bool charset_parse(enum charset *c, const char *name);
/* Byte order mark, in the charset itself; "" for CHARSET_AUTO and CHARSET_UTF16. */
struct span charset_bom(enum charset c);
bool charset_is_utf16(enum charset c); /* byte order known */

struct charset_sniff {
    enum charset bom;      /* whose byte order mark the file begins with; CHARSET_AUTO: nobody's */
    unsigned char head[4]; /* the first bytes */
    unsigned char tail[4]; /* unfinished sequence at the end of the last piece */
    unsigned head_n, tail_n;
    unsigned long long good, broken; /* sequences beyond ASCII, as UTF-8 */
    unsigned looked, nul;            /* at so many bytes of the beginning, of which some are NUL */
};
void charset_feed(struct charset_sniff *s, const void *p, size_t n);
enum charset charset_result(const struct charset_sniff *s);
/* What to read the file as, `told` by the configuration; false where that, or what its NUL bytes look
 * like, is UTF-16 and the file does not begin with a mark. */
bool charset_decide(const struct charset_sniff *s, enum charset told, enum charset *found);

struct charset_conv;
struct charset_conv *charset_open(enum charset from); /* never NULL */
void charset_close(struct charset_conv **c);
/* Appends UTF-8 to out's arena; pure ASCII and UTF-8 input is returned as it is (borrowed). */
rc_t charset_to_utf8(struct charset_conv *c, struct arena *a, struct span in, struct span *out,
                     size_t *bad, struct err *e);
/* The way back, for texts we add to a partner's file; what has no character there becomes '?'.
 * Whole lines at once, delimiters and line end too: in UTF-16 these are two bytes each. */
struct span charset_from_utf8(struct charset_conv *c, struct arena *a, struct span in);

#endif
