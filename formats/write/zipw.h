/*
 * zipw.h - a zip that is written as it goes, for what is itself a file inside of a package.
 *
 * Shape    Entries one after the other, each deflated as its bytes come, its size behind it as every
 *          reader of streams takes it. No time and no owner: the same bytes give the same zip.
 * Memory   The compressor's, and the directory's names.
 * Errors   RC_FAIL ERR_TOO_BIG beyond 4 GiB; those of the sink come back as they are.
 */
#ifndef LANDPORT_ZIPW_H
#define LANDPORT_ZIPW_H

#include "base/err.h"
#include "base/stream.h"

struct zipw;
struct zipw *zipw_open(struct sink out);
void zipw_close(struct zipw **z);
rc_t zipw_begin(struct zipw *z, const char *name, struct err *e);
rc_t zipw_put(struct zipw *z, const void *p, size_t n, struct err *e);
rc_t zipw_end(struct zipw *z, struct err *e);
/* The directory, behind the last entry. */
rc_t zipw_finish(struct zipw *z, struct err *e);

#endif
