/*
 * utf16.h - UTF-16 as UTF-8, and byte for byte back.
 *
 * Shape    A source on top of a source, for readers that know only UTF-8. What is broken in the
 *          input comes out as bytes that valid UTF-8 cannot hold, so that the check for valid UTF-8
 *          finds it where it stands: a surrogate without its other half as the three bytes it would
 *          have, a single byte at the end as 0xFF and its two halves as 0x80 to 0x8F each. Nothing
 *          is lost: utf16_back() gives every input again.
 * BOM      Is a character like any other.
 * Errors   Only those of the source below.
 */
#ifndef LANDPORT_UTF16_H
#define LANDPORT_UTF16_H

#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"

struct utf16 {
    struct source in;
    bool big; /* big endian */
    bool eof;
    unsigned char raw[8192];
    size_t at, n; /* of raw, what is not yet given out */
    char out[4];  /* a character for which the caller's buffer had no room */
    size_t out_at, out_n;
};

void utf16_init(struct utf16 *u, struct source in, bool big);
struct source utf16_source(struct utf16 *u); /* borrows u */

/* How many bytes of UTF-16 the characters are that begin in a text. So a text cut in two anywhere
 * has the size of its parts. */
size_t utf16_size(struct span text);
/* Those bytes into out, which holds utf16_size(); returns how many: not those of a character that
 * is cut off at the end. */
size_t utf16_back(char *out, struct span text, bool big);

/*
 * One character of n > 0 bytes of UTF-16 as UTF-8 into out; *len receives how many bytes it took.
 * Returns the bytes written; *good is false for what is broken. last: nothing follows the n bytes;
 * otherwise the return is 0 where more are needed.
 */
size_t utf16_char(const unsigned char *p, size_t n, bool big, bool last, char out[4], size_t *len,
                  bool *good);

#endif
