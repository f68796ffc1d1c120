/*
 * markup.h - text inside XML and HTML, escaped in one place.
 */
#ifndef LANDPORT_MARKUP_H
#define LANDPORT_MARKUP_H

#include "base/span.h"
#include "base/stream.h"

/* Safe between tags and inside a quoted attribute; what XML has no place for becomes U+FFFD. */
void markup_text(struct buf *out, struct span text);
static inline void
markup_str(struct buf *out, const char *text)
{
    markup_text(out, span_of(text));
}

#endif
