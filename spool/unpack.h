/*
 * unpack.h - the data file inside an upload: the upload itself, or the one entry of its zip.
 *
 * Shape    unpack_open() tells a zip from its first bytes; unpack_source() streams the content.
 *          Nothing is written to disk and no name from an archive is used as a path.
 *          Folders and what the Finder adds (__MACOSX/, .DS_Store) are ignored.
 * Limits   Entries, bytes out, ratio; all in struct unpack_limit. For unpack_entry() and
 *          unpack_list(), which read our own bundles, only 16 GiB an entry.
 * Errors   RC_REJECT: ERR_ARCHIVE (damaged, not a regular file, bad CRC: seen only at the end of
 *          the source, so act on nothing before it), ERR_ENCRYPTED, ERR_ENTRIES, ERR_TOO_BIG.
 *          RC_FAIL when the file cannot be read. What a source refused once it refuses again.
 * Calls    main has set a UTF-8 LC_CTYPE. A name that is not UTF-8 is taken as GB18030, for which
 *          iconv loads a module: a confined process opens that converter once beforehand.
 */
#ifndef LANDPORT_UNPACK_H
#define LANDPORT_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "stream.h"

struct unpack_limit {
    uint64_t bytes;   /* 0: 16 GiB */
    uint32_t ratio;   /* 0: 200, asked after the first MiB */
    uint32_t entries; /* 0: 1000 */
};

struct unpack;
/* fd is borrowed and read from its start. */
rc_t unpack_open(struct unpack **u, int fd, const struct unpack_limit *limit, struct err *e);
void unpack_close(struct unpack **u);
bool unpack_is_archive(const struct unpack *u);
const char *unpack_name(const struct unpack *u); /* entry's name in UTF-8, "" for a plain file */
struct source unpack_source(struct unpack *u);

/* Find one entry of a zip by its exact name and stream it (bundles): RC_REJECT ERR_NOT_FOUND. */
rc_t unpack_entry(struct unpack **u, int fd, const char *name, struct err *e);
/* Names and sizes of all entries, in order; on_entry returns RC_OK to go on. */
rc_t unpack_list(int fd,
                 rc_t (*on_entry)(void *ctx, const char *name, uint64_t bytes, struct source data,
                                  struct err *e),
                 void *ctx, struct err *e);

#endif
