/*
 * mark.h - the highest numbers the hub has given, kept beside the spool's bytes.
 *
 * Shape    A small file `mark` in the spool's root, a line each for batches, runs and each agency's
 *          bundles. It is ahead of the database only when that is older than the spool: a backup was put
 *          in its place. Then numbers would be given a second time and uploads be forgotten, so no job
 *          runs until a person has decided (landport init --restored).
 * Safety   The mark holds what is committed, never more; it is written whole or not at all, and nothing is
 *          published that it does not know. Several processes may raise it.
 * Errors   RC_FAIL ERR_RESTORED; those of fsio.h and the database's own.
 */
#ifndef LANDPORT_MARK_H
#define LANDPORT_MARK_H

#include "job.h"

/* Is the database at least as new as the spool? */
rc_t mark_compare(struct hub *hub, struct err *e);
/* What the database has given up to now is in the mark from here on. */
rc_t mark_raise(struct hub *hub, struct err *e);
/* Setting hub.mark, for sql/mark/: what the mark holds now. */
rc_t mark_setting(struct hub *hub, struct err *e);
/* A person goes on from an older database: its numbers continue after the mark's. As the owner; *numbers:
 * those that are not given again, in the hub's arena, NULL where none was ahead. */
rc_t mark_accept(struct hub *hub, const char *reason, const char **numbers, struct err *e);

#endif
