/*
 * zipdir.h - does a zip say the same twice?
 *
 * Shape    Each file of a zip is described before its bytes and in the directory at the end. Programs go
 *          by one or by the other, so what they show differs where these do: a file that was deleted or
 *          replaced, another name, bytes that belong to two files. We read by the directory, and
 *          zipdir_check() refuses a zip of which another reading is possible. Bytes that no entry of the
 *          directory names are nobody's, and are not read.
 * Limits   As many entries as asked for, then it looks no further: who reads them refuses more.
 *          A file without any end of a directory passes: it cannot be read, and its reader says why.
 * Errors   RC_REJECT ERR_ARCHIVE. What the input fails with is passed on.
 */
#ifndef LANDPORT_ZIPDIR_H
#define LANDPORT_ZIPDIR_H

#include "spool/entries.h"

rc_t zipdir_check(const struct entries_input *input, uint32_t most, struct err *e);

/* A number as zips write it, the lowest byte first. */
static inline uint64_t
zip_number(const unsigned char *p, size_t bytes)
{
    uint64_t v = 0;

    while (bytes-- > 0)
        v = v << 8 | p[bytes];
    return v;
}

#endif
