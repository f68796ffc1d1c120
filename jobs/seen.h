/*
 * seen.h - what was seen, in the reader's language.
 *
 * Shape    What was seen is mostly a value of the file, which is shown as it is. Where it is words of ours, as "line 3" or "the
 *          workbook has a password", they are kept in English, the form of the database, of --json and of logs; this gives them
 *          in Chinese. A table of sentences says which they are; what stands in their places, a name or a number, stays.
 */
#ifndef LANDPORT_SEEN_H
#define LANDPORT_SEEN_H

#include "base/stream.h"

void seen_zh(struct buf *out, const char *seen);

#endif
