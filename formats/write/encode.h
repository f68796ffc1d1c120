/*
 * encode.h - text in the charset that a message is written in.
 *
 * Shape    A converter is (iconv_t)-1 where the message stays UTF-8.
 * Errors   RC_FAIL ERR_SYSTEM: no such conversion here. A text that cannot be said is told by the place of its
 *          first character that cannot: what that means is the form's.
 */
#ifndef LANDPORT_ENCODE_H
#define LANDPORT_ENCODE_H

#include <iconv.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"
#include "formats/xsd/schema.h"

/* As XML's declaration and people name it. */
const char *encode_label(enum written_charset c);
rc_t encode_open(iconv_t *to, enum written_charset c, struct err *e);
void encode_close(iconv_t *to);
/* Appended; false, with nothing appended: *bad is the byte where it has no such character, or no character begins. */
bool encode_put(struct buf *out, iconv_t to, struct span v, size_t *bad);
/* U+20AC of the character at p, and in how many bytes. */
uint32_t encode_code_point(const char *p, size_t left, size_t *bytes);

#endif
