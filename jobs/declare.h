/*
 * declare.h - the bytes of a bundle, written from what the database says it holds.
 *
 * Shape    bundle_write() gives the same bytes each time for the same bundle: rows by their
 *          version, settings and time as they were when it was begun. With an RSA key the
 *          signature is the same too; another key's stored signature is used again.
 * Errors   RC_REJECT: some of its documents, or kinds of message, cannot be written; `faults` names
 *          them all, and what out received is worthless. RC_FAIL: the bundle cannot be written as
 *          its rows stand. Nothing has changed.
 */
#ifndef LANDPORT_DECLARE_H
#define LANDPORT_DECLARE_H

#include "job.h"

struct bundle_made {
    uint64_t messages, documents, bytes; /* bytes of XML */
    const char *signature;               /* hex */
    const char *seal;                    /* what follows manifest.xml in its file's name */
};

struct faults; /* aside.h; NULL: what is at fault ends it */
rc_t bundle_write(struct hub *hub, struct arena *a, int64_t bundle_id, struct spool_file *out,
                  struct bundle_made *made, struct faults *faults, struct err *e);

#endif
