/*
 * pack.h - a zip that comes out the same for the same input.
 *
 * Shape    Entries are written as a stream, their size need not be known before; UTC whatever TZ
 *          is, mode 0644, the one mtime given, deflate level PACK_LEVEL. Reads with unzip, bsdtar,
 *          7z, Python's zipfile and Java; an entry above 16 MiB is zip64 at once, which Java reads
 *          only with ZipFile. Up to 16 MiB of an entry are held in memory, and as much again waits
 *          for the thread that compresses: the sink is called by it, and an error of an entry may
 *          be told at a later one or at pack_close().
 * Calls    main has set a UTF-8 LC_CTYPE. TZ=UTC saves time: else each header changes TZ and back.
 * Errors   As the sink's; RC_FAIL ERR_SYSTEM from libarchive.
 */
#ifndef LANDPORT_PACK_H
#define LANDPORT_PACK_H

#include <stdint.h>
#include <time.h>

#include "digest.h"
#include "err.h"
#include "stream.h"

#define PACK_LEVEL 1 /* on our XML 2.8 times as fast as 6 for a file a third larger */

struct pack_entry {
    uint64_t bytes;
    char sha256[DIGEST_HEX]; /* of the content */
};

struct pack;
rc_t pack_open(struct pack **p, struct sink out, time_t mtime, struct err *e);
rc_t pack_begin(struct pack *p, const char *name, struct err *e);
struct sink pack_sink(struct pack *p); /* into the current entry */
rc_t pack_end(struct pack *p, struct pack_entry *done, struct err *e);
/* Write the directory and close; p is nulled either way. */
rc_t pack_close(struct pack **p, struct err *e);
void pack_abort(struct pack **p);

#endif
