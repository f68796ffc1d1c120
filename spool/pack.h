/*
 * pack.h - a zip or tar.zst that comes out the same for the same input.
 *
 * Shape    Entries are written as a stream, their size need not be known before; UTC whatever TZ
 *          is, mode 0644, owner 0, the one mtime given. Up to 16 MiB of an entry are held in memory,
 *          and as much again waits for the thread that compresses: the sink is called by it, and an
 *          error of an entry may be told at a later one or at pack_close().
 * Zip      Deflate level PACK_LEVEL. Reads with unzip, bsdtar, 7z, Python's zipfile and Java; an
 *          entry above 16 MiB is zip64 at once, which Java reads only with ZipFile.
 * Tar      Plain ustar headers, packed by zstd level PACK_ZSTD_LEVEL. A header names the size, so an
 *          entry above 16 MiB waits in a file without a name in the folder given.
 * Calls    main has set a UTF-8 LC_CTYPE. TZ=UTC saves time: else each header changes TZ and back.
 * Errors   As the sink's; RC_FAIL ERR_SYSTEM from libarchive; of the file in `folder` as fsio's.
 */
#ifndef LANDPORT_PACK_H
#define LANDPORT_PACK_H

#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/stream.h"
#include "spool/digest.h"

#define PACK_LEVEL 1 /* on our XML 2.8 times as fast as 6 for a file a third larger */

#define PACK_ZSTD_LEVEL 3

enum pack_form { PACK_ZIP, PACK_TAR_ZSTD };

struct pack_entry {
    uint64_t bytes;
    char sha256[DIGEST_HEX]; /* of the content */
};

struct pack;
/* `folder` takes what a tar cannot hold in memory; a zip needs none. */
rc_t pack_open(struct pack **p, enum pack_form form, const char *folder, struct sink out,
               time_t mtime, struct err *e);
rc_t pack_begin(struct pack *p, const char *name, struct err *e);
struct sink pack_sink(struct pack *p); /* into the current entry */
rc_t pack_end(struct pack *p, struct pack_entry *done, struct err *e);
/* Write the directory and close; p is nulled either way. */
rc_t pack_close(struct pack **p, struct err *e);
void pack_abort(struct pack **p);

#endif
