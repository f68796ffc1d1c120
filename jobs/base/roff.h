/*
 * roff.h - manual pages, as man and mandoc read them.
 *
 * Shape    Text goes into a buffer; it may hold anything: what roff would take for its own is written so
 *          that it is shown.
 */
#ifndef LANDPORT_ROFF_H
#define LANDPORT_ROFF_H

#include "base/stream.h"

/* A page's head: "landport.conf", 5, its version, and what it is in a line. */
void roff_page(struct buf *b, const char *name, int section, const char *version, const char *what);
/* A line of a macro and its words: roff_line(b, "SH", "OPTIONS"). */
void roff_line(struct buf *b, const char *macro, const char *text);
/* A paragraph's text; it ends its line. */
void roff_text(struct buf *b, const char *text);
/* What is shown as it stands, line for line. */
void roff_code(struct buf *b, const char *text);

#endif
