/*
 * charset.h - what a file's bytes mean.
 *
 * Shape    A struct charset_sniff, zeroed, is fed the whole file and then says what it is: UTF-8
 * with a BOM, or where at most one sequence beyond ASCII in eleven is broken (a value cut at a byte
 * must cost its row, not turn the file into other characters), else GB18030. charset_to_utf8()
 * converts one piece of text. GBK and GB2312 are read as GB18030, their superset. Errors RC_REJECT
 * ERR_BAD_BYTES with the offset of the first bad byte in *bad; RC_FAIL ERR_SYSTEM where the C
 * library cannot convert GB18030.
 */
#ifndef LANDPORT_CHARSET_H
#define LANDPORT_CHARSET_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"
#include "span.h"

enum charset { CHARSET_AUTO, CHARSET_UTF8, CHARSET_GB18030 };

const char *charset_name(enum charset c);              /* "UTF-8", "GB18030" */
bool charset_parse(enum charset *c, const char *name); /* auto, utf-8, gb18030, gbk, gb2312 */

struct charset_sniff {
    bool bom;              /* all of the first three bytes so far are those of a UTF-8 BOM */
    unsigned char tail[4]; /* unfinished sequence at the end of the last piece */
    unsigned tail_n;
    unsigned long long bytes, good, broken; /* sequences beyond ASCII, as UTF-8 */
};
void charset_feed(struct charset_sniff *s, const void *p, size_t n);
enum charset charset_result(const struct charset_sniff *s);

struct charset_conv;
struct charset_conv *charset_open(enum charset from); /* never NULL */
void charset_close(struct charset_conv **c);
/* Appends UTF-8 to out's arena; pure ASCII and UTF-8 input is returned as it is (borrowed). */
rc_t charset_to_utf8(struct charset_conv *c, struct arena *a, struct span in, struct span *out,
                     size_t *bad, struct err *e);
/* The way back, for texts we add to a partner's file; what has no character there becomes '?'. */
struct span charset_from_utf8(struct charset_conv *c, struct arena *a, struct span in);

#endif
