/*
 * expand.h - one compressed stream (gzip, xz, zstd) as plain bytes.
 *
 * Shape    A source over a source. Several members or frames in a row are one stream, as their
 *          command line tools take them.
 * Why      libarchive would read all three, but it never looks at gzip's CRC and length, and it
 *          lets a stranger's xz have a dictionary of a gigabyte.
 * Memory   A block of input, and the window the stream asks for: at most EXPAND_WINDOW.
 * Errors   RC_REJECT ERR_ARCHIVE: damaged, cut off, followed by something else (all seen only where
 *          it happens, so act on nothing before the end); ERR_TOO_BIG: the window. What `in` fails
 *          with is passed on. After an error it is not to be read again.
 */
#ifndef LANDPORT_EXPAND_H
#define LANDPORT_EXPAND_H

#include "base/err.h"
#include "base/stream.h"

#define EXPAND_WINDOW ((size_t)64 << 20) /* what xz -9 and zstd --ultra -21 need */

enum expand_form { EXPAND_GZIP, EXPAND_XZ, EXPAND_ZSTD };

struct expand;
struct expand *expand_open(enum expand_form form, struct source in);
void expand_close(struct expand **x);
struct source expand_source(struct expand *x);
/* After the first read: the name gzip was given, bytes as they came; "" when there is none. */
const char *expand_name(const struct expand *x);

#endif
