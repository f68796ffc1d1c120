/* zip.h - parts of a workbook out of the file it lies in, as the readers of workbooks ask for them. */
#ifndef LANDPORT_TEST_ZIP_H
#define LANDPORT_TEST_ZIP_H

#include "spool/unpack.h"

struct zip {
    int fd;
    struct unpack *entry;
};

static rc_t
zip_open(void *ctx, const char *name, struct source *in, struct err *e)
{
    struct zip *z = ctx;
    rc_t rc = unpack_part(&z->entry, blob_plain(z->fd), name, e);

    if (rc == RC_OK)
        *in = unpack_source(z->entry);
    return rc;
}

static void
zip_close(void *ctx)
{
    struct zip *z = ctx;

    unpack_close(&z->entry);
}

#endif
